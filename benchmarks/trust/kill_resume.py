"""Kill a real run at random moments, resume it each time, and compare with a run that was left alone.

    python -m benchmarks kill_resume examples/reviews.csv [--kills 10] [--by "kind of product"] [-k 3]

`localcluster run` is a process of its own with the installed models; it gets SIGKILL at a moment drawn
evenly from an uninterrupted run's time after loading, and the same command is given again. An attempt that
ends before its moment is compared with the uninterrupted run, and the next one begins a new folder. Writes
benchmarks/results/kill_resume.json, prints what each kill met, and ends with code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from localcluster.errors import StoreError
from localcluster.evidence import to_json
from localcluster.store import ANSWERS, AnswerStore, find_answers, load_result
from localcluster.store.files import TEMP_MARK

from ..lib.record import RESULTS

RESULT = RESULTS / "kill_resume.json"
#: Seconds between two looks at a process.
LOOK_EVERY = 0.05
SEED = 0


class Attempt:
    """One `localcluster run` in the folder; says what it has reached."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*command, "--out", str(folder)], stdout=log, stderr=log)
        self.worked_since: float | None = None

    def ended_within(self, seconds: float | None) -> bool:
        """Wait until it ends, or has worked that long since it took the folder."""
        while self.process.poll() is None:
            if self.worked_since is None and self._has_folder():
                self.worked_since = time.monotonic()
            if seconds is not None and self.worked_since and time.monotonic() - self.worked_since >= seconds:
                return False
            time.sleep(LOOK_EVERY)
        if self.process.returncode:
            raise SystemExit(self.log.read_text())
        return True

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _has_folder(self) -> bool:
        try:
            return (self.folder / ".lock").read_text() == str(self.process.pid)
        except OSError:
            return False


def stage_of(folder: Path) -> dict[str, Any]:
    """The last thing that a killed run has put on the disk."""
    cache = folder / "cache"
    readings = decisions = 0
    if (cache / ANSWERS).exists():
        try:
            with AnswerStore.read(cache / ANSWERS) as store:
                readings = sum(count.readings for count in store.counts())
                decisions = sum(row["answer"] is not None for row in store.rows())
        except StoreError:
            pass  # killed before it had tables
    stage = "folder taken"
    for name, pattern in (
        ("sentences embedded", "sentence.safetensors"),
        ("hidden states begun", "states-*.parts"),
        ("hidden states of a wording read", "states-*.safetensors"),
    ):
        if any(cache.glob(pattern)):
            stage = name
    if any(cache.glob("partition-*")):
        stage = "partition fitted"
    if readings:
        stage = "questions asked"
    for name, pattern in (
        ("head fitted", "cache/head-*.json"),
        ("clusters named", "cache/cards-*.json"),
        ("map drawn", "cache/map-*"),
        ("report written", "report.html"),
        ("table written", "clusters.csv"),
        ("run finished", "run.json"),
    ):
        if any(folder.glob(pattern)):
            stage = name
    half_written = sum(TEMP_MARK in file.name for file in folder.rglob("*"))
    journal = cache / f"{ANSWERS}-journal"
    half_written += journal.exists() and journal.stat().st_size > 0
    return {"stage": stage, "readings": readings, "decisions": decisions, "half_written_files": half_written}


def outcome(folder: Path) -> dict[str, Any]:
    """What two runs of the same command must agree on."""
    with AnswerStore.read(find_answers(folder)) as store:
        rows = sorted(json.dumps(row, sort_keys=True) for row in store.rows())
        repeated = sum(count.repeated for count in store.counts())
    criteria = []
    for criterion in load_result(folder).criteria:
        evidence = to_json(criterion.evidence)
        (evidence["oracle"] or {}).pop("questions", None)
        names = [card.name for card in criterion.clusters]
        criteria.append([criterion.labels.tolist(), criterion.confidence.tolist(), names, evidence])
    return {
        "criteria": criteria,
        "table": (folder / "clusters.csv").read_bytes(),
        "answers": rows,
        "repeated": repeated,
    }


def compare(folder: Path, whole: dict[str, Any]) -> dict[str, Any]:
    found = outcome(folder)
    return {
        "same labels, names and evidence": found["criteria"] == whole["criteria"],
        "same table": found["table"] == whole["table"],
        "same answers and decisions": found["answers"] == whole["answers"],
        "decided questions": len(found["answers"]),
        "questions asked twice": found["repeated"],
    }


def uninterrupted(command: list[str], folder: Path) -> float:
    """Seconds of work after loading."""
    attempt = Attempt(command, folder)
    attempt.ended_within(None)
    assert attempt.worked_since is not None
    return time.monotonic() - attempt.worked_since


def killed(
    command: list[str], at: Path, kills: int, seconds: float, whole: dict[str, Any], console: Console
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What every kill met, and how every run that was killed at least once ended."""
    rng = random.Random(SEED)
    met: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    run = deaths = 0
    while len(met) < kills or deaths:
        attempt = Attempt(command, at / f"run-{run}")
        moment = rng.uniform(0, seconds) if len(met) < kills else None
        if attempt.ended_within(moment):
            if deaths:
                ended.append({"run": run, "kills": deaths, **compare(attempt.folder, whole)})
                console.print(ended[-1])
            run, deaths = run + 1, 0
            continue
        attempt.kill()
        deaths += 1
        met.append({"run": run, "after_seconds": round(moment or 0, 2), **stage_of(attempt.folder)})
        console.print(met[-1])
    return met, ended


def machine() -> dict[str, object]:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cpu": model or platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def show(met: list[dict[str, Any]], ended: list[dict[str, Any]], console: Console) -> None:
    table = Table("run", "killed after", "had reached", "readings", "decisions", "half-written files")
    for row in met:
        values = [row["stage"], row["readings"], row["decisions"], row["half_written_files"]]
        table.add_row(str(row["run"]), f"{row['after_seconds']:.1f} s", *map(str, values))
    console.print(table)
    for row in ended:
        console.print(", ".join(f"{name}: {value}" for name, value in row.items()))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--by", default="kind of product")
    parser.add_argument("-k", default="3")
    parser.add_argument("--rounds", default="1")
    options = parser.parse_args()
    console = Console(stderr=True)
    command = [sys.executable, "-c", "from localcluster.cli import main; main()", "run", str(options.data)]
    command += ["--by", options.by, "-k", options.k, "--rounds", options.rounds]
    with tempfile.TemporaryDirectory() as name:
        at = Path(name)
        seconds = uninterrupted(command, at / "whole")
        console.print(f"uninterrupted: {seconds:.1f} s after loading")
        whole = outcome(at / "whole")
        met, ended = killed(command, at, options.kills, seconds, whole, console)
    document = {
        "machine": machine(),
        "command": shlex.join(["localcluster", "run", options.data.name, *command[5:]]),
        "uninterrupted": {
            "seconds_after_loading": round(seconds, 1),
            "decided questions": len(whole["answers"]),
            "questions asked twice": whole["repeated"],
        },
        "kills": met,
        "runs": ended,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(document, indent=2) + "\n")
    show(met, ended, Console())
    if any(value is False for run in ended for value in run.values()) or any(
        run["questions asked twice"] for run in ended
    ):
        raise SystemExit("a resumed run differs from the uninterrupted one")
