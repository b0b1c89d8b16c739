"""The registry's tests see a manifest of tiny models and an empty home folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_models import EMBEDDER, HUB_FOLDER, HUB_GGUF, TINY, WHEELS, write_wheel

from localcluster.airgap import pack, unpack
from localcluster.registry import installer, lookup, manifest, references, removal
from localcluster.registry.manifest import Manifest


@pytest.fixture(autouse=True)
def tiny_manifest(monkeypatch: pytest.MonkeyPatch) -> Manifest:
    tiny = Manifest((TINY, EMBEDDER, HUB_GGUF, HUB_FOLDER), {"starter": (TINY.name, EMBEDDER.name)})
    for module in (installer, lookup, references, removal, manifest, pack, unpack):
        monkeypatch.setattr(module, "read_manifest", lambda: tiny)
    return tiny


@pytest.fixture(autouse=True)
def home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, members in WHEELS.items():
        write_wheel(folder / name, members)
    return folder


@pytest.fixture
def tree() -> Callable[[Path], set[str]]:
    """Relative names of all files under a folder."""
    return lambda folder: {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
