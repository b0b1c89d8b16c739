"""The manifest that is shipped."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from safetensors import safe_open
from tiny_models import described, entry

from localcluster.config import DEFAULT_EMBEDDER, DEFAULT_LLM
from localcluster.registry.manifest import AdapterEntry, HubSource, Manifest, WheelSource, read_manifest

ROOT = Path(__file__).resolve().parents[2]

# The fixture of conftest.py replaces the name in the modules; this is the function itself.
SHIPPED = read_manifest()


def test_the_defaults_are_the_starter_models() -> None:
    assert {model.name for model in SHIPPED.expand("starter")} == {DEFAULT_LLM, DEFAULT_EMBEDDER}
    assert [model.role for model in SHIPPED.expand("starter")] == ["llm", "embedder"]


def test_names_are_unique_and_can_be_folders() -> None:
    names = [model.name for model in SHIPPED.model]
    assert len(set(names)) == len(names)
    assert all(name == name.casefold() and "/" not in name for name in names)


@pytest.mark.parametrize("model", SHIPPED.model, ids=lambda model: model.name)
def test_every_entry_is_usable(model: object) -> None:
    assert model.size < model.memory
    if model.status == "verified":
        assert sum(file.size for file in model.files) == model.size
    if model.role == "llm":
        assert model.weights and model.weights.endswith(".gguf")


def test_all_three_roles_and_several_sizes_are_listed() -> None:
    assert {model.role for model in SHIPPED.model} == {"llm", "mllm", "embedder"}
    sizes = [model.parameters for model in SHIPPED.model if model.role == "llm"]
    assert min(sizes) < 2e8 and max(sizes) > 7e9


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../b", "a\\b", ""])
def test_a_path_that_leaves_the_folder_is_no_manifest(path: str) -> None:
    with pytest.raises(ValidationError):
        described(path, b"x")


def test_an_entry_needs_a_source_and_a_wheel_needs_checksums() -> None:
    with pytest.raises(ValidationError, match="names no source"):
        entry("lost")
    with pytest.raises(ValidationError, match="lists no files"):
        entry("blind", wheel=WheelSource("p", "1", "p/"))
    assert Manifest((entry("fine", hub=HubSource("a/b")),), {}).get("fine")


@pytest.mark.parametrize("adapter", SHIPPED.adapter, ids=lambda adapter: adapter.name)
def test_every_adapter_is_there_small_and_described(adapter: AdapterEntry) -> None:
    path = ROOT / "localcluster" / "registry" / "adapters" / adapter.file.path
    assert path.stat().st_size == adapter.file.size < 16 * 2**20
    assert hashlib.sha256(path.read_bytes()).hexdigest() == adapter.file.sha256
    base = SHIPPED.get(adapter.base)
    assert base is not None and adapter.base_sha256 in {file.sha256 for file in base.files}
    with safe_open(path, "numpy") as kept:
        about = json.loads(kept.metadata()["about"])
    assert about["base"] == adapter.base_sha256
    # Whoever asks what it was trained on finds every set on the card, and nothing that was kept out.
    card = (ROOT / "models" / adapter.name / "README.md").read_text(encoding="utf-8")
    assert [name for name in about["sets"] if f"`{name}`" not in card] == []
    assert not set(about["sets"]) & set(about["kept out"])
    assert (ROOT / "models" / adapter.name / path.name).samefile(path)


def test_the_starter_language_model_has_one() -> None:
    assert DEFAULT_LLM in {adapter.base for adapter in SHIPPED.adapter}
