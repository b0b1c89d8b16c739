"""How many clusters a run finds by itself (``-k auto``), beside the truth and the silhouette alone.

    python -m benchmarks how_many DATA [--only NAME ...] [--rows 400] [--seeds 1]

One whole run of the product per set and criterion, no questions asked (the starter model's answers are
refused for it). The truth is the number of classes that at least three of the rows have: nobody can find
others. Nothing of these sets was counted for the usual number (localcluster/partition/usual_k.py). Labels
only score.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from localcluster.config import RunConfig
from localcluster.items import Items
from localcluster.offline import go_offline
from localcluster.partition.granularity import choose_k
from localcluster.pipeline.run import run_items

from ..lib.product import models_of
from ..lib.record import RESULTS, keep
from ..lib.tasks import TASKS

#: Rows of a class without which it is not counted.
CLASS_ROWS = 3


def main() -> None:
    """One line per task and seed, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--only", nargs="*", help="names of tasks")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--llm", default=None, help="as of localcluster run; none is quick")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/how_many"))
    parser.add_argument("--json", type=Path, default=RESULTS / "how_many.json")
    arguments = parser.parse_args()
    go_offline()
    more = {"llm": arguments.llm} if arguments.llm else {}
    models = models_of(arguments.engine, "auto", **more)
    found = []
    for task in TASKS:
        path = arguments.data / f"{task.file}.jsonl"
        if not path.exists() or (arguments.only and task.name not in arguments.only):
            continue
        runs = [once(task, path, seed, models, arguments, more) for seed in range(arguments.seeds)]
        keep(arguments.json, task.name, {"rows": arguments.rows, "runs": runs})
        found += runs
        print(task.name, json.dumps(runs), flush=True)
    off = {name: [abs(run[name] / run["truth"] - 1) for run in found] for name in ("k", "silhouette")}
    inside = np.mean([run["low"] <= run["truth"] <= run["high"] for run in found if run["low"] is not None])
    print(
        f"{len(found)} runs: median relative error {np.median(off['k']):.2f}, of the silhouette alone "
        f"{np.median(off['silhouette']):.2f}; truth within the range {inside:.2f}"
    )


def once(task, path, seed, models, arguments, more):
    """What one run finds."""
    with path.open(encoding="utf-8") as lines:
        label_of = {row["text"]: row.get(task.label) for row in map(json.loads, lines) if row["text"].strip()}
    texts = [text for text, label in label_of.items() if label is not None]
    drawn = np.random.default_rng([seed, zlib.crc32(path.stem.encode())]).permutation(len(texts))
    rows = [texts[at] for at in sorted(drawn[: arguments.rows])]
    counts = Counter(label_of[text] for text in rows)
    place = arguments.cache / f"{task.file}-{task.label}-{seed}"
    config = RunConfig.checked(
        source=task.file, by=(task.criterion,), k=(None,), seed=seed, rounds=0, out=place, **more
    )
    done = run_items(Items.from_texts(rows, source=task.file), config, models=models, keep_vectors=True)
    evidence = done.result.criteria[0].evidence.k
    return {
        "truth": sum(count >= CLASS_ROWS for count in counts.values()),
        "k": evidence.chosen,
        "low": evidence.low,
        "high": evidence.high,
        "silhouette": choose_k(done.vectors[0], seed).k,
    }
