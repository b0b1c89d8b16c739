"""How many clusters, asked of a simulated oracle: the paper's F-beta beside localcluster's change point.

    python -m benchmarks granularity DATA_FOLDER [--seeds 10] [--only NAME ...] [--space sentence default]

Per task: 198 pairs, one across each merge from 200 clusters down to 2, answered from the labels with the
accuracy stated (wrong answers at random). The seed draws the pairs and the wrong answers. Labels are read by
the simulated oracle and by the last comparison only.

``paper``: any row of a node, hard answers, F-beta. ``central F-beta``: the same rule on pairs near
the nodes' centres. ``expected F-beta``: with probabilities and sampling weights. ``change point``: what
``-k auto`` uses. The hierarchy is built on the sentence embedder's vectors, or on those of the partition that
the default chooses (--space default, reads the language model's states).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from localcluster.config import RunConfig
from localcluster.granularity import build_hierarchy, k_by_answers, sample_pairs
from localcluster.items import Items
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.papers import GRANULARITY_K_MAX, GRANULARITY_K_MIN
from localcluster.partition import fit_partition, reference_k
from localcluster.pipeline.embedding import embed_by_criterion, embed_sentences
from localcluster.progress import Reporter
from localcluster.store import RunFolder
from localcluster.testing import SimulatedScorer

from ..lib.record import RESULTS
from ..lib.tasks import EIGHT, MAX_ROWS, TASKS

ACCURACIES = (1.0, 0.85, 0.7)
#: Name, rule, and whether members are drawn near the nodes' centres.
METHODS = (
    ("paper", "F-beta", False),
    ("central F-beta", "F-beta", True),
    ("expected F-beta", "expected F-beta", True),
    ("paper's pairs, change point", "change point", False),
    ("change point", "change point", True),
)
#: Sets that the change point's constants were set on.
SHAPED = {"hwu64", "stackoverflow", "snips", "syngoalex", "sib200"}
#: A prediction this close to the truth, relative to it, counts as near.
NEAR = 0.2


def main() -> None:
    """Run the tasks asked for and print the tables."""
    arguments = parse()
    go_offline()
    reporter = Reporter()
    models = load_models(RunConfig.checked(source="-", by=("topic",), engine=arguments.engine))
    results = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    for task in TASKS:
        path = arguments.data / f"{task.file}.jsonl"
        if (arguments.only and task.name not in arguments.only) or not path.exists():
            continue
        table = pl.read_ndjson(path, infer_schema_length=None)
        if task.role == "judged" and len(table) > MAX_ROWS:
            table = table.sample(MAX_ROWS, seed=0, shuffle=False)
        items = Items.from_texts(table["text"].to_list(), source=task.file)
        for space in arguments.space:
            vectors = vectors_of(task, items, models, space, arguments.cache, reporter)
            start = time.perf_counter()
            hierarchy = build_hierarchy(vectors, seed=0)
            seconds = time.perf_counter() - start
            labels = table[task.label].to_numpy()[np.unique(items.inverse, return_index=True)[1]]
            results.setdefault(space, {})[task.name] = {
                "truth": len(np.unique(labels)),
                "shaped": task.name.split()[0] in SHAPED,
                "hierarchy seconds": round(seconds, 2),
                "methods": predict(hierarchy, vectors, labels, arguments.seeds),
            }
            reporter.say(f"{task.name}, {space}: done")
            write(arguments.json, results)
    for space, tasks in results.items():
        print(f"\nHierarchy on the {space} vectors\n\n{render(tasks)}")


def write(path, results):
    """One line per task: indented, the file would be ten thousand lines of one number."""
    spaces = []
    for space, tasks in results.items():
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in tasks.items())
        spaces.append(f"{json.dumps(space)}: {{\n{lines}\n}}")
    path.write_text("{" + ",\n".join(spaces) + "}\n")


def vectors_of(task, items, models, space, cache, reporter):
    """Unit rows that the hierarchy is built on."""
    with RunFolder.open(cache / task.file) as folder:
        sentence = embed_sentences(items, models.embedder, folder, reporter)
        if space == "sentence":
            return sentence.vectors
        k = reference_k(len(items.unique))
        views, _ = embed_by_criterion(task.criterion, k, items, models.llm, folder, 0, reporter)
    return fit_partition([sentence, *views], k, 0).vectors


def predict(hierarchy, vectors, labels, seeds):
    """Predicted k and its range, per method, accuracy and seed."""
    top = min(GRANULARITY_K_MAX, hierarchy.n_leaves)
    found = {name: {str(accuracy): [] for accuracy in ACCURACIES} for name, _, _ in METHODS}
    for seed in range(seeds):
        for name, method, central in METHODS:
            near = vectors if central else None
            sample = sample_pairs(hierarchy, GRANULARITY_K_MIN, top, seed=seed, vectors=near)
            for accuracy in ACCURACIES:
                same = SimulatedScorer(labels, accuracy=accuracy, seed=seed).pairs(sample.pairs) > 0
                probability = np.where(same, accuracy, 1 - accuracy).astype(np.float32)
                no = np.zeros(len(sample), bool)
                chosen = k_by_answers(
                    sample, probability, no, GRANULARITY_K_MIN, top, method=method, seed=seed
                )
                found[name][str(accuracy)].append([chosen.k, chosen.low, chosen.high])
    return found


def render(tasks):
    """Per accuracy, a row per task, then how near, how often inside and how wide on average."""
    lines = []
    for accuracy in map(str, ACCURACIES):
        names = [name for name, _, _ in METHODS]
        lines += [
            f"Accuracy {accuracy}: median k [mean range], runs with the truth in the range",
            "",
            "| data | truth | " + " | ".join(names) + " |",
            "|---" * (len(names) + 2) + "|",
        ]
        for task, entry in tasks.items():
            cells = [cell(entry["methods"][name][accuracy], entry["truth"]) for name in names]
            lines.append(
                f"| {task}{' *' if entry['shaped'] else ''} | {entry['truth']} | " + " | ".join(cells) + " |"
            )
        for title, wanted in (("the eight", EIGHT), ("the others", [t for t in tasks if t not in EIGHT])):
            kept = [tasks[t] for t in wanted if t in tasks]
            if kept:
                cells = [summary(kept, name, accuracy) for name in names]
                lines.append(f"| mean of {title} | | " + " | ".join(cells) + " |")
        lines.append("")
    lines.append(
        "`*` the change point's constants were set on it. Means: runs within 20% of the truth; runs with"
    )
    lines.append("the truth in the range; geometric mean of high / low.")
    return "\n".join(lines)


def cell(runs, truth):
    """One method on one task."""
    k, low, high = np.array(runs).T
    inside = int(((low <= truth) & (truth <= high)).sum())
    return f"{np.median(k):.0f} [{low.mean():.0f} - {high.mean():.0f}] {inside}/{len(runs)}"


def summary(entries, name, accuracy):
    """One method over tasks: share near, share inside, width."""
    rows = [(e["truth"], *run) for e in entries for run in e["methods"][name][accuracy]]
    truth, k, low, high = np.array(rows, float).T
    near = (np.abs(k - truth) <= NEAR * truth).mean()
    inside = ((low <= truth) & (truth <= high)).mean()
    return f"{near:.2f}; {inside:.2f}; x{np.exp(np.log(high / low).mean()):.1f}"


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--only", nargs="*", help="names of tasks")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--space", nargs="+", choices=["sentence", "default"], default=["sentence"])
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/default_table"))
    parser.add_argument("--json", type=Path, default=RESULTS / "granularity.json")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"{arguments.data} is no folder. Give the folder that holds banking77.jsonl and the others.")
    return arguments
