"""The default, as a user gets it, on labelled data sets: one run per set and criterion, k given.

    python -m benchmarks default_table DATA_FOLDER [--only NAME ...] [--seeds 5] [--json FILE]
    python -m benchmarks default_table DATA_FOLDER --rows 1000 --adapter none --json FILE

Each run is the product's own (``lib/product.py``). Beside it stands the same sentence embedder with k-means
(scikit-learn's KMeans, one start per seed, as both papers run it; ten starts are in the JSON file), and the
best candidate in hindsight (its distance from the default is the regret). Labels are read after everything
was fitted and chosen, in ``score_all``; only their number, k, is given to a run.

Hidden states are kept under --cache, because they do not depend on the seed.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from localcluster.offline import go_offline
from localcluster.scoring.metrics import scores

from ..lib.product import models_of, product_run
from ..lib.record import RESULTS, mean_sd, pm, spread
from ..lib.tasks import EIGHT, MAX_ROWS, TASKS


def main() -> None:
    """Run the tasks asked for and print the table; the file of results is complete after each."""
    arguments = parse()
    go_offline()
    models = models_of(arguments.engine, arguments.adapter)
    results = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    for task in TASKS:
        wanted = not arguments.only or task.name in arguments.only
        path = arguments.data / f"{task.file}.jsonl"
        if not wanted or not path.exists():
            continue
        table = pl.read_ndjson(path, infer_schema_length=None)
        most = arguments.rows or (MAX_ROWS if task.role == "judged" else len(table))
        if len(table) > most:
            table = table.sample(most, seed=0, shuffle=False)
        texts, k = table["text"].to_list(), table[task.label].n_unique()
        place = arguments.cache / task.file
        more = {"adapter": arguments.adapter}
        runs = [product_run(texts, task, k, seed, models, place, **more) for seed in range(arguments.seeds)]
        results[task.name] = {
            "task": asdict(task),
            "model": asdict(models.llm.info),
            **score_all(task, table, runs),
        }
        print(f"{task.name}: {pm(mean_sd(results[task.name]['ours']['acc']))}", flush=True)
        arguments.json.write_text(json.dumps(results, indent=1))
    print(render(results))


def score_all(task, table, runs):
    """The last line: labels are compared with what was fitted. One value a seed."""
    truth = table[task.label].to_numpy()
    out = {}
    for name in ("kmeans", "kmeans10", "ours"):
        each = [scores(truth, run["labels"][name]) for run in runs]
        out[name] = {m: [e[m] for e in each] for m in ("acc", "nmi", "ari")}
    if task.other:
        other = table[task.other].to_numpy()
        out["ours"]["nmi_other"] = [scores(other, run["labels"]["ours"])["nmi"] for run in runs]
    tables = [{name: scores(truth, c)["acc"] for name, c in run["candidates"].items()} for run in runs]
    out["candidates"] = {name: [table[name] for table in tables if name in table] for name in tables[0]}
    # The labels that a run ends with may be better than any candidate: they are one too.
    pairs = zip(tables, out["ours"]["acc"], strict=True)
    out["hindsight"] = [max([*found.values(), acc]) for found, acc in pairs]
    for key in ("chosen", "relatedness", "left out", "seconds"):
        out[key] = [run[key] for run in runs]
    out["wordings"] = runs[0]["wordings"]
    return out


def render(results):
    """The table in Markdown."""
    columns = (
        "data",
        "k-means ACC / NMI / ARI",
        "10 starts",
        "localcluster ACC / NMI / ARI",
        "gain",
        "hindsight",
        "regret",
    )
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    gains, regrets = {}, {}
    for name, r in results.items():
        ours, base = r["ours"], r["kmeans"]
        mean = spread(r, ours["acc"])[0]
        gains[name] = mean - spread(r, base["acc"])[0]
        best, candidate = hindsight(r)
        regrets[name] = best - mean
        ten = f"{spread(r, r['kmeans10']['acc'])[0]:.3f}"
        told = f"{best:.3f} ({candidate.replace(' |', ',')})"
        regret = f"{regrets[name]:.3f}"
        lines.append(
            "| "
            + " | ".join((name, triple(r, base), ten, triple(r, ours), f"{gains[name]:+.3f}", told, regret))
            + " |"
        )
    eight = [name for name in EIGHT if name in results]
    if eight:
        lines.append("\n" + means(f"{len(eight)} of the eight ClusterLLM sets", eight, gains, regrets))
    judged = [name for name, r in results.items() if r["task"]["role"] == "judged"]
    if judged:
        lines.append(means(f"the {len(judged)} sets that did not shape the rule", judged, gains, regrets))
    for name, r in results.items():
        if "nmi_other" in r["ours"]:
            lines.append(
                f"{name}: NMI {spread(r, r['ours']['nmi'])[0]:.3f} with its own classes, "
                f"{spread(r, r['ours']['nmi_other'])[0]:.3f} with the other criterion's."
            )
    return "\n".join(lines)


def means(of, names, gains, regrets):
    """One line: mean gain and regret."""
    gain, regret = np.mean([gains[name] for name in names]), np.mean([regrets[name] for name in names])
    return f"Mean over {of}: gain {gain:+.3f}, regret {regret:.3f} ACC."


def hindsight(r):
    """Mean ACC of each seed's best candidate, and the candidate that is best in the mean."""
    if isinstance(r["hindsight"], dict):
        return r["hindsight"]["acc"], r["hindsight"]["candidate"]
    candidates = r["candidates"]
    return np.mean(r["hindsight"]), max(candidates, key=lambda one: np.mean(candidates[one]), default="")


def triple(r, who):
    """ACC ± sd / NMI / ARI."""
    nmi, ari = (f"{spread(r, who[measure])[0]:.3f}" for measure in ("nmi", "ari"))
    return f"{pm(spread(r, who['acc']))} / {nmi} / {ari}"


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--only", nargs="*", help="names of tasks")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, help="of each set, at most")
    parser.add_argument("--adapter", default="auto", help="as of localcluster run")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/default_table"))
    parser.add_argument("--json", type=Path, default=RESULTS / "default_table.json")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"{arguments.data} is no folder. Give the folder that holds banking77.jsonl and the others.")
    return arguments
