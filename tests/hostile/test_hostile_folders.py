"""Run folders of a newer version, in use, on a full disk, and runs that end for want of memory."""

from __future__ import annotations

import errno
import json
import os

import numpy as np
import pytest
from fakes import LEXICON, WordEmbedder, give_models, models, reviews
from typer.testing import CliRunner

from localcluster.cli import app
from localcluster.cli.guard import INTERRUPTED
from localcluster.errors import RunFolderError, StoreError
from localcluster.models import Models
from localcluster.store import AnswerStore, RunFolder, key_of, load_result
from localcluster.store.files import TEMP_MARK
from localcluster.store.result import RUN_JSON
from localcluster.store.run_folder import FORMAT, MARKER
from localcluster.testing import ScriptedModel

pytestmark = pytest.mark.slow

runner = CliRunner()
TEXTS = reviews(40)[0]


class Failing(ScriptedModel):
    """Reads hidden states until its turn comes to fail."""

    def __init__(self, error, after=1):
        super().__init__(LEXICON)
        self._error, self._left = error, after

    def hidden_states(self, *arguments, **options):
        self._left -= 1
        if self._left < 0:
            raise self._error
        return super().hidden_states(*arguments, **options)


@pytest.fixture(autouse=True)
def scripted(use_models):
    use_models(models)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.txt"
    path.write_text("\n".join(TEXTS))
    return path


def cluster(table, out, *options):
    arguments = [
        "run",
        str(table),
        "--by",
        "sentiment",
        "-k",
        "2",
        "--rounds",
        "0",
        "--quiet",
        "--out",
        str(out),
    ]
    return runner.invoke(app, [*arguments, *options])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished run that nothing went wrong in."""
    at = tmp_path_factory.mktemp("whole")
    (at / "rows.txt").write_text("\n".join(TEXTS))
    with pytest.MonkeyPatch.context() as patch:
        give_models(models, patch)
        assert cluster(at / "rows.txt", at / "out").exit_code == 0
    return at / "out"


def copied(folder, to):
    for file in folder.rglob("*"):
        if file.is_file():
            target = to / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return to


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != ".lock"}


def assert_whole(folder, whole):
    (one,), (other,) = load_result(folder).criteria, load_result(whole).criteria
    assert np.array_equal(one.labels, other.labels)
    assert np.array_equal(one.confidence, other.confidence)
    assert not [file for file in folder.rglob("*") if TEMP_MARK in file.name]


# Of a newer version -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["run", "report", "predict", "explain", "fresh"])
def test_a_folder_of_a_newer_version_is_refused_by_every_command_and_kept(whole, table, tmp_path, command):
    folder = copied(whole, tmp_path / "newer")
    (folder / MARKER).write_text(json.dumps({"format": FORMAT + 1}))
    before = contents(folder)
    rest = {"report": [], "predict": [str(table)], "explain": ["1"]}
    if command in rest:
        found = runner.invoke(app, [command, str(folder), *rest[command]])
    else:
        found = cluster(table, folder, *(["--fresh"] if command == "fresh" else []))
    assert found.exit_code == RunFolderError.exit_code, found.output
    assert f"newer localcluster (format {FORMAT + 1}" in found.output
    assert contents(folder) == before


@pytest.mark.parametrize("field", ["rows_key", "criteria", "facts"])
def test_a_result_that_lacks_a_part_is_damaged_even_if_its_checksum_is_right(whole, tmp_path, field):
    folder = copied(whole, tmp_path / "forged")
    document = json.loads((folder / RUN_JSON).read_text())
    del document[field], document["checksum"]
    document["checksum"] = key_of(json.dumps(document, sort_keys=True))
    (folder / RUN_JSON).write_text(json.dumps(document))
    with pytest.raises(RunFolderError, match=r"run.json in .* is missing or damaged"):
        load_result(folder)


# In use -------------------------------------------------------------------------------------------


def test_predict_beside_a_run_uses_the_last_result_or_says_there_is_none(whole, table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = copied(whole, tmp_path / "busy")
    with RunFolder.open(folder):
        found = runner.invoke(app, ["predict", str(folder), str(table), "--quiet", "--out", "new.csv"])
        assert found.exit_code == 0, found.output
        assert len((tmp_path / "new.csv").read_text().splitlines()) == len(TEXTS) + 1
        (folder / RUN_JSON).unlink()
        found = runner.invoke(app, ["predict", str(folder), str(table), "--out", "none.csv"])
    assert found.exit_code == RunFolderError.exit_code
    assert "is not finished. If it still works, wait for it" in found.output
    assert not (tmp_path / "none.csv").exists()


# Full disk, no memory, Ctrl-C ---------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 3, -3, -1])
def test_on_a_full_disk_a_run_says_so_and_continues(whole, table, tmp_path, monkeypatch, number):
    sync, written = os.fsync, []
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: (written.append(handle), sync(handle))[1])
        assert cluster(table, tmp_path / "count").exit_code == 0
    stop, seen = range(len(written))[number], []

    def full(handle):
        seen.append(handle)
        if len(seen) > stop:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        found = cluster(table, tmp_path / "out")
    assert found.exit_code == RunFolderError.exit_code, found.output
    assert "The disk is full" in found.output
    assert "it continues where it was" in found.output
    assert not [file for file in tmp_path.rglob("*") if TEMP_MARK in file.name]
    assert cluster(table, tmp_path / "out").exit_code == 0
    assert_whole(tmp_path / "out", whole)


class OutOfMemoryError(RuntimeError):
    """As torch names its own."""


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (MemoryError(), 4, "There is not enough memory. "),
        (MemoryError("Unable to allocate 7.45 GiB for an array"), 4, "(7.45 GiB more were needed)"),
        (
            OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
            4,
            "There is not enough graphics memory",
        ),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 640 bytes."),
            4,
            "(640 bytes more were needed)",
        ),
        (KeyboardInterrupt(), INTERRUPTED, "Stopped. Run the same command again to continue."),
    ],
    ids=["memory", "numpy", "cuda", "torch", "ctrl-c"],
)
def test_a_run_cut_short_tells_why_and_continues(whole, table, tmp_path, monkeypatch, error, code, said):
    with monkeypatch.context() as patch:
        give_models(lambda: Models(WordEmbedder(), Failing(error)), patch)
        found = cluster(table, tmp_path / "out")
    assert found.exit_code == code, found.output
    assert said in found.output
    assert len(found.output.splitlines()) == 1
    assert cluster(table, tmp_path / "out").exit_code == 0
    assert_whole(tmp_path / "out", whole)


def test_an_error_of_the_program_is_not_taken_for_want_of_memory(table, tmp_path, use_models):
    bug = RuntimeError("shapes cannot be multiplied")
    use_models(lambda: Models(WordEmbedder(), Failing(bug)))
    assert cluster(table, tmp_path / "out").exception is bug


# Answer files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE reading SET score = 'high'", "score is 'high'"),
        ("UPDATE text SET words = x'ff'", "text 1 is"),
        ("DELETE FROM text", "text 1 is None"),
        ("ALTER TABLE text RENAME COLUMN words TO others", "no such column"),
    ],
    ids=["a word for a score", "bytes for a text", "no texts", "another column"],
)
def test_answers_of_another_form_are_damaged_and_not_a_crash(tmp_path, statement, said):
    import sqlite3

    from localcluster.store import Reading

    path = tmp_path / "answers.sqlite"
    with AnswerStore.open(path) as store:
        store.add([Reading("0" * 64, "pair", "yes or no", "mood", "0" * 64, ("a", "b"), 1.0)])
    db = sqlite3.connect(path)
    db.execute(statement)
    db.commit()
    db.close()
    with AnswerStore.read(path) as store, pytest.raises(StoreError, match=said) as refused:
        list(store.rows())
    assert "mv " in str(refused.value)
