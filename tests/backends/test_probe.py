from __future__ import annotations

import json
import sys

import pytest
from tiny_gguf import write_tiny_gguf

from localcluster.backends import probe as room
from localcluster.backends.findings import Findings
from localcluster.backends.probe import child_command, probe
from localcluster.errors import ModelError

CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"


@pytest.fixture
def tiny(tmp_path):
    return write_tiny_gguf(tmp_path / "tiny.gguf")


@pytest.fixture
def findings(tmp_path):
    return Findings(tmp_path / "home")


class Child:
    """A child that runs Python code of ours, and counts how often it was started and how."""

    def __init__(self, code: str, without_extra_buffers: str | None = None) -> None:
        self.codes = {
            True: code,
            False: code if without_extra_buffers is None else without_extra_buffers,
        }
        self.calls: list[bool] = []

    def __call__(self, path, extra_buffers):
        self.calls.append(extra_buffers)
        return [sys.executable, "-c", self.codes[extra_buffers]]


@pytest.fixture(autouse=True)
def _no_amx(monkeypatch):
    monkeypatch.setattr(room, "has_amx", lambda: False)


def test_a_crash_is_an_error_that_is_remembered(tiny, findings):
    child = Child(CRASH)
    for _ in range(2):
        with pytest.raises(ModelError, match=r"crashed on tiny.gguf .*SIGSEGV.*--engine hf"):
            probe(tiny, findings, command=child)
    assert child.calls == [True, False]


def test_a_crash_of_the_extra_buffers_alone_is_avoided_and_remembered(tiny, findings):
    child = Child(CRASH, "")
    for _ in range(2):
        assert probe(tiny, findings, command=child).extra_buffers is False
    assert child.calls == [True, False]


def test_what_works_is_tried_once_and_again_when_the_file_changes(tiny, findings):
    child = Child("")
    for _ in range(2):
        assert probe(tiny, findings, command=child).extra_buffers is True
    assert child.calls == [True]
    with tiny.open("ab") as file:
        file.write(b"more")
    probe(tiny, findings, command=child)
    assert child.calls == [True, True]


def test_extra_buffers_are_never_tried_on_amx(tiny, findings, monkeypatch):
    monkeypatch.setattr(room, "has_amx", lambda: True)
    child = Child(CRASH, "")
    assert probe(tiny, findings, command=child).extra_buffers is False
    assert child.calls == [False]


def test_a_refusal_of_the_child_is_passed_on(tiny, findings):
    said = json.dumps({"error": "no such luck"})
    with pytest.raises(ModelError, match="no such luck"):
        probe(tiny, findings, command=Child(f"print({said!r}); raise SystemExit(9)"))


def test_a_child_that_hangs_is_ended_and_not_held_against_the_file(tiny, findings, monkeypatch):
    monkeypatch.setattr(room, "_PATIENCE_S", 0.2)
    child = Child("import threading; threading.Event().wait()")
    for _ in range(2):
        with pytest.raises(ModelError, match="did not answer within 0 s"):
            probe(tiny, findings, command=child)
    assert child.calls == [True, True]


def test_a_child_killed_for_memory_is_not_held_against_the_file(tiny, findings):
    child = Child("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(ModelError, match="lack of memory"):
        probe(tiny, findings, command=child)
    assert probe(tiny, findings, command=Child("")).extra_buffers is True


def test_a_file_larger_than_the_free_memory_is_not_tried(tiny, findings, monkeypatch):
    monkeypatch.setattr(room, "free_ram", lambda: 100e6)
    child = Child("")
    with pytest.raises(ModelError, match=r"needs about 0\.4 GB of memory, but 0\.1 GB are free"):
        probe(tiny, findings, command=child)
    assert child.calls == []


def test_a_cut_file_fails_before_any_child(tiny, findings):
    tiny.write_bytes(tiny.read_bytes()[:-1000])
    child = Child("")
    with pytest.raises(ModelError, match="cut short"):
        probe(tiny, findings, command=child)
    assert child.calls == []


def test_the_real_child_runs_a_good_file(tiny, findings):
    probe(tiny, findings, command=lambda path, _extra: child_command(path, False))


def test_the_real_child_names_an_unknown_architecture(tmp_path, findings):
    martian = write_tiny_gguf(tmp_path / "martian.gguf", architecture="martian")
    with pytest.raises(ModelError, match=r"cannot load martian.gguf: .*martian.*update it"):
        probe(martian, findings)


def test_a_damaged_store_of_findings_is_begun_anew(tiny, findings):
    findings.path.parent.mkdir()
    findings.path.write_text("{not json")
    child = Child("")
    probe(tiny, findings, command=child)
    probe(tiny, findings, command=child)
    assert child.calls == [True]


def test_findings_that_cannot_be_written_do_not_stop_a_run(tiny, tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    assert probe(tiny, Findings(tmp_path / "home"), command=Child("")).extra_buffers is True
