"""Kill a run with the scripted model at random moments of every stage, resume it, compare.

    python -m benchmarks kill_scripted [--kills 50]

A moment is a step whose interruption could lose something: a file of the run folder written, renamed, synced
or removed, a statement to the answer store, a call of the model (tests/interrupted_runs.py counts them). They
are drawn at random, half of them from the moments of files, which every stage has, of an uninterrupted run
with questions, a search for the number of clusters and adaptation. A run gets SIGKILL at its moment, is
started again and left alone; its labels, confidences, names, evidence, table and every stored answer must be
those of the uninterrupted run, no question may be asked twice and no half-written file may be left. Writes
benchmarks/results/kill_scripted.json; ends with code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from localcluster.store.files import TEMP_MARK

from ..lib.record import RESULTS
from .kill_resume import compare, machine, outcome, stage_of

RUNS = Path(__file__).parents[2] / "tests" / "interrupted_runs.py"
RESULT = RESULTS / "kill_scripted.json"
SEED = 0


def main() -> None:
    """Count, kill, resume, compare, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as made:
        at = Path(made)
        kinds = asked_of_tests("moments", at)
        whole = outcome(at / "whole")
        numbers = drawn(kinds, options.kills)
        deaths = asked_of_tests("kill once", at, *numbers)
        met = [stage_of(at / f"run-{number}") for number in numbers]
        ends = asked_of_tests("finish", at, *numbers)
        rows = []
        for number, stage, death, end in zip(numbers, met, deaths, ends, strict=True):
            found = judged(at / f"run-{number}", death, end, whole)
            rows.append({"moment": number, "kind": kinds[number], **stage, **found})
    document = {
        "machine": machine(),
        "moments of an uninterrupted run": dict(Counter(kinds)),
        "kills by the last stage on the disk": dict(Counter(row["stage"] for row in rows)),
        "runs that differ": [row for row in rows if not row["as if never stopped"]],
        "kills": rows,
    }
    RESULT.write_text(json.dumps(document, indent=1) + "\n")
    console.print(document["kills by the last stage on the disk"])
    if document["runs that differ"]:
        raise SystemExit("a resumed run differs from the uninterrupted one")


def drawn(kinds: list[str], kills: int) -> list[int]:
    """Moments to die at: half of them of files, which every stage writes."""
    rng, shares = random.Random(SEED), {"file": kills - kills // 4 * 2, "statement": kills // 4}
    shares["model"] = kills // 4
    numbers = []
    for kind, share in shares.items():
        numbers += rng.sample([number for number, found in enumerate(kinds) if found == kind], share)
    return sorted(numbers)


def asked_of_tests(task: str, at: Path, *numbers: int) -> Any:
    """What tests/interrupted_runs.py answers: it forks, which needs a process without threads."""
    command = [sys.executable, str(RUNS), task, str(at), *map(str, numbers)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def judged(out: Path, death: list[Any], end: list[Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Whether a run was killed, and ended as if it had not been."""
    if death[0] != -signal.SIGKILL or end[0]:
        return {"as if never stopped": False, "killed": death, "resumed": end}
    found = compare(out, whole)
    left = [file.name for file in out.rglob("*") if TEMP_MARK in file.name]
    same = all(value is not False for value in found.values()) and not found["questions asked twice"]
    return {**found, "left behind": left, "as if never stopped": same and not left}
