"""Whose folder it is, who may write to it, and what it remembers."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcluster.errors import RunFolderError
from localcluster.store import RunFolder, key_of
from localcluster.store.run_folder import FORMAT, MARKER

IN_FOLDER = settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Count:
    """A computation that counts how often it ran."""

    def __init__(self, value):
        self.value, self.calls = value, 0

    def __call__(self):
        self.calls += 1
        return self.value


def rows_of(calls: list[tuple[int, int]], fail_at: int | None = None):
    def compute(start: int, stop: int) -> np.ndarray:
        if start == fail_at:
            raise KeyboardInterrupt
        calls.append((start, stop))
        return np.arange(start, stop, dtype=np.float32)[:, None] * [1, 10]

    return compute


# Whose folder -------------------------------------------------------------------------------------


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    for fresh in (False, True):
        with pytest.raises(
            RunFolderError, match=r'"thesis.tex" is one.*choose a new or empty folder \(--out, run_dir\)'
        ):
            RunFolder.open(tmp_path, fresh=fresh)
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.tex"]


def test_fresh_forgets_ours_and_keeps_foreign_files(tmp_path):
    with RunFolder.open(tmp_path) as folder:
        folder.json("a", "k", lambda: 1)
    for name in ("run.json", "clusters.csv", "my notes.md"):
        (tmp_path / name).write_text("x")
    with RunFolder.open(tmp_path, fresh=True) as folder:
        assert folder.json("a", "k", lambda: 2) == 2
    assert not (tmp_path / "run.json").exists()
    assert not (tmp_path / "clusters.csv").exists()
    assert (tmp_path / "my notes.md").exists()


@pytest.mark.parametrize(
    ("marker", "message"),
    [('{"format": 999}', "newer localcluster"), ("{", "missing or damaged"), ("[]", "missing or damaged")],
)
def test_a_marker_that_is_not_understood(tmp_path, marker, message):
    (tmp_path / MARKER).write_text(marker)
    with pytest.raises(RunFolderError, match=message):
        RunFolder.open(tmp_path)


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "run").write_text("x")
    with pytest.raises(RunFolderError, match="cannot be made"):
        RunFolder.open(tmp_path / "run")


def test_left_overs_of_a_kill_are_removed_and_do_not_make_a_folder_foreign(tmp_path):
    (tmp_path / ".lock").touch()
    (tmp_path / f".{MARKER}.tmp-1").write_text("{")
    with RunFolder.open(tmp_path):
        half = tmp_path / "cache" / ".a.json.tmp-77"
        half.write_text("{")
    with RunFolder.open(tmp_path):
        assert not half.exists()
        assert not list(tmp_path.glob("*.tmp-*"))


# Who may write ------------------------------------------------------------------------------------


def test_two_runs_cannot_share_a_folder(tmp_path):
    with (
        RunFolder.open(tmp_path),
        pytest.raises(RunFolderError, match=rf"Another run \(process {os.getpid()}\)"),
    ):
        RunFolder.open(tmp_path)
    RunFolder.open(tmp_path).close()


def test_a_killed_process_leaves_the_folder_free_and_its_chunks_usable(tmp_path):
    script = (
        "import os, signal, sys, pathlib, numpy as np\n"
        "from localcluster.store import RunFolder\n"
        "def compute(a, b):\n"
        "    if a == 4: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return np.arange(a, b, dtype=np.float32)[:, None] * [1, 10]\n"
        "RunFolder.open(pathlib.Path(sys.argv[1])).chunked('x', 'k', 7, 2, compute)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    calls: list[tuple[int, int]] = []
    with RunFolder.open(tmp_path) as folder:
        rows = folder.chunked("x", "k", 7, 2, rows_of(calls))
    assert calls == [(4, 6), (6, 7)]
    assert rows.tolist() == [[i, 10 * i] for i in range(7)]


# What it remembers --------------------------------------------------------------------------------


def test_values_are_computed_once_per_key(folder):
    first, second = Count({"a": np.eye(2)}), Count({"a": np.zeros(0, dtype=bool), "b": np.array(3)})
    assert folder.arrays("x", "k1", first)["a"].tolist() == [[1, 0], [0, 1]]
    assert folder.arrays("x", "k1", first)["a"].dtype == np.float64
    assert first.calls == 1
    for _ in range(2):
        stored = folder.arrays("x", "k2", second)
        assert stored["a"].shape == (0,)
        assert stored["b"].shape == ()
    assert second.calls == 1
    folder.arrays("x", "k1", first)
    assert first.calls == 2


def test_json_comes_back_equal_at_the_first_and_at_later_calls(folder):
    compute = Count({"t": (1, 2.5, None), "é": "\ud800", "nan": float("inf")})
    values = [folder.json("x", "k", compute) for _ in range(2)]
    assert values[0] == values[1] == {"t": [1, 2.5, None], "é": "\ud800", "nan": float("inf")}
    nothing = Count(None)
    assert [folder.json("none", "k", nothing) for _ in range(2)] == [None, None]
    assert compute.calls == nothing.calls == 1


def test_a_stopped_pass_continues_where_it_was(folder):
    calls: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        folder.chunked("x", "k", 10, 4, rows_of(calls, fail_at=8))
    assert calls == [(0, 4), (4, 8)]
    seen: list[tuple[int, int]] = []
    rows = folder.chunked("x", "k", 10, 4, rows_of(calls), lambda done, n: seen.append((done, n)))
    assert calls == [(0, 4), (4, 8), (8, 10)]
    assert seen == [(4, 10), (8, 10), (10, 10)]
    assert rows.dtype == np.float64
    assert rows.shape == (10, 2)
    assert not (folder.path / "cache" / "x.parts").exists()
    assert folder.chunked("x", "k", 10, 4, rows_of(calls, fail_at=0)).tolist() == rows.tolist()


def test_parts_of_another_key_are_not_believed(folder):
    calls: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        folder.chunked("x", "old", 4, 2, rows_of(calls, fail_at=2))
    folder.chunked("x", "new", 4, 2, rows_of(calls))
    assert calls == [(0, 2), (0, 2), (2, 4)]


def test_a_pass_over_no_rows(folder):
    assert folder.chunked("x", "k", 0, 4, lambda a, b: np.zeros((b - a, 3))).shape == (0, 3)


def test_a_computation_that_loses_rows_is_a_bug(folder):
    with pytest.raises(ValueError, match="gave 1 rows"):
        folder.chunked("x", "k", 4, 2, lambda a, b: np.zeros((1, 3)))


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b"])
def test_names_stay_inside_the_folder(folder, name):
    with pytest.raises(ValueError, match="no name of a stored value"):
        folder.json(name, "k", lambda: 1)


def test_a_moved_folder_continues(tmp_path):
    with RunFolder.open(tmp_path / "here") as folder:
        folder.json("a", "k", lambda: 1)
    (tmp_path / "here").rename(tmp_path / "there")
    with RunFolder.open(tmp_path / "there") as folder:
        assert folder.json("a", "k", lambda: 2) == 1
    for file in (tmp_path / "there").rglob("*.*"):
        assert file.is_dir() or str(tmp_path).encode() not in file.read_bytes()


# Damage and full disks ----------------------------------------------------------------------------


@IN_FOLDER
@given(st.data())
def test_damaged_files_are_computed_again(folder, data):
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}
    value = {"words": ["one", "two"], "score": 0.25}
    folder.arrays("x", "k", lambda: arrays)
    folder.json("x", "k", lambda: value)
    for name in ("x.safetensors", "x.json"):
        file = folder.path / "cache" / name
        content = file.read_bytes()
        place = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            file.write_bytes(content[:place])
        else:
            byte = data.draw(st.integers(0, 255))
            file.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
    stored = folder.arrays("x", "k", lambda: arrays)
    assert {n: (a.dtype, a.tolist()) for n, a in stored.items()} == {
        n: (a.dtype, a.tolist()) for n, a in arrays.items()
    }
    assert folder.json("x", "k", lambda: value) == value


def test_a_full_disk_is_said_with_numbers_and_leaves_nothing_half_written(folder, monkeypatch):
    before = sorted(folder.path.rglob("*"))

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        message = r"disk is full: x.safetensors needs 8.0 MB and [\d,.]+ MB are free"
        with pytest.raises(RunFolderError, match=message):
            folder.arrays("x", "k", lambda: {"a": np.zeros(1_000_000)})
        with pytest.raises(RunFolderError, match="disk is full"):
            folder.json("x", "k", lambda: 1)
    assert sorted(folder.path.rglob("*")) == before
    assert folder.json("x", "k", lambda: 2) == 2


def test_an_interrupt_while_writing_keeps_the_old_value(folder, monkeypatch):
    folder.json("x", "old", lambda: "old")

    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            folder.json("x", "new", lambda: "new")
    assert folder.json("x", "old", lambda: "lost") == "old"
    assert not list(folder.path.rglob("*.tmp-*"))


# Keys ---------------------------------------------------------------------------------------------


def test_keys_tell_types_bounds_and_contents_apart():
    parts = [
        (1,), (1.0,), (True,), ("1",), (None,), (b"1",), ("ab", "c"), ("a", "bc"), (["a"], "bc"), ({"a": 1},),
        ({"a": [1]},), ({"b": 1},), (np.array([1, 2]),), (np.array([[1, 2]]),), (np.array([1, 2], np.int32),),
        (np.array([1, 3]),), ([1, 2],), ({1, 2},), (np.array(["a"]),), (),
    ]  # fmt: skip
    assert len({key_of(*p) for p in parts}) == len(parts)


def test_keys_do_not_depend_on_order_of_mappings_or_memory_layout():
    assert key_of({"a": 1, "b": (2,)}) == key_of({"b": [2], "a": np.int64(1)})
    array = np.arange(6).reshape(2, 3)
    assert key_of(array) == key_of(np.asfortranarray(array))


def test_keys_refuse_what_has_no_content():
    for value in (object(), np.array([object()])):
        with pytest.raises(TypeError, match="key_of takes"):
            key_of(value)


def test_the_marker_says_the_format(folder):
    assert json.loads((folder.path / MARKER).read_text()) == {"format": FORMAT}
