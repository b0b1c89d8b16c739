"""One seed, three processes, three hash seeds: the same labels, names and confidences."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from fakes import reviews

pytestmark = pytest.mark.slow

#: As ``localcluster run`` does it, with questions, for several hash seeds and sizes of checkpoint.
RUN = """
import sys
from fakes import give_models, models
from localcluster.pipeline import embedding
from localcluster.cli import main

embedding.CHUNK_ROWS = int(sys.argv.pop(1))
give_models(models)
main()
"""
PROCESSES = ((0, 512), (1, 512), (2, 7))


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    at = tmp_path_factory.mktemp("same")
    (at / "rows.txt").write_text("\n".join(reviews(60)[0]))
    found = []
    for seed, chunk in PROCESSES:
        arguments = [
            "run",
            "rows.txt",
            "--by",
            "sentiment",
            "-k",
            "2:8",
            "--triplets",
            "32",
            "--adapt",
            "none",
        ]
        subprocess.run(
            [sys.executable, "-c", RUN, str(chunk), *arguments, "--quiet", "--out", f"out-{seed}"],
            cwd=at,
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ
            | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        )
        folder = at / f"out-{seed}"
        (criterion,) = json.loads((folder / "run.json").read_text())["criteria"]
        del criterion["evidence"]["oracle"]["questions"]  # with the seconds it took
        found.append(((folder / "clusters.csv").read_bytes(), criterion))
    return found


def test_three_processes_agree_in_every_label_name_and_reason(documents):
    assert documents[1] == documents[0]


def test_the_size_of_a_batch_changes_nothing(documents):
    assert documents[2] == documents[0]
