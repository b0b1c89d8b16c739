from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packed import (
    GGUF,
    README,
    Member,
    described,
    honest_members,
    listing,
    member,
    model,
    write_tar,
)
from tiny_models import SETTINGS, TENSORS

from localcluster import registry
from localcluster.airgap.pack import pack
from localcluster.airgap.unpack import unpack
from localcluster.errors import LocalClusterError, RegistryError
from localcluster.registry import staging

Tree = Callable[[Path], set[str]]
INSTALLED = {"models/mine/own.gguf", "models/mine/installed.json"}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_tar(tmp_path / "honest.tar", listing(model()), honest_members())


def test_a_model_is_installed_under_its_name(archive: Path, home_folder: Path, tree: Tree) -> None:
    unpack(archive)
    assert tree(home_folder) == INSTALLED
    assert registry.resolve("mine", "llm").read_bytes() == GGUF
    [verdict] = registry.verify(["mine"])
    assert verdict.problems == ()
    assert verdict.model.source == "pack of added"


def test_unpacking_again_does_nothing(archive: Path, home_folder: Path, tree: Tree) -> None:
    unpack(archive)
    inode = registry.resolve("mine").stat().st_ino
    unpack(archive)
    assert registry.resolve("mine").stat().st_ino == inode
    assert tree(home_folder) == INSTALLED


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_unpacking_again_repairs(damage: str, archive: Path, home_folder: Path, tree: Tree) -> None:
    unpack(archive)
    path = registry.resolve("mine")
    path.write_bytes(GGUF[:-1] + b"x") if damage == "changed" else path.unlink()
    [verdict] = registry.verify()
    assert verdict.remedy == "Unpack its archive again: localcluster unpack ARCHIVE.tar"
    unpack(archive)
    assert registry.verify()[0].problems == ()
    assert tree(home_folder) == INSTALLED


def test_another_model_of_that_name_is_not_replaced(archive: Path, tmp_path: Path) -> None:
    unpack(archive)
    other = GGUF + b"trained further"
    newer = write_tar(
        tmp_path / "newer.tar",
        listing(model(files={"own.gguf": other})),
        [member("README.txt", README), member("models/mine/own.gguf", other)],
    )
    with pytest.raises(RegistryError, match=r"'mine' already stands for another .* models remove mine"):
        unpack(newer)
    assert registry.resolve("mine").read_bytes() == GGUF
    registry.remove("mine")
    unpack(newer)
    assert registry.resolve("mine").read_bytes() == other


def test_a_reference_to_the_same_file_is_enough_and_to_another_is_kept(archive: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(GGUF)
    registry.add(own, "mine")
    unpack(archive)
    assert registry.resolve("mine") == own
    own.write_bytes(GGUF + b"x")
    registry.add(own, "mine")
    with pytest.raises(RegistryError, match="models remove mine"):
        unpack(archive)


def test_a_known_model_is_replaced_by_its_pinned_files_only(
    wheels: Path, tmp_path: Path, home_folder: Path, tree: Tree
) -> None:
    registry.install("starter", wheels)
    pack(tmp_path / "known.tar")
    before = tree(home_folder)
    shutil.rmtree(home_folder)
    unpack(tmp_path / "known.tar")
    assert tree(home_folder) == before
    shutil.rmtree(home_folder)
    forged = model("tiny-llm", {"tiny.gguf": GGUF}, weights="tiny.gguf")
    members = [member("README.txt", README), member("models/tiny-llm/tiny.gguf", GGUF)]
    with pytest.raises(RegistryError, match="other files under the name 'tiny-llm'"):
        unpack(write_tar(tmp_path / "forged.tar", listing(forged), members))
    assert tree(home_folder) == set()


def test_wheels_are_checked_and_left_in_the_archive(tmp_path: Path, home_folder: Path, tree: Tree) -> None:
    wheel, name = b"wheel", "a-1-py3-none-any.whl"
    packed = listing(model(), wheels=[described(name, wheel)])
    good = write_tar(tmp_path / "good.tar", packed, [*honest_members(), member(f"wheels/{name}", wheel)])
    assert [file.path for file in unpack(good).wheels] == [name]
    assert tree(home_folder) == INSTALLED
    shutil.rmtree(home_folder)
    bad = write_tar(tmp_path / "bad.tar", packed, [*honest_members(), member(f"wheels/{name}", b"evil!")])
    with pytest.raises(RegistryError, match="SHA-256"):
        unpack(bad)
    assert tree(home_folder) == set()


def test_no_room_is_said_before_anything_is_written(
    archive: Path, monkeypatch: pytest.MonkeyPatch, home_folder: Path, tree: Tree
) -> None:
    monkeypatch.setattr(staging.shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    with pytest.raises(RegistryError, match=r"needs .* GB.* has 0\.0 GB free.*LOCALCLUSTER_HOME"):
        unpack(archive)
    assert tree(home_folder) == set()


def test_a_kill_between_two_models_leaves_whole_ones_and_the_next_time_the_rest(
    tmp_path: Path, home_folder: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [member("README.txt", README)]
    members += [member(f"models/{name}/own.gguf", GGUF) for name in ("one", "two")]
    both = write_tar(tmp_path / "both.tar", listing(model("one"), model("two")), members)
    rename, done = Path.rename, []

    def killed(self: Path, target: Path) -> Path:
        done.append(target)
        if len(done) == 2:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "rename", killed)
        unpack(both)
    assert [found.name for found in registry.installed()] == ["one"]
    unpack(both)
    assert tree(home_folder) == {
        f"models/{n}/{f}" for n in ("one", "two") for f in ("own.gguf", "installed.json")
    }


OUTSIDE = (
    "../evil",
    "/etc/evil",
    "a/../../evil",
    "./own.gguf",
    "a//b",
    "C:evil",
    "..\\evil",
    "a\nb",
    "a/",
    "",
)


def hostile_lists() -> Iterator[tuple[str, dict[str, Any] | bytes, str]]:
    """What is wrong, the list that says it, and the words of the refusal."""
    for path in OUTSIDE:
        yield f"file {path!r}", listing(model(files={"own.gguf": GGUF, path: b""})), "no plain path"
        yield f"wheel {path!r}", listing(wheels=[described(path, b"")]), "no plain path"
    for name in ("..", ".hidden", "a/b", "", "x" * 200, "mine\n"):
        yield f"model {name[:9]!r}", listing(model(name)), "models.0.name"
    yield (
        "code",
        listing(model(files={"own.gguf": GGUF, "modeling.py": b""})),
        "no file of a model without code",
    )
    yield "pickle", listing(model(files={"pytorch_model.bin": b""}, weights=None)), "without code"
    yield "no weights", listing(model(files={"README.md": b""})), "weights of 'mine' are not among"
    yield "our record", listing(model(files={"own.gguf": GGUF, "installed.json": b""})), "our own record"
    yield (
        "file in file",
        listing(model(files={"own.gguf": GGUF, "own.gguf/x.json": b""})),
        "inside another file",
    )
    yield (
        "one on a Mac",
        listing(model(files={"own.gguf": GGUF, "a.json": b"", "A.JSON": b""})),
        "share a name",
    )
    yield (
        "accents",
        listing(model(files={"own.gguf": GGUF, "\u00e9.md": b"", "e\u0301.md": b""})),
        "share a name",
    )
    yield "two models", listing(model(), model("Mine")), "share a name"
    yield "bomb", listing(model() | {"files": [huge()]}), "is cut off: it has"
    yield "negative", listing(model() | {"files": [{**huge(), "size": -1}]}), "greater than or equal to 0"
    yield "endless number", listing(model() | {"files": [{**huge(), "size": 1 << 64}]}), "size"
    yield "no hash", listing(model() | {"files": [{**huge(), "sha256": "0" * 63}]}), "sha256"
    yield "group", listing(model("starter")), "the name of a group of models"
    yield (
        "newer",
        {**listing(), "version": 2, "new": "field"},
        "format version 2, and .* up to 1: bring a newer",
    )
    yield "older", {**listing(), "version": 0}, "version"
    yield "foreign", {**listing(), "format": "other"}, "format"
    yield "extra", listing(surprise=1), "surprise"
    yield "not json", b"{", "list of files that localcluster does not write"
    yield "deep", b"[" * 100_000, "list of files that localcluster does not write"
    yield "array", b"[]", "list of files"


def huge() -> dict[str, Any]:
    return {"path": "own.gguf", "size": 1 << 50, "sha256": "0" * 64}


LISTS = list(hostile_lists())


@pytest.mark.parametrize(
    ("packing_list", "words"), [case[1:] for case in LISTS], ids=[case[0] for case in LISTS]
)
def test_a_list_that_we_would_not_write_is_refused(
    packing_list: dict[str, Any] | bytes, words: str, tmp_path: Path
) -> None:
    bad = write_tar(tmp_path / "bad.tar", packing_list, honest_members())
    with nothing_happens(tmp_path), pytest.raises(RegistryError, match=words) as caught:
        unpack(bad)
    assert str(caught.value).startswith(f"{bad} ")
    assert str(caught.value).endswith(" Nothing was installed.")


KINDS = {
    "link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "folder": tarfile.DIRTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "pipe": tarfile.FIFOTYPE,
}
READ_ME, WEIGHTS = honest_members()
HOSTILE_MEMBERS: dict[str, tuple[list[Member], str]] = {
    **{
        f"a {kind} in place of a file": (
            [READ_ME, member("models/mine/own.gguf", type=code, linkname="/etc/passwd")],
            "which is a link, a folder or a device",
        )
        for kind, code in KINDS.items()
    },
    **{
        f"a {kind} before it": (
            [READ_ME, member("models/mine", type=code, linkname="/tmp"), WEIGHTS],
            "which is a link, a folder or a device",
        )
        for kind, code in KINDS.items()
    },
    "a file that is not listed": ([READ_ME, WEIGHTS, member("models/mine/more.json")], "not on its list"),
    "a file above": ([READ_ME, WEIGHTS, member("../evil")], "'../evil', which is not on its list"),
    "a file at the root": ([READ_ME, WEIGHTS, member("/etc/evil")], "not on its list"),
    "a file twice": ([READ_ME, WEIGHTS, WEIGHTS], "twice"),
    "a second list": ([READ_ME, WEIGHTS, member("localcluster-pack.json", b"{}")], "not on its list"),
    "a longer file": ([READ_ME, member("models/mine/own.gguf", GGUF + b"x")], "bytes instead of"),
    "another file": ([READ_ME, member("models/mine/own.gguf", GGUF[:-1] + b"x")], "SHA-256"),
    "a file too few": ([READ_ME], "is cut off"),
}


@pytest.mark.parametrize("case", HOSTILE_MEMBERS)
@pytest.mark.parametrize("tar_format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT], ids=["pax", "gnu"])
def test_members_that_are_not_as_listed_are_refused(case: str, tar_format: int, tmp_path: Path) -> None:
    members, words = HOSTILE_MEMBERS[case]
    bad = write_tar(tmp_path / "bad.tar", listing(model()), members, tar_format)
    with nothing_happens(tmp_path), pytest.raises(RegistryError, match=words) as caught:
        unpack(bad)
    assert str(caught.value).endswith("Nothing was installed.")


@pytest.mark.parametrize("version", ["0.1", "1.0"])
def test_a_file_that_grows_while_it_is_read_is_refused(version: str, tmp_path: Path) -> None:
    """A sparse file says that it is a terabyte long and brings a few bytes."""
    major, minor = version.split(".")
    headers = {
        "GNU.sparse.major": major,
        "GNU.sparse.minor": minor,
        "GNU.sparse.name": "models/mine/own.gguf",
        "GNU.sparse.map": "0,4",
        "GNU.sparse.size": str(1 << 40),
        "GNU.sparse.realsize": str(1 << 40),
    }
    content = (b"1\n0\n4\n" + bytes(512))[:512] + GGUF
    sparse = member("models/mine/own.gguf", content, pax_headers=headers)
    bad = write_tar(tmp_path / "bad.tar", listing(model()), [READ_ME, sparse])
    with (
        nothing_happens(tmp_path),
        pytest.raises(RegistryError, match="which is a link, a folder or a device"),
    ):
        unpack(bad)


def test_extensions_of_extensions_of_extensions_are_refused(tmp_path: Path) -> None:
    chain = [member("x", b"9 path=a\n", type=tarfile.XHDTYPE) for _ in range(2000)]
    bad = write_tar(tmp_path / "bad.tar", listing(model()), [READ_ME, *chain, WEIGHTS], tarfile.USTAR_FORMAT)
    with nothing_happens(tmp_path), pytest.raises(RegistryError, match="damaged or cut off"):
        unpack(bad)


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.3, 0.5, 0.7])
def test_a_truncated_archive_installs_nothing(kept: float, archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    end = content.rindex(GGUF) + len(GGUF)
    archive.write_bytes(content[: int(end * kept)])
    with nothing_happens(tmp_path), pytest.raises(RegistryError, match=r"cut off|is not an archive"):
        unpack(archive)


def test_other_files_are_called_what_they_are(tmp_path: Path, archive: Path) -> None:
    with pytest.raises(RegistryError, match="There is no file"):
        unpack(tmp_path / "nowhere.tar")
    with pytest.raises(RegistryError, match="There is no file"):
        unpack(tmp_path)
    compressed = tmp_path / "honest.tar.gz"
    compressed.write_bytes(gzip.compress(archive.read_bytes(), mtime=0))
    with pytest.raises(RegistryError, match=r"begins with b'\\x1f.*decompress it first"):
        unpack(compressed)
    foreign = tmp_path / "foreign.tar"
    with tarfile.open(foreign, "w") as tar:
        tar.addfile(tarfile.TarInfo("somebody"), io.BytesIO())
    with pytest.raises(RegistryError, match="not an archive of localcluster pack"):
        unpack(foreign)


@contextmanager
def nothing_happens(folder: Path) -> Iterator[None]:
    """Check that nothing under ``folder`` or its parent appears, vanishes or changes; empty folders may."""

    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before, neighbours = state(), set(folder.parent.iterdir())
    yield
    assert state() == before
    assert set(folder.parent.iterdir()) == neighbours


EDIT = st.tuples(
    st.sampled_from(["flip", "cut", "insert", "copy", "zero"]),
    st.integers(0, 1 << 16),
    st.integers(1, 600),
    st.binary(min_size=1, max_size=12),
)
#: Places in a header where a change means something: name, size, checksum, type, link, prefix.
HEADER = st.tuples(
    st.integers(0, 3), st.sampled_from([0, 100, 124, 148, 156, 157, 257, 345]), st.binary(max_size=12)
)


def edited(content: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
    for kind, place, length, some in edits:
        place %= max(1, len(content))
        head, middle, tail = content[:place], content[place : place + length], content[place + length :]
        content = {
            "flip": head + bytes(byte ^ some[0] for byte in middle) + tail,
            "cut": head + tail,
            "insert": head + some + middle + tail,
            "copy": head + middle + middle + tail,
            "zero": head + bytes(len(middle)) + tail,
        }[kind]
    return content


def with_checksums(content: bytes) -> bytes:
    """Make the sums of all headers right again, so that changes in them are read and not only noticed."""
    blocks = bytearray(content)
    for start in range(0, len(blocks) - 511, 512):
        if blocks[start + 257 : start + 262] == b"ustar":
            blocks[start + 148 : start + 156] = b" " * 8
            blocks[start + 148 : start + 156] = b"%06o\0 " % sum(blocks[start : start + 512])
    return bytes(blocks)


def refused_or_whole(content: bytes, folder: Path) -> None:
    """Unpack ``content`` in ``folder``, beside the home folder: a LocalClusterError, or intact models."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    before = set(folder.iterdir())
    target = folder / "fuzzed.tar"
    target.write_bytes(content)
    try:
        unpack(target)
    except LocalClusterError:
        assert registry.installed() == []
    target.unlink()
    assert set(folder.iterdir()) - before <= {folder / "home"}
    models = folder / "home/models"
    # A changed list may rename what it installs, but every file is one of an installed model, and intact.
    written = {path for path in (folder / "home").rglob("*") if not path.is_dir()}
    expected = {models / found.name / file.path for found in registry.installed() for file in found.files}
    expected |= {models / found.name / "installed.json" for found in registry.installed()}
    assert written == expected
    assert not any(path.is_symlink() for path in written)
    assert all(verdict.problems == () for verdict in registry.verify())


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(st.lists(EDIT, min_size=1, max_size=4), st.booleans())
def test_mutated_archives_are_refused_or_harmless(
    archive: Path, tmp_path: Path, edits: list[tuple[str, int, int, bytes]], repaired: bool
) -> None:
    content = edited(archive.read_bytes(), edits)
    refused_or_whole(with_checksums(content) if repaired else content, tmp_path)


@pytest.mark.slow
@FUZZ
@given(st.lists(HEADER, min_size=1, max_size=3))
def test_archives_with_forged_headers_are_refused_or_harmless(
    archive: Path, tmp_path: Path, forgeries: list[tuple[int, int, bytes]]
) -> None:
    content = bytearray(archive.read_bytes())
    headers = [
        place for place in range(0, len(content), 512) if content[place + 257 : place + 262] == b"ustar"
    ]
    for number, offset, some in forgeries:
        place = headers[number % len(headers)] + offset
        content[place : place + len(some)] = some
    refused_or_whole(with_checksums(bytes(content)), tmp_path)


NAME = st.sampled_from(
    ["models/mine/own.gguf", "../x", "/x", "README.txt", "models/mine", "models", "\udcff", "x" * 300]
)
PAX_KEY = st.sampled_from(
    [
        "path",
        "size",
        "linkpath",
        "hdrcharset",
        "mtime",
        "GNU.sparse.major",
        "GNU.sparse.map",
        "GNU.sparse.size",
    ]
)
PAX = st.dictionaries(PAX_KEY, st.one_of(st.integers().map(str), st.text(max_size=9), NAME), max_size=3)
TYPES = st.sampled_from(
    [b"0", b"1", b"2", b"3", b"5", b"6", b"7", b"L", b"K", b"S", b"x", b"g", b"X", b"\0", b"V", b"~"]
)


@pytest.mark.slow
@FUZZ
@given(st.lists(st.tuples(NAME, TYPES, PAX, st.sampled_from([GGUF, README, b"", b"30 x=\n"])), max_size=4))
def test_any_members_after_an_honest_list_are_refused_or_harmless(
    tmp_path: Path, members: list[tuple[str, bytes, dict[str, str], bytes]]
) -> None:
    draft = tmp_path / "draft.tar"
    made = [
        member(name, content, type=kind, pax_headers=pax, linkname="../../x")
        for name, kind, pax, content in members
    ]
    try:
        write_tar(draft, listing(model()), [*made, *honest_members()])
    except (ValueError, UnicodeError):
        return
    refused_or_whole(draft.read_bytes(), tmp_path)


def test_an_embedder_keeps_its_folders(tmp_path: Path) -> None:
    files = {"config.json": SETTINGS, "model.safetensors": TENSORS, "1_Pooling/config.json": b"{}"}
    packed = listing(model("embed", files, weights=None, role="embedder"))
    members = [member("README.txt", README)]
    members += [member(f"models/embed/{path}", content) for path, content in files.items()]
    unpack(write_tar(tmp_path / "embedder.tar", packed, members))
    folder = registry.resolve("embed", "embedder")
    assert (folder / "1_Pooling/config.json").read_bytes() == b"{}"
