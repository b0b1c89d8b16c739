"""Whether the same rows get the same labels: in other processes, in other batches, in another order.

    python -m benchmarks determinism examples/reviews.csv [--by "kind of product"] [-k 3] [--rows 300]

Each run is a process of its own with the installed models, a fresh folder and its own hash seed. Batches are
changed by the number of rows that a checkpoint holds, so that other rows share a call of the model. Processes
must agree in every label, name and confidence; the others are measured: share of rows with the same label
after the best matching of clusters, and adjusted Rand index. Writes benchmarks/results/determinism.json and
ends with code 1 if two processes disagree.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, confusion_matrix

from localcluster.items import read_items
from localcluster.store import load_result

from ..lib.record import RESULTS

RESULT = RESULTS / "determinism.json"
#: Rows per checkpoint, and so at most per call of the model; None leaves what is usual.
BATCHES = (None, 64, 37, 7)
PERMUTATIONS = 3
RUN = """
import sys
from localcluster.pipeline import embedding
if sys.argv[1] != "None":
    embedding.CHUNK_ROWS = int(sys.argv[1])
sys.argv = ["localcluster", "run", *sys.argv[2:]]
from localcluster.cli import main
main()
"""


def run(
    table: Path, out: Path, number: int, chunk: int | None, options: argparse.Namespace
) -> dict[str, Any]:
    """One run in its own process: labels, confidences and names."""
    command = [sys.executable, "-c", RUN, str(chunk), str(table), "--by", options.by, "-k", options.k]
    command += ["--rounds", options.rounds, "--out", str(out), "--quiet"]
    env = os.environ | {"PYTHONHASHSEED": str(number)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    (criterion,) = load_result(out).criteria
    return {
        "labels": np.asarray(criterion.labels),
        "confidence": np.asarray(criterion.confidence),
        "names": [card.name for card in criterion.clusters],
    }


def agreement(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Of two clusterings of the same rows, whatever their clusters are called."""
    counts = confusion_matrix(one, other)
    matched = counts[linear_sum_assignment(-counts)].sum() / len(one)
    return {
        "same rows": round(float(matched), 4),
        "adjusted Rand index": round(float(adjusted_rand_score(one, other)), 4),
    }


def permuted(texts: list[str], seed: int) -> tuple[list[str], np.ndarray]:
    """Texts in another order, and where each was before."""
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    return [texts[row] for row in order], np.array(order)


def write(path: Path, texts: list[str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text"], *([text] for text in texts)])
    return path


def measure(texts: list[str], options: argparse.Namespace, at: Path, console: Console) -> dict[str, Any]:
    table = write(at / "rows.csv", texts)
    first = run(table, at / "process-0", 0, None, options)
    processes = [first]
    for number in range(1, options.processes):
        processes.append(run(table, at / f"process-{number}", number, None, options))
        console.print(f"process {number + 1}: {agreement(first['labels'], processes[-1]['labels'])}")
    same = {
        "labels": all(np.array_equal(first["labels"], other["labels"]) for other in processes),
        "confidences": all(np.array_equal(first["confidence"], other["confidence"]) for other in processes),
        "names": all(first["names"] == other["names"] for other in processes),
    }
    batches = {}
    for chunk in BATCHES[1:]:
        found = run(table, at / f"batch-{chunk}", 0, chunk, options)
        batches[str(chunk)] = agreement(first["labels"], found["labels"])
        console.print(f"{chunk} rows per call: {batches[str(chunk)]}")
    orders = []
    for seed in range(1, PERMUTATIONS + 1):
        shuffled, order = permuted(texts, seed)
        found = run(write(at / f"rows-{seed}.csv", shuffled), at / f"order-{seed}", 0, None, options)
        orders.append(agreement(first["labels"][order], found["labels"]))
        console.print(f"order {seed}: {orders[-1]}")
    return {
        "processes": {"number": options.processes, "same": same},
        "rows per call": batches,
        "orders": orders,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--by", default="kind of product")
    parser.add_argument("-k", default="3")
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--rounds", default="1")
    parser.add_argument("--processes", type=int, default=5)
    options = parser.parse_args()
    started = time.monotonic()
    texts = list(read_items(str(options.data)).texts)[: options.rows]
    with tempfile.TemporaryDirectory() as folder:
        found = measure(texts, options, Path(folder), Console(stderr=True))
    given = ["--by", options.by, "-k", options.k, "--rounds", options.rounds]
    command = shlex.join(["localcluster", "run", options.data.name, *given])
    document = {
        "command": command,
        "rows": len(texts),
        **found,
        "seconds": round(time.monotonic() - started, 1),
    }
    RESULT.write_text(json.dumps(document, indent=2) + "\n")
    Console().print_json(data=document)
    if not all(found["processes"]["same"].values()):
        raise SystemExit("two processes disagree")
