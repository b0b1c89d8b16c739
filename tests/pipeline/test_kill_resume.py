"""Nothing is lost: a run that dies at any moment continues to the result of one that did not."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys

import interrupted_runs
import numpy as np
import pytest

from localcluster.cli.guard import INTERRUPTED
from localcluster.errors import RunFolderError
from localcluster.evidence import to_json
from localcluster.store import AnswerStore, find_answers, load_result
from localcluster.store.files import TEMP_MARK

pytestmark = pytest.mark.slow

#: How many moments of each kind a run is killed at. The store's own tests kill at every statement of a
#: transaction; here it is what a run makes of it.
KILLED = {"file": 4, "statement": 3, "model": 3}
#: Moments of files after the last fit that write down what the training came to.
KEPT = 6


def start(task, folder, *numbers):
    command = [sys.executable, interrupted_runs.__file__, task, str(folder), *map(str, numbers)]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def answer(task, folder, *numbers):
    process = start(task, folder, *numbers)
    said, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(said)


def decided(folder):
    """All that two runs of the same command must agree on."""
    found = []
    for criterion in load_result(folder).criteria:
        evidence = json.loads(json.dumps(to_json(criterion.evidence)))
        del evidence["oracle"]["questions"]  # how many were asked now and recalled, and how long it took
        found.append(
            [
                criterion.labels.tolist(),
                np.asarray(criterion.confidence).tolist(),
                criterion.clusters,
                evidence,
            ]
        )
    return found, (folder / "clusters.csv").read_bytes()


def stored(folder):
    """Every reading and decision, whatever the order of asking."""
    with AnswerStore.read(find_answers(folder)) as store:
        return sorted(json.dumps(row, sort_keys=True) for row in store.rows())


def assert_as_if_never_stopped(folder, whole):
    assert decided(folder) == decided(whole)
    # Each row says how often it was stored, so a question asked twice shows here too.
    assert stored(folder) == stored(whole)
    with AnswerStore.read(find_answers(folder)) as store:
        assert all(count.repeated == 0 for count in store.counts())
    assert not [file for file in folder.rglob("*") if TEMP_MARK in file.name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def moments(folder):
    """Numbers of the moments of each kind in an uninterrupted run, which lies in ``folder / "whole"``."""
    kinds = answer("moments", folder)
    return {kind: [n for n, found in enumerate(kinds) if found == kind] for kind in (*KILLED, "training")}


def test_the_uninterrupted_run_asks_and_decides(folder, moments):
    assert all(len(moments[kind]) > count for kind, count in KILLED.items())
    purposes = {json.loads(row)["purpose"] for row in stored(folder / "whole")}
    # Held-out questions come only where answers would move rows, which depends on the data alone; pairs that
    # decide k only where a scorer passes its trial, which on so few rows is short.
    assert {"calibration", "training"} <= purposes


def test_killed_at_ten_moments_a_run_continues_to_the_same_result(folder, moments):
    rng = random.Random(0)
    numbers = [n for kind, count in KILLED.items() for n in rng.sample(moments[kind], count)]
    for number, attempts in zip(numbers, answer("kill", folder, *numbers), strict=True):
        codes = [code for code, _ in attempts]
        assert (codes[0], codes[2]) == (-signal.SIGKILL, 0), (number, attempts)
        assert codes[1] in (-signal.SIGKILL, 0), (number, attempts)
        assert_as_if_never_stopped(folder / f"kill-{number}", folder / "whole")


def test_killed_in_training_and_while_it_is_kept_a_run_continues_to_the_same_result(folder, moments):
    training = moments["training"]
    kept = [number for number in moments["file"] if number > training[-1]][:KEPT]
    numbers = [training[0], training[-1], kept[0], kept[-1]]
    deaths = answer("kill once", folder, *numbers)
    ends = answer("finish", folder, *numbers)
    for number, death, end in zip(numbers, deaths, ends, strict=True):
        assert (death[0], end[0]) == (-signal.SIGKILL, 0), (number, death, end)
        assert_as_if_never_stopped(folder / f"run-{number}", folder / "whole")


def test_a_finished_run_asks_and_trains_nothing_again(folder, moments):
    before = decided(folder / "whole")
    again = answer("moments again", folder)
    assert moments["training"]
    assert not {"training", "model"} & set(again)
    assert decided(folder / "whole") == before


def test_ctrl_c_is_one_sentence_and_the_run_continues(folder, moments):
    # None in a statement: SQLite swallows what is raised in the hook that watches them.
    numbers = [moments["file"][len(moments["file"]) // 2], moments["model"][-3]]
    for number, attempts in zip(numbers, answer("interrupt", folder, *numbers), strict=True):
        code, said = attempts[0]
        assert code == INTERRUPTED, said
        assert said == "Stopped. Run the same command again to continue.\n"
        assert attempts[2][0] == 0, attempts
        assert_as_if_never_stopped(folder / f"interrupt-{number}", folder / "whole")


def test_a_second_run_in_the_folder_is_refused_and_does_the_first_no_harm(folder, moments):
    first = start("hold", folder, moments["model"][-3])
    assert first.stdout is not None
    assert first.stdout.readline() == "holding\n"
    code, said = answer("beside", folder)
    assert code == RunFolderError.exit_code, said
    assert said.startswith(f"error: Another run (process {first.pid}) is writing to ")
    assert "--out" in said
    first.communicate("\n")
    assert first.returncode == 0
    assert_as_if_never_stopped(folder / "held", folder / "whole")
