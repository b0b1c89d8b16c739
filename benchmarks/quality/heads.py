"""ESMC's clustering head: what it does to a partition, and how it assigns new rows beside neighbours' votes.

    python -m benchmarks heads DATA [--only NAME ...] [--seeds 3]

Per task three partitions - k-means on the sentence view, k-means on the last layer's states, localcluster's
default - and on each of them the paper's head (30% of every cluster, 200 epochs, last epoch, no early
stopping) read by its largest score and by k-means on its output, ours (fraction and epochs chosen on held-out
rows), and what is kept once the views have judged. For new rows, a fifth is hidden and given the default's
clusters back by the head and by votes. Results go to benchmarks/results/heads.json after every task. Labels
are read in ``prepared.score`` alone, after everything was fitted.
"""

from __future__ import annotations

import argparse

import numpy as np
from sklearn.cluster import KMeans

from localcluster.embed.view import unit_rows
from localcluster.heads import confident_rows, fit_head
from localcluster.heads.compression import Compression
from localcluster.heads.fit import FRACTIONS
from localcluster.heads.training import Lesson, train
from localcluster.papers import HEAD_CONFIDENT_SHARE, HEAD_EPOCHS
from localcluster.partition import vote
from localcluster.partition.candidates import NeighbourIndex
from localcluster.partition.fit import fused_vectors
from localcluster.scoring.metrics import clustering_accuracy

from ..lib.adoption import adopt_head
from ..lib.prepared import tasks
from ..lib.record import Stopwatch, arguments_of, keep, limited, mean_sd

METRICS = ("acc", "nmi", "ari")
TASK_NAMES = (
    "reviews sentiment",
    "reviews kind",
    "syngoalex topic",
    "syngoalex style",
    "syngoalex language",
    "go_emotion",
    "banking77",
)
HIDDEN_SHARE = 0.2
CALIBRATION_BINS = 10


def main() -> None:
    """Run the tasks asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments = arguments_of(parser).parse_args()
    arguments.only = arguments.only or TASK_NAMES
    with limited(arguments.threads):
        for prepared in tasks(arguments):
            index = NeighbourIndex(prepared.views)
            runs = [partitions(prepared, index, seed) for seed in range(arguments.seeds)]
            new = [new_rows(prepared, seed) for seed in range(arguments.seeds)]
            row = {base: summary([run[base] for run in runs]) for base in runs[0]}
            row["new rows"] = {
                way: {name: mean_sd([one[way][name] for one in new]) for name in new[0][way]}
                for way in new[0]
            }
            keep(arguments.results / "heads.json", prepared.name, row)
            show(prepared.name, row)


def bases(prepared, seed):
    """Partitions that a head may learn from, with the vectors and weights that they were made from."""
    default = prepared.default(seed)
    states = [view for view in prepared.views if view.kind == "states"][-1]
    return {
        "k-means, sentence view": (prepared.kmeans(seed), prepared.sentence.vectors, {"sentence": 1.0}),
        "k-means, last states": (prepared.kmeans(seed, states.vectors), states.vectors, {states.name: 1.0}),
        "default": (default.labels, default.vectors, default_weights(prepared, seed)),
    }


def default_weights(prepared, seed):
    kept = prepared.folder.json(
        f"default-{prepared.name.replace(' ', '_')}-all-{seed}",
        f"{prepared.name}-all-{seed}-{prepared.k}",
        lambda: None,
    )
    return kept["weights"]


def partitions(prepared, index, seed):
    """Every way to read a head, on every base."""
    found = {}
    for base, (labels, vectors, weights) in bases(prepared, seed).items():
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
        k = int(labels.max()) + 1
        last = paper_head(vectors, labels, k, seed)
        with Stopwatch() as watch:
            fitted = fit_head(vectors, labels, random_state=seed)
        by_paper = last.predict(vectors)
        judged_paper = adopt_head(index, labels, by_paper, weights)
        judged = adopt_head(index, labels, fitted.labels, weights)
        ways = {
            "without head": labels,
            "paper, largest score": by_paper,
            "paper, k-means on output": KMeans(k, n_init=5, random_state=seed).fit_predict(
                last.embed(vectors)
            ),
            "ours": fitted.labels,
            "paper, judged": by_paper if judged_paper.adopted else labels,
            "ours, judged": fitted.labels if judged.adopted else labels,
        }
        found[base] = {
            "ways": {way: prepared.score(given) for way, given in ways.items()},
            "adopted": {"paper": judged_paper.adopted, "ours": judged.adopted},
            "moved": {
                "paper": float((by_paper != labels).mean()),
                "ours": float((fitted.labels != labels).mean()),
            },
            "fraction": fitted.fraction,
            "epochs": fitted.epochs,
            "seconds": watch.seconds,
            "fractions": fraction_table(fitted),
        }
    return found


def paper_head(vectors, labels, k, seed):
    """The paper's settings to the letter; the last epoch's head, reading compressed rows as ours does."""
    compression = Compression.fit(vectors, seed)
    taught = confident_rows(vectors, labels, HEAD_CONFIDENT_SHARE)
    lesson = Lesson.of(compression.apply(vectors), labels, k).rows(taught)
    return compression.absorbed_by(train(lesson, HEAD_EPOCHS, seed))


def fraction_table(fitted):
    """What the choice of the fraction was made by."""
    return {
        str(trial.fraction): {
            "held-out cross-entropy": trial.cross_entropy,
            "held-out agreement": trial.agreement,
            "epochs": trial.epochs,
        }
        for trial in fitted.evidence.trials
    }


def new_rows(prepared, seed):
    """A fifth of the rows hidden: which way gives them the partition's clusters back, and how surely?"""
    default = prepared.default(seed)
    weights = default_weights(prepared, seed)
    labels, k = default.labels, int(default.labels.max()) + 1
    new = np.random.default_rng(seed).random(len(labels)) < HIDDEN_SHARE
    used = {view.name: view.vectors for view in prepared.views if view.name in weights}
    old_views = {name: vectors[~new] for name, vectors in used.items()}
    votes = vote(old_views, weights, labels[~new], k, {name: vectors[new] for name, vectors in used.items()})
    vectors = unit_rows(fused_vectors([v for v in prepared.views if v.name in weights], weights))
    head = fit_head(vectors[~new], labels[~new], random_state=seed).head
    learned = head.predict_proba(vectors[new])
    ways = {"votes": votes, "head": learned, "mean of both": (votes + learned) / 2}
    return {
        way: quality(proba, labels[new])
        | {"acc": clustering_accuracy(prepared.truth[new], proba.argmax(axis=1))}
        for way, proba in ways.items()
    }


def quality(proba, labels):
    """Agreement with the partition, log loss, and expected calibration error."""
    sure, right = proba.max(axis=1), proba.argmax(axis=1) == labels
    bins = np.minimum((sure * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = [
        abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in range(CALIBRATION_BINS)
        if (bins == b).any()
    ]
    given = np.maximum(proba[np.arange(len(labels)), labels], 1e-3)
    return {
        "agree": float(right.mean()),
        "log loss": float(-np.log(given).mean()),
        "calibration error": sum(gaps),
    }


def summary(runs):
    """Mean and standard deviation over seeds."""
    ways = runs[0]["ways"]
    return {
        "ways": {way: {m: mean_sd([run["ways"][way][m] for run in runs]) for m in METRICS} for way in ways},
        "adopted": {who: mean_sd([run["adopted"][who] for run in runs])[0] for who in ("paper", "ours")},
        "moved": {who: mean_sd([run["moved"][who] for run in runs]) for who in ("paper", "ours")},
        "fraction": [run["fraction"] for run in runs],
        "epochs": [run["epochs"] for run in runs],
        "seconds": mean_sd([run["seconds"] for run in runs]),
        "fractions": {
            str(fraction): {
                name: mean_sd([run["fractions"][str(fraction)][name] for run in runs])
                for name in runs[0]["fractions"][str(fraction)]
            }
            for fraction in FRACTIONS
        },
    }


def show(name, row):
    for base in [base for base in row if base != "new rows"]:
        told = " | ".join(f"{way} {one['acc'][0]:.3f}" for way, one in row[base]["ways"].items())
        print(f"{name:18} {base:22} {told} | adopted {row[base]['adopted']}", flush=True)
    for way, one in row["new rows"].items():
        told = " | ".join(f"{key} {value[0]:.3f}" for key, value in one.items())
        print(f"{name:18} new rows, {way:12} {told}", flush=True)
