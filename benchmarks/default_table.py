"""The default, as a user gets it, on labelled data sets: one command per set and criterion, k given.

    python benchmarks/default_table.py DATA_FOLDER [--only NAME ...] [--seeds 5] [--json FILE]

Per set: the same sentence embedder with k-means (the baseline: scikit-learn's KMeans, one start per
seed, as both papers run it; ten starts are in the JSON file), localcluster's default, and the best
candidate in hindsight (its distance from the default is the regret). Labels are read after everything
was fitted and chosen, in ``score_all``; only their number, k, is given to the fit.

Hidden states are kept under --cache, because they do not depend on the seed's partitions.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.cluster import KMeans

from localcluster.config import RunConfig
from localcluster.items import Items
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.partition import fit_partition
from localcluster.pipeline.embedding import embed_by_criterion, embed_sentences
from localcluster.progress import Reporter
from localcluster.scoring.metrics import scores
from localcluster.store import RunFolder


@dataclass(frozen=True)
class Task:
    """A data set, the words a user would give, and the label column that scores the result.

    ``role`` says whether the set shaped the rule's constants or judges them.
    """

    name: str
    file: str
    criterion: str
    label: str
    role: str
    other: str | None = None


TASKS = (
    Task("banking77", "banking77", "what the customer wants", "label", "shaped"),
    Task("clinc intent", "clinc", "what the user wants", "label_intent", "shaped"),
    Task("clinc domain", "clinc", "area of life", "label_domain", "shaped"),
    Task("massive intent", "massive", "what the user wants", "label_intent", "shaped"),
    Task("massive domain", "massive", "kind of task", "label_domain", "shaped"),
    Task("few_rel", "few_rel", "relation between the two entities", "label", "shaped"),
    Task("go_emotion", "go_emotion", "emotion", "label", "shaped"),
    Task("arxiv_fine", "arxiv_fine", "research field", "label", "shaped"),
    Task("reviews sentiment", "review_sentences", "sentiment", "label_sentiment", "shaped", "label_domain"),
    Task(
        "reviews kind",
        "review_sentences",
        "kind of product or place being reviewed",
        "label_domain",
        "shaped",
        "label_sentiment",
    ),
    Task("syngoalex topic", "syngoalex", "topic", "label_topic", "judged"),
    Task("syngoalex style", "syngoalex", "style", "label_style", "judged"),
    Task("syngoalex language", "syngoalex", "language", "label_language", "judged"),
    Task("sib200 topic", "sib200_10lang", "topic", "label_topic", "judged"),
    Task("sib200 language", "sib200_10lang", "language", "label_language", "judged"),
    Task("hwu64", "hwu64_train", "what the user wants", "label", "judged"),
    Task("stackoverflow", "stackoverflow_short", "technology", "label", "judged"),
    Task("snips", "snips_train", "what the user wants", "label", "judged"),
)
#: The issue's eight sets, over which gain and regret are averaged.
EIGHT = tuple(task.name for task in TASKS[:8])
#: Rows of the larger judging sets.
MAX_ROWS = 3000


def main() -> None:
    """Run the tasks asked for and print the table."""
    arguments = parse()
    go_offline()
    reporter = Reporter()
    config = RunConfig.checked(source="-", by=("topic",), engine=arguments.engine)
    models = load_models(config, reporter)
    results = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    for task in TASKS:
        wanted = not arguments.only or task.name in arguments.only
        path = arguments.data / f"{task.file}.jsonl"
        if not wanted or not path.exists():
            continue
        table = pl.read_ndjson(path, infer_schema_length=None)
        if task.role == "judged" and len(table) > MAX_ROWS:
            table = table.sample(MAX_ROWS, seed=0, shuffle=False)
        start = time.perf_counter()
        runs = [fit(task, table, models, seed, arguments.cache, reporter) for seed in range(arguments.seeds)]
        results[task.name] = {
            "task": asdict(task),
            "model": asdict(models.llm.info),
            "seconds": round(time.perf_counter() - start, 1),
            **score_all(task, table, runs),
        }
        reporter.say(f"{task.name}: {results[task.name]['ours']['acc'][0]:.3f}")
        arguments.json.write_text(json.dumps(results, indent=1))
    print(render(results))


def fit(task, table, models, seed, cache, reporter):
    """Everything that is fitted and chosen for one seed, from texts and the criterion's words alone."""
    items = Items.from_texts(table["text"].to_list(), source=task.file)
    k = table[task.label].n_unique()
    with RunFolder.open(cache / task.file) as folder:
        sentence = embed_sentences(items, models.embedder, folder, reporter)
        # The sample that screens the wordings is that of seed 0, so that the states are read once.
        views, wordings = embed_by_criterion(task.criterion, k, items, models.llm, folder, 0, reporter)
    partition = fit_partition([sentence, *views], k, seed)
    one = KMeans(k, n_init=1, random_state=seed).fit_predict(sentence.vectors)
    ten = KMeans(k, n_init=10, random_state=seed).fit_predict(sentence.vectors)
    found = {"ours": partition.labels, "kmeans": one, "kmeans10": ten}
    candidates = {
        f"{judged.candidate.view} | {judged.candidate.partition}": judged.candidate.labels
        for judged in partition.selection.judged
    }
    chosen = partition.selection.chosen
    return {
        "labels": {name: labels[items.inverse] for name, labels in found.items()},
        "candidates": {name: labels[items.inverse] for name, labels in candidates.items()},
        "chosen": f"{chosen.view} | {chosen.partition}",
        "relatedness": partition.selection.relatedness,
        "wordings": wordings,
    }


def score_all(task, table, runs):
    """The last line: labels are compared with what was fitted."""
    truth = table[task.label].to_numpy()
    out = {}
    for name in ("kmeans", "kmeans10", "ours"):
        each = [scores(truth, run["labels"][name]) for run in runs]
        out[name] = {m: mean_sd([e[m] for e in each]) for m in ("acc", "nmi", "ari")}
    if task.other:
        other = table[task.other].to_numpy()
        out["ours"]["nmi_other"] = mean_sd([scores(other, run["labels"]["ours"])["nmi"] for run in runs])
    tables = [{name: scores(truth, c)["acc"] for name, c in run["candidates"].items()} for run in runs]
    by_candidate = {name: float(np.mean([table[name] for table in tables])) for name in tables[0]}
    best = max(by_candidate, key=lambda name: by_candidate[name])
    out["hindsight"] = {"acc": float(np.mean([max(t.values()) for t in tables])), "candidate": best}
    out["chosen"] = [run["chosen"] for run in runs]
    out["relatedness"] = [run["relatedness"] for run in runs]
    out["wordings"] = runs[0]["wordings"]
    out["candidates"] = by_candidate
    return out


def mean_sd(values):
    """Mean and standard deviation."""
    return float(np.mean(values)), float(np.std(values))


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
        gains[name] = ours["acc"][0] - base["acc"][0]
        regrets[name] = r["hindsight"]["acc"] - ours["acc"][0]
        best = f"{r['hindsight']['acc']:.3f} ({r['hindsight']['candidate'].replace(' |', ',')})"
        ten = f"{r['kmeans10']['acc'][0]:.3f}"
        cells = (name, triple(base), ten, triple(ours), f"{gains[name]:+.3f}", best, f"{regrets[name]:.3f}")
        lines.append("| " + " | ".join(cells) + " |")
    eight = [name for name in EIGHT if name in results]
    if eight:
        lines.append("\n" + means(f"{len(eight)} of the eight ClusterLLM sets", eight, gains, regrets))
    judged = [name for name, r in results.items() if r["task"]["role"] == "judged"]
    if judged:
        lines.append(means(f"the {len(judged)} sets that did not shape the rule", judged, gains, regrets))
    for name, r in results.items():
        if "nmi_other" in r["ours"]:
            lines.append(
                f"{name}: NMI {r['ours']['nmi'][0]:.3f} with its own classes, "
                f"{r['ours']['nmi_other'][0]:.3f} with the other criterion's."
            )
    return "\n".join(lines)


def means(of, names, gains, regrets):
    """One line: mean gain and regret."""
    gain, regret = np.mean([gains[name] for name in names]), np.mean([regrets[name] for name in names])
    return f"Mean over {of}: gain {gain:+.3f}, regret {regret:.3f} ACC."


def triple(r):
    """ACC +- sd / NMI / ARI."""
    return f"{r['acc'][0]:.3f} +- {r['acc'][1]:.3f} / {r['nmi'][0]:.3f} / {r['ari'][0]:.3f}"


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--only", nargs="*", help="names of tasks")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/default_table"))
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/default_table.json"))
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"{arguments.data} is no folder. Give the folder that holds banking77.jsonl and the others.")
    return arguments


if __name__ == "__main__":
    main()
