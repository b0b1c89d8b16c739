"""Labelled sets wrapped in what real texts come in, beside their clean selves: one run each, k given.

    python -m benchmarks messy_table DATA_FOLDER [--only NAME ...] [--rows 400] [--seeds 3] [--role judging]

Each run is the product's own (``pipeline.run_items``, default settings, no questions to the model, names by
words): what is left out of reading, the choice of the reading and the partition are those that a user gets.
Beside it stands k-means with the same embedder, one start, on the same texts. ``--role judging`` wraps in
kinds that shaped no constant, ``--role shaping`` in those that did, ``--role clean`` in none. Labels are
read in ``scored``, after everything was fitted; only their number, k, is given to a fit.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from localcluster.offline import go_offline
from localcluster.scoring.metrics import scores

from ..lib.product import models_of, product_run
from ..lib.record import RESULTS, device, mean_sd, pm
from ..lib.tasks import TASKS
from ..messy import kind_of_row, kinds_of, wrap_texts

#: Of the rows that are drawn; the same for every seed, so that seeds differ in wrapping and starts only.
DRAW_SEED = 0


def main() -> None:
    """Run what is asked for; the file of results is complete after each run."""
    arguments = parse()
    go_offline()
    models = models_of(arguments.engine)
    results = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    results["device"] = device()
    results["rows"] = arguments.rows
    for task in TASKS:
        path = arguments.data / f"{task.file}.jsonl"
        if (arguments.only and task.name not in arguments.only) or not path.exists():
            continue
        table = rows_of(path, arguments.rows)
        found = results.setdefault(task.name, {"task": asdict(task)})
        for dress in dict.fromkeys(("clean", arguments.role)):
            if dress in found and len(found[dress]["ours"]) >= arguments.seeds:
                continue
            runs = [one(task, table, dress, seed, models, arguments.cache) for seed in range(arguments.seeds)]
            found[dress] = scored(table[task.label].to_numpy(), runs)
            arguments.json.write_text(json.dumps(results, indent=1))
            ours, base = found[dress]["ours"], found[dress]["kmeans"]
            print(
                f"{task.name}, {dress}: {np.mean([s['acc'] for s in ours]):.3f} "
                f"(k-means {np.mean([s['acc'] for s in base]):.3f}) {found[dress]['chosen']}",
                flush=True,
            )
    print(render(results, arguments.role))


def rows_of(path, n):
    """Distinct texts, drawn alike for every run."""
    table = pl.read_ndjson(path, infer_schema_length=None).unique(subset=["text"], maintain_order=True)
    return table.sample(min(n or len(table), len(table)), seed=DRAW_SEED, shuffle=True)


def one(task, table, dress, seed, models, cache):
    """One run of the product; no label is at hand."""
    texts = table["text"].to_list()
    kinds = kinds_of(dress) if dress != "clean" else ()
    if kinds:
        texts = wrap_texts(texts, kinds, seed)
    # Clean texts are the same for every seed, and are read once.
    place = cache / (f"{task.file}-{dress}-{len(texts)}" + (f"-{seed}" if kinds else ""))
    found = product_run(texts, task, table[task.label].n_unique(), seed, models, place)
    of_row = [kind_of_row(kinds, seed, row).name for row in range(len(texts))] if kinds else []
    return {**found, **found["labels"], "kinds": of_row}


def scored(truth, runs):
    """The last line: labels are compared with what was fitted."""
    return {
        "ours": [scores(truth, run["ours"]) for run in runs],
        "kmeans": [scores(truth, run["kmeans"]) for run in runs],
        "by kind": by_kind(truth, runs),
        "chosen": [run["chosen"] for run in runs],
        "left out": [run["left out"] for run in runs],
        "seconds": [run["seconds"] for run in runs],
    }


def by_kind(truth, runs):
    """Share of rows in the cluster that was matched with their class, per kind of wrapping."""
    from localcluster.scoring.metrics import matched

    right: dict[str, list[float]] = {}
    for run in runs:
        hit = matched(truth, run["ours"])
        for kind, one_hit in zip(run["kinds"], hit, strict=False):
            right.setdefault(kind, []).append(float(one_hit))
    return {kind: round(float(np.mean(hits)), 4) for kind, hits in sorted(right.items())}


def cell(found, who):
    acc, nmi = ([s[m] for s in found[who]] for m in ("acc", "nmi"))
    return f"{pm(mean_sd(acc))} / {np.mean(nmi):.3f}"


def render(results, role):
    """The table in Markdown, and what the issue asks of it."""
    lines = [
        "| data | k-means, clean | localcluster, clean | k-means, messy | localcluster, messy "
        "| loss | against k-means |",
        "|---|---|---|---|---|---|---|",
    ]
    losses, against = {}, {}
    for name, found in results.items():
        if not isinstance(found, dict) or role not in found or "clean" not in found:
            continue
        clean, messy = found["clean"], found[role]
        means = {
            (d, w): np.mean([s["acc"] for s in f[w]])
            for d, f in (("clean", clean), ("messy", messy))
            for w in ("ours", "kmeans")
        }
        losses[name] = means["clean", "ours"] - means["messy", "ours"]
        against[name] = means["messy", "ours"] - means["messy", "kmeans"]
        cells = [cell(clean, "kmeans"), cell(clean, "ours"), cell(messy, "kmeans"), cell(messy, "ours")]
        lines.append(f"| {name} | {' | '.join(cells)} | {losses[name]:+.3f} | {against[name]:+.3f} |")
    if losses:
        worst, least = max(losses, key=losses.get), min(against, key=against.get)
        lines.append(
            f"\nMean loss {np.mean(list(losses.values())):+.3f} ACC, most {losses[worst]:+.3f} ({worst}); "
            f"against k-means on the same texts at least {against[least]:+.3f} ({least})."
        )
    return "\n".join(lines)


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--only", nargs="*", help="names of tasks")
    parser.add_argument("--rows", type=int, default=400, help="0 takes all")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--role", choices=("judging", "shaping", "clean"), default="judging")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/messy_table"))
    parser.add_argument("--json", type=Path, default=RESULTS / "messy_table.json")
    return parser.parse_args()
