"""Runs that stop at a chosen moment; started as a script, because what dies must be a process of its own.

A moment is a step whose interruption could lose something: a file of the run folder written, renamed or
removed, a statement to the answer store, a call of the model, a fit within the training of an embedding. They
are counted, not timed, so a moment's number means the same place in every run.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# What every run imports and makes of it, a second and more: once here, not in every forked run.
import sklearn.manifold  # noqa: F401
import torch._dynamo  # noqa: F401
from fakes import LEXICON, WordEmbedder, give_models, reviews

from localcluster.backends.base import Prompt
from localcluster.cli import main
from localcluster.models import Models
from localcluster.pipeline import run as pipeline  # noqa: F401
from localcluster.report import write
from localcluster.testing import ScriptedModel
from localcluster.triplets import linear_map

write.prepare()

#: With so many, questions of every purpose are asked.
ROWS = 80
ARGUMENTS = ("--by", "sentiment", "-k", "2:20", "--triplets", "48", "--adapt", "head", "--quiet")
#: What a run does at moments; each takes the moment's kind ("file", "statement", "model" or "training").
AtMoment = Callable[[str], None]


def run_watched(table: Path, out: Path, at_moment: AtMoment) -> None:
    """``localcluster run`` in this process, for good: hooks cannot be taken off again."""
    _watch_files(out, at_moment)
    _watch_statements(at_moment)
    _watch_training(at_moment)

    class Watched(ScriptedModel):
        def _read_all(self, *call: Any) -> Any:
            at_moment("model")
            return super()._read_all(*call)

        def score(
            self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], **options: Any
        ) -> Any:
            # As of real engines, the numbers depend on what else is asked in the same call.
            company = 1 + 1e-3 * sum(map(len, continuations))
            return [company * row for row in super().score(prompts, continuations, **options)]

    give_models(lambda: Models(WordEmbedder(), Watched(LEXICON)))
    sys.argv = ["localcluster", "run", str(table), *ARGUMENTS, "--out", str(out)]
    main()


def _watch_files(out: Path, at_moment: AtMoment) -> None:
    inside = os.fspath(out)

    def audit(event: str, details: tuple[Any, ...]) -> None:
        if event not in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"):
            return
        if not (isinstance(details[0], str | os.PathLike) and os.fspath(details[0]).startswith(inside)):
            return
        if event != "open" or details[2] & (os.O_WRONLY | os.O_RDWR):
            at_moment("file")

    sys.addaudithook(audit)
    # The bytes may be in the file, and nothing vouches for them yet. That they reach the disk is not waited
    # for: a killed process loses nothing that it has written.
    os.fsync = lambda handle: at_moment("file")


def _watch_statements(at_moment: AtMoment) -> None:
    connect = sqlite3.connect

    def watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
        db = connect(*arguments, **options)
        db.set_trace_callback(lambda _: at_moment("statement"))
        return db

    sqlite3.connect = watched


def _watch_training(at_moment: AtMoment) -> None:
    fit = linear_map._fit

    def watched(*call: Any) -> Any:
        at_moment("training")
        return fit(*call)

    linear_map._fit = watched


def stop_at(number: int | None, by: signal.Signals) -> AtMoment:
    """A counter that sends this process a signal at the moment of that number, from 0."""
    seen = 0

    def count(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen - 1 == number:
            os.kill(os.getpid(), by)

    return count


def hold_at(number: int) -> AtMoment:
    """A counter that says "holding" at that moment and goes on when a line comes in."""
    seen = 0

    def count(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen - 1 == number:
            sys.stdout.write("holding\n")
            sys.stdout.flush()
            sys.stdin.readline()

    return count


def in_child(table: Path, out: Path, at_moment: AtMoment = lambda _: None) -> tuple[int, str]:
    """The same in a forked process, which saves the seconds of importing.

    Returns
    -------
    code : int
        Its exit code, or minus the signal that killed it.
    said : str
        Standard output and error.
    """
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            code = 1
            try:
                run_watched(table, out, at_moment)
            except SystemExit as end:
                code = int(end.code or 0)
            except BaseException:  # noqa: BLE001, a child must not come back into its parent's code
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        return code, said.read().decode()


def moments(table: Path, out: Path) -> list[str]:
    """Kinds of all moments of an uninterrupted run, in order."""
    with tempfile.TemporaryFile() as log:

        def note(kind: str) -> None:
            os.write(log.fileno(), f"{kind}\n".encode())

        code, said = in_child(table, out, note)
        if code:
            raise RuntimeError(said)
        log.seek(0)
        return log.read().decode().split()


def stopped(table: Path, out: Path, number: int, by: signal.Signals) -> list[tuple[int, str]]:
    """What became of a run stopped at a moment, stopped again while it caught up, then left alone."""
    return [in_child(table, out, stop_at(stop, by)) for stop in (number, number // 4, None)]


def script(task: str, folder: Path, numbers: list[int]) -> Any:
    """What a test asks of the process; JSON-ready."""
    table = folder / "rows.txt"
    if task == "moments":
        table.write_text("\n".join(reviews(ROWS)[0]) + "\n")
    if task in ("moments", "moments again"):
        return moments(table, folder / "whole")
    if task == "hold":
        run_watched(table, folder / "held", hold_at(numbers[0]))
    if task == "beside":
        return in_child(table, folder / "held")
    if task == "kill once":
        ways = [stop_at(number, signal.SIGKILL) for number in numbers]
        return [in_child(table, folder / f"run-{n}", way) for n, way in zip(numbers, ways, strict=True)]
    if task == "finish":
        return [in_child(table, folder / f"run-{number}") for number in numbers]
    by = {"kill": signal.SIGKILL, "interrupt": signal.SIGINT}[task]
    return [stopped(table, folder / f"{task}-{number}", number, by) for number in numbers]


if __name__ == "__main__":
    answer = script(sys.argv[1], Path(sys.argv[2]), [int(number) for number in sys.argv[3:]])
    sys.stdout.write(json.dumps(answer))
