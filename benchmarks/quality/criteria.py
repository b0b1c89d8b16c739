"""The matrix of criteria: does a clustering follow the criterion asked for, and no other?

    python -m benchmarks criteria DATA_FOLDER --pool POOL [--rows 150] [--seeds 1]

Every set with several criteria is clustered by each of them, by whole runs of the product with k given, with
our adapter and without (``--adapter none``), by the default choice and by the language model's reading alone
(``--view criterion``). NMI is with the classes of the criterion asked for (own), and the mean with those of
the others. DATA_FOLDER's sets are in nobody's training; of POOL, the fold is read that taught and decided
nothing (``judge`` in ``scripts/train_reader/folds.json``). The sentence embedder's k-means stands beside.
Labels only score.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import normalized_mutual_info_score

from localcluster.offline import go_offline
from localcluster.scoring.metrics import scores

from ..lib.pool import sets_of
from ..lib.product import models_of, product_run
from ..lib.record import RESULTS, device
from ..lib.tasks import TASKS, Task

SETS = ("review_sentences", "syngoalex", "sib200_10lang", "clinc", "massive")
WAYS = {"default": "auto", "model's reading": "criterion"}


@dataclass(frozen=True)
class Crossed:
    """Rows of one set, and their classes by every criterion, ``None`` where a row has none."""

    task: Task
    fold: str
    texts: list
    classes: dict


def main() -> None:
    """Run everything; the file of results is complete after each criterion."""
    arguments = parse()
    go_offline()
    settings = {"rows": arguments.rows, "seeds": arguments.seeds}
    results = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    if any(results.get(name, value) != value for name, value in settings.items()):
        sys.exit(f"{arguments.json} has results of other settings. Give them, or name another file (--json).")
    results = {**results, "device": device(), **settings}
    models = {adapter: models_of(arguments.engine, adapter) for adapter in arguments.adapter}
    for crossed in every(arguments):
        name = f"{crossed.task.file} {crossed.task.label}"
        found = results.setdefault(name, {"fold": crossed.fold, "phrase": crossed.task.criterion})
        for adapter in arguments.adapter:
            if adapter in found:
                continue
            found[adapter] = one(crossed, models[adapter], adapter, arguments)
            arguments.json.write_text(json.dumps(results, indent=1) + "\n")
            print(name, adapter, json.dumps(found[adapter]), flush=True)
    tell(results, arguments.adapter)


def one(crossed, models, adapter, arguments):
    """Own and other NMI, and ACC, of both ways of choosing."""
    own = crossed.classes[crossed.task.label]
    k = len({label for label in own if label is not None})
    found = {}
    for way, view in WAYS.items():
        place = arguments.cache / f"{crossed.task.file}-{crossed.task.label}-{Path(adapter).stem}"
        runs = [
            product_run(crossed.texts, crossed.task, k, seed, models, place, view=view, adapter=adapter)
            for seed in range(arguments.seeds)
        ]
        found[way] = [scored(crossed, run["labels"]["ours"]) for run in runs]
        found["k-means"] = [scored(crossed, run["labels"]["kmeans"]) for run in runs]
    return found


def scored(crossed, labels):
    """NMI with the criterion asked for, mean NMI with the others, ACC."""
    agreement = {}
    for name, classes in crossed.classes.items():
        known = [row for row, label in enumerate(classes) if label is not None]
        truth = [classes[row] for row in known]
        agreement[name] = float(normalized_mutual_info_score(truth, labels[known]))
        if name == crossed.task.label:
            acc = scores(np.unique(truth, return_inverse=True)[1], labels[known])["acc"]
    own = agreement.pop(crossed.task.label)
    other = float(np.mean(list(agreement.values()))) if agreement else None
    return {"own": round(own, 4), "other": other and round(other, 4), "acc": round(acc, 4)}


def every(arguments):
    """Each set by each of its criteria."""
    for name in SETS:
        path = arguments.data / f"{name}.jsonl"
        tasks = [task for task in TASKS if task.file == name]
        if not path.exists():
            continue
        rows = drawn(path, arguments.rows)
        for task in tasks:
            classes = {each.label: [row.get(each.label) for row in rows] for each in tasks}
            yield Crossed(task, "zero-shot", [row["text"] for row in rows], classes)
    if arguments.pool is None:
        return
    for file, criteria in sets_of(arguments.pool, "judge"):
        name = Path(file).stem
        rows = drawn(arguments.pool / file, arguments.rows)
        classes = {each: [row["labels"].get(each) for row in rows] for each in criteria}
        for each, told in criteria.items():
            task = Task(f"{name} {each}", name, told["phrases"][0], each, "judged")
            yield Crossed(task, "judge", [row["text"] for row in rows], classes)


def drawn(path, n):
    """Rows of a file, no text twice."""
    with path.open(encoding="utf-8") as lines:
        unique = {row["text"]: row for row in map(json.loads, lines) if row["text"].strip()}
    rows = list(unique.values())
    return [rows[i] for i in sorted(np.random.default_rng(0).permutation(len(rows))[:n])]


def tell(results, adapters):
    """Means by fold."""
    rows = [row for row in results.values() if isinstance(row, dict) and "fold" in row]
    for fold in ("zero-shot", "judge"):
        for adapter in adapters:
            done = [row[adapter] for row in rows if row["fold"] == fold and adapter in row]
            for way in (*WAYS, "k-means") if done else ():
                runs = [run for each in done for run in each[way]]
                means = {
                    measure: np.mean([run[measure] for run in runs if run[measure] is not None])
                    for measure in ("own", "other", "acc")
                }
                told = ", ".join(f"{measure} {mean:.3f}" for measure, mean in means.items())
                print(f"{fold} ({len(done)}), adapter {adapter}, {way}: {told}")


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--pool", type=Path, help="the training pool's folder")
    parser.add_argument("--rows", type=int, default=150)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--adapter", nargs="+", default=["none", "smollm2-reading"], help="to compare")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/criteria"))
    parser.add_argument("--json", type=Path, default=RESULTS / "criteria.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
