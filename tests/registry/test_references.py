from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_models import GGUF

from localcluster import registry
from localcluster.errors import RegistryError

Tree = Callable[[Path], set[str]]


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    file = tmp_path / "My Model (v2).Q4_K_M.gguf"
    file.write_bytes(GGUF)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my-model"
    folder.mkdir()
    (folder / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    (folder / "model.safetensors").write_bytes(b"tensors")
    (folder / "modeling.py").write_text("raise SystemExit")
    return folder


def test_a_file_is_referred_to_not_copied(gguf: Path, home_folder: Path, tree: Tree) -> None:
    model = registry.add(gguf)
    assert (model.name, model.role, model.source) == ("my-model-v2-.q4_k_m", "llm", "added")
    assert registry.resolve(model.name) == gguf
    assert tree(home_folder) == {f"added/{model.name}.json"}
    assert registry.installed() == [model]


def test_a_relative_path_is_kept_as_an_absolute_one(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(gguf.parent)
    registry.add(gguf.name, "mine")
    monkeypatch.chdir("/")
    assert registry.resolve("mine") == gguf


def test_adding_the_same_file_again_takes_its_new_checksum(gguf: Path) -> None:
    registry.add(gguf, "mine")
    gguf.write_bytes(GGUF + b"trained further")
    [verdict] = registry.verify()
    assert "bytes instead of" in verdict.problems[0]
    assert "models add PATH --name mine" in verdict.remedy
    registry.add(gguf, "mine")
    assert registry.verify()[0].problems == ()


@pytest.mark.parametrize(
    ("files", "role"),
    [
        ({"config.json": {"architectures": ["LlamaForCausalLM"]}}, "llm"),
        ({"config.json": {"architectures": ["GPT2LMHeadModel"]}}, "llm"),
        (
            {"config.json": {"architectures": ["Idefics3ForConditionalGeneration"], "vision_config": {}}},
            "mllm",
        ),
        ({"config.json": {"architectures": ["BertModel"]}}, "embedder"),
        ({"config.json": {"architectures": ["Qwen3ForCausalLM"]}, "modules.json": []}, "embedder"),
    ],
)
def test_the_role_of_a_folder_is_read_from_its_settings(folder: Path, files: dict, role: str) -> None:
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    assert registry.add(folder).role == role
    assert registry.resolve("my-model") == folder


def test_code_in_a_folder_is_no_part_of_the_model(folder: Path) -> None:
    assert [file.path for file in registry.add(folder).files] == ["config.json", "model.safetensors"]


def test_all_parts_of_a_split_file_are_checked(tmp_path: Path) -> None:
    for part in (1, 2, 3):
        (tmp_path / f"big-{part:05}-of-00003.gguf").write_bytes(GGUF)
    model = registry.add(tmp_path / "big-00001-of-00003.gguf", "big")
    assert len(model.files) == 3
    (tmp_path / "big-00003-of-00003.gguf").unlink()
    assert registry.verify()[0].problems == ("big-00003-of-00003.gguf is missing",)


def test_what_is_not_a_model_is_refused(tmp_path: Path, folder: Path) -> None:
    text = tmp_path / "notes.gguf"
    text.write_text("notes")
    with pytest.raises(RegistryError, match=r"not a GGUF file \(it begins with b'note'"):
        registry.add(text)
    with pytest.raises(RegistryError, match="There is nothing at"):
        registry.add(tmp_path / "gone")
    with pytest.raises(RegistryError, match=r"holds no config\.json"):
        registry.add(tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(RegistryError, match=r"no \.safetensors file.*runs their code"):
        registry.add(folder)
    assert registry.installed() == []


@pytest.mark.parametrize("name", ["tiny-llm", "starter", "../evil", "a/b", ".hidden", "two words"])
def test_names_that_are_taken_or_reach_elsewhere_are_refused(gguf: Path, name: str) -> None:
    with pytest.raises(RegistryError, match="--name"):
        registry.add(gguf, name)


def test_a_name_stands_for_one_model(gguf: Path, folder: Path) -> None:
    registry.add(gguf, "mine")
    with pytest.raises(RegistryError, match="already stands for"):
        registry.add(folder, "mine")
