"""Whether confidence means something, and whether nonsense is noticed, on labelled sets; k given.

    python -m benchmarks confidence DATA_FOLDER [--only NAME ...] [--rows 600] [--seeds 3]

Per set and criterion (default_table.TASKS), on a sample of its rows:

- the expected calibration error (ECE, ten bins of equal width) of the neighbours' vote share, which was the
  confidence before, and of the confidence that a run reports now. A row is right where its cluster, matched
  one to one with the classes (Hungarian method), is its class. With the language model, and without;
- the same for rows held out, as ``predict`` places them: the clustering head's probability, and what is told;
- nonsense (nonsense.py, a stock that set no constant), 5% of the rows: how much of it is flagged as fitting
  nowhere, by kind, and how many real rows are; among the rows of a run and among new rows.

Labels are read to score. No constant of localcluster/confidence was fitted on these sets.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from localcluster.confidence import Transfer, bounded, empty, how_sure
from localcluster.config import RunConfig
from localcluster.heads import fit_head
from localcluster.items.item import Item
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.partition import fit_partition
from localcluster.partition.fit import fused_vectors

from ..lib.confidence_rows import read
from ..lib.nonsense import KINDS, nonsense
from ..lib.record import RESULTS, arguments_of, keep, limited, mean_sd
from ..lib.tasks import TASKS

BINS = 10
#: Rows a class at least, so that k clusters can be told apart.
ROWS_A_CLASS = 4
HELD_OUT = 60
NONSENSE_SHARE = 0.05
WORDINGS = RESULTS / "default_table.json"


def main() -> None:
    """Measure the tasks asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments_of(parser)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--read", action="store_true", help="read the rows and measure nothing")
    parser.set_defaults(cache=Path(".localcluster/confidence"), threads=1)
    arguments = parser.parse_args()
    go_offline()
    file = arguments.results / "confidence.json"
    with limited(arguments.threads):
        models = load_models(RunConfig.checked(source="-", by=("topic",), engine=arguments.engine))
        for task in TASKS:
            if arguments.only and task.name not in arguments.only:
                continue
            drawn = draw(task, arguments)
            rows = read(drawn["texts"], task.criterion, drawn["wording"], models, arguments.cache)
            if arguments.read:
                print(f"{task.name}: {len(rows.texts)} rows read", flush=True)
                continue
            found = {
                "rows": len(drawn["truth"]),
                "k": drawn["k"],
                "seeds": arguments.seeds,
                **measure(drawn, rows, arguments.seeds),
            }
            keep(file, task.name, found)
            print(line(task.name, found["model"]), flush=True)
    if not arguments.read:
        print(render(json.loads(file.read_text())))


def draw(task, arguments):
    """Real rows, nonsense among them, and rows for predict: held out ones, then other nonsense."""
    table = pl.read_ndjson(arguments.data / f"{task.file}.jsonl", infer_schema_length=None)
    table = table.unique("text", keep="first", maintain_order=True)
    k = table[task.label].n_unique()
    wanted = max(arguments.rows, ROWS_A_CLASS * k)
    table = table.sample(min(len(table), wanted + HELD_OUT), seed=0, shuffle=True)
    n = len(table) - HELD_OUT
    truth = np.unique(table[task.label].to_numpy(), return_inverse=True)[1]
    bad, kinds = nonsense(round(NONSENSE_SHARE * n), 0)
    fresh, fresh_kinds = nonsense(round(NONSENSE_SHARE * n), 1)
    texts = table["text"].to_list()
    wordings = json.loads(WORDINGS.read_text())[task.name]["wordings"]
    return {
        "texts": texts[:n] + bad + texts[n:] + fresh,
        "truth": truth[:n],
        "held": truth[n:],
        "k": len(np.unique(truth[:n])),
        "kinds": np.array(kinds),
        "fresh": np.array(fresh_kinds),
        "wording": max(wordings, key=wordings.get),
    }


def measure(drawn, rows, seeds):
    """Figures of all seeds, mean and sample standard deviation, with the language model and without."""
    n, bad = len(drawn["truth"]), len(drawn["kinds"])
    items = [Item(text) for text in rows.texts]
    real = rows.views(np.arange(n))
    new = np.arange(n + bad, len(items))
    # Empty rows are one distinct row, as in any run.
    blank = np.flatnonzero(empty(items[: n + bad]))
    kept = np.setdiff1d(np.arange(n + bad), blank[1:])
    parts = {"real": real, "new": rows.like(real, new), "run": rows.views(kept)}
    out = {}
    for way, views in (("model", parts), ("sentences", {name: part[:1] for name, part in parts.items()})):
        runs = [measure_seed(drawn, views, items, (new, kept), seed) for seed in range(seeds)]
        out[way] = {name: mean_sd([run[name] for run in runs]) for name in runs[0]}
    return out


def measure_seed(drawn, parts, items, rows, seed):
    n, (new, kept) = len(drawn["truth"]), rows
    views = parts["real"]
    partition = fit_partition(views, drawn["k"], seed)
    sure = how_sure(views, partition, items[:n], seed)
    match = matching(partition.labels, drawn["truth"])
    hit = match[partition.labels] == drawn["truth"]
    out = {
        "right": hit.mean(),
        "vote": partition.confidence.mean(),
        "confidence": sure.confidence.mean(),
        "ECE of the vote": ece(partition.confidence, hit),
        "ECE": ece(sure.confidence, hit),
        "AUC of the vote": auc(partition.confidence, hit),
        "AUC": auc(sure.confidence, hit),
        "real rows flagged, clean run": sure.nowhere.mean(),
    }
    if len(views) > 1:
        out |= measure_new(drawn, parts, partition, sure, [items[i] for i in new], seed)
    return out | measure_run(drawn, parts["run"], [items[i] for i in kept], kept, seed)


def measure_new(drawn, parts, partition, sure, new_items, seed):
    """Rows held out and nonsense as ``predict`` places them."""
    out = {}
    match = matching(partition.labels, drawn["truth"])
    weights = partition.selection.chosen.weights
    vectors = fused_vectors(parts["real"], weights)
    head = fit_head(vectors, partition.labels, random_state=seed).head
    proba = head.predict_proba(vectors)
    own = ~sure.nowhere & (proba.argmax(axis=1) == partition.labels)
    transfer = Transfer.fit(proba.max(axis=1)[own], sure.confidence[own])
    read_new = fused_vectors(parts["new"], weights)
    new_proba = head.predict_proba(read_new)
    nowhere = sure.surroundings.nowhere(new_items, read_new)
    told = bounded(transfer(new_proba.max(axis=1)), nowhere, new_items)
    held = len(drawn["held"])
    hit = match[new_proba.argmax(axis=1)][:held] == drawn["held"]
    out["new: right"] = hit.mean()
    out["new: ECE of the head"] = ece(new_proba.max(axis=1)[:held], hit)
    out["new: ECE"] = ece(told[:held], hit)
    out["new: real rows flagged"] = nowhere[:held].mean()
    out["new: nonsense flagged"] = nowhere[held:].mean()
    out["new: head's probability of nonsense"] = new_proba.max(axis=1)[held:].mean()
    out["new: probability of nonsense"] = told[held:].mean()
    for kind in KINDS:
        out[f"new: {kind} flagged"] = nowhere[held:][drawn["fresh"] == kind].mean()
    return out


def measure_run(drawn, views, items, kept, seed):
    """Nonsense among the rows of the run."""
    out = {}
    kinds = np.concatenate([np.full(len(drawn["truth"]), "real"), drawn["kinds"]])[kept]
    partition = fit_partition(views, drawn["k"], seed)
    sure = how_sure(views, partition, items, seed)
    out["real rows flagged"] = sure.nowhere[kinds == "real"].mean()
    out["confidence of nonsense"] = sure.confidence[kinds != "real"].mean()
    out["vote of nonsense"] = partition.confidence[kinds != "real"].mean()
    by_kind = {kind: sure.nowhere[kinds == kind].mean() for kind in KINDS if (kinds == kind).any()}
    out |= {f"{kind} flagged": share for kind, share in by_kind.items()}
    counts = [np.sum(drawn["kinds"] == kind) for kind in by_kind]
    out["nonsense flagged"] = np.average(list(by_kind.values()), weights=counts)
    return out


def matching(labels, truth):
    """Class that each cluster is matched with, -1 for none."""
    table = np.zeros((labels.max() + 1, truth.max() + 1), int)
    np.add.at(table, (labels, truth), 1)
    rows, columns = linear_sum_assignment(-table)
    match = np.full(len(table), -1)
    match[rows] = columns
    return match


def ece(confidence, hit):
    """Expected calibration error."""
    at = np.minimum((np.asarray(confidence, float) * BINS).astype(int), BINS - 1)
    gaps = [abs(confidence[at == b].mean() - hit[at == b].mean()) * (at == b).mean() for b in np.unique(at)]
    return float(sum(gaps))


def auc(confidence, hit):
    """Probability that a right row has more confidence than a wrong one, ties half."""
    if hit.all() or not hit.any():
        return 0.5
    right, wrong = np.asarray(confidence)[hit][:, None], np.asarray(confidence)[~hit][None]
    return float((right > wrong).mean() + (right == wrong).mean() / 2)


COLUMNS = (
    ("right", "right"),
    ("ECE of the vote", "ECE before"),
    ("ECE", "ECE"),
    ("new: ECE of the head", "new rows before"),
    ("new: ECE", "new rows"),
    ("nonsense flagged", "nonsense flagged"),
    ("real rows flagged", "real flagged"),
    ("new: nonsense flagged", "new nonsense flagged"),
    ("new: real rows flagged", "new real flagged"),
)


def keys(kind):
    """Names of the figures of one kind of nonsense: in the run, and new."""
    return f"{kind} flagged", f"new: {kind} flagged"


def line(name, found):
    """One row of the table."""
    cells = [f"{found[key][0]:.3f}" if key in found else "" for key, _ in COLUMNS]
    return f"| {name} | " + " | ".join(cells) + " |"


def render(results):
    """Tables in Markdown, with and without the language model, and means."""
    out = []
    tasks = [task.name for task in TASKS if task.name in results]
    for way in ("model", "sentences"):
        out += [f"\n{way}", "| data | " + " | ".join(title for _, title in COLUMNS) + " |"]
        out += ["|---" * (len(COLUMNS) + 1) + "|"]
        out += [line(name, results[name][way]) for name in tasks]
        names = results[tasks[0]][way]
        mean = {key: [np.mean([results[name][way][key][0] for name in tasks])] for key in names}
        out.append(line("mean", mean))
        kinds = ", ".join(
            " / ".join([kind, *(f"{mean[key][0]:.2f}" for key in keys(kind) if key in mean)])
            for kind in KINDS
        )
        out.append(f"flagged by kind, in the run / new: {kinds}")
        out.append(f"AUC {mean['AUC of the vote'][0]:.3f} before, {mean['AUC'][0]:.3f} now")
    return "\n".join(out)
