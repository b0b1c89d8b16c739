"""What clusterings of pictures with known factors are worth: labels enter here, when all is fitted."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np

from localcluster.scoring.metrics import scores
from scripts.tiny_mllm.pictures import FACTORS

from ..lib.record import mean_sd, pm

#: Criterion, and the factor that it names.
CRITERIA = {
    "shape of the objects": "shape",
    "color of the objects": "color",
    "number of objects": "count",
    "texture of the objects": "texture",
}
#: What the project asks of the default: ACC at least, NMI with every other factor at most.
LEAST_ACC, MOST_OTHER = 0.95, 0.05
#: How a row of results is called.
RUN, NO_QUESTIONS, NO_HEAD = "localcluster run", "without questions", "without questions and head"
KMEANS, PAPER, PAPER_KMEANS = "k-means", "k-means, paper's head", "k-means, k-means on paper's head"


def score_all(runs):
    """The last line: labels are compared with what was fitted."""
    for found in runs:
        labelled = {row["image"]: row for row in map(json.loads, (found["folder"] / "labels.jsonl").open())}
        rows = [labelled[name] for name in found["items"].image_names]
        found["truth"] = {factor: np.array([row[factor] for row in rows]) for factor in FACTORS}
    return {
        criterion: score(number, factor, runs) for number, (criterion, factor) in enumerate(CRITERIA.items())
    }


def score(number, factor, runs):
    whole = [found["whole"][number] for found in runs]
    split = [found["parts"][number] for found in runs]
    ways = {RUN: [one.labels for one in whole]}
    ways |= {way: spread(runs, [part["ways"][way] for part in split]) for way in split[0]["ways"]}
    scored = {way: agreement(factor, runs, each) for way, each in ways.items()}
    ours = scored[RUN]
    # Seed by seed: another wording may have been chosen, with candidates of its own.
    nmi = [
        candidates_nmi(found["truth"][factor], found, part) for found, part in zip(runs, split, strict=True)
    ]
    chosen = np.array([one[part["chosen"]] for one, part in zip(nmi, split, strict=True)])
    best = np.array([max(one.values()) for one in nmi])
    tables = [found["targets"][number] for found in runs]
    cells = {
        cell: nmi_of(factor, runs, spread(runs, [table[cell] for table in tables])) for cell in tables[0]
    }
    return {
        "factor": factor,
        "k": len(FACTORS[factor]),
        "ways": scored,
        # What a clustering without a fault would have: factors of so few pictures are not quite independent.
        "true labels": agreement(factor, runs, [found["truth"][factor] for found in runs]),
        "met": {"acc": ours["acc"][0] >= LEAST_ACC, "others": max(ours["others"].values()) <= MOST_OTHER},
        "head adopted": {
            RUN: [False for _ in whole],
            NO_QUESTIONS: [part["head adopted"] for part in split],
            "why": [part["why"] for part in split],
        },
        "oracle": [told_by_oracle(one) for one in whole],
        "candidates": {
            "chosen": Counter(part["chosen"] for part in split),
            "chosen nmi": mean_sd(chosen),
            "hindsight nmi": mean_sd(best),
            "hindsight": Counter(max(one, key=one.get) for one in nmi),
            "regret": mean_sd(best - chosen),
            "nmi": [{name: round(value, 4) for name, value in one.items()} for one in nmi],
        },
        "targets": {
            "chosen": Counter(named_target(one) for one in whole),
            "best": (cell := max(cells, key=lambda one: np.mean(cells[one]))) + tuple(mean_sd(cells[cell])),
            "regret": mean_sd(np.max(list(cells.values()), axis=0) - nmi_of(factor, runs, ways[RUN])),
            "cells": [[*cell, *mean_sd(each)] for cell, each in cells.items()],
        },
    }


def candidates_nmi(truth, found, part):
    """NMI of every candidate partition of one seed."""
    inverse = found["items"].inverse
    return {name: scores(truth, labels[inverse])["nmi"] for name, labels in part["candidates"].items()}


def spread(runs, each):
    """Labels of distinct pictures as labels of all rows, seed by seed."""
    return [labels[found["items"].inverse] for found, labels in zip(runs, each, strict=True)]


def nmi_of(factor, runs, each):
    """NMI with a factor, seed by seed."""
    pairs = zip(runs, each, strict=True)
    return np.array([scores(found["truth"][factor], labels)["nmi"] for found, labels in pairs])


def agreement(factor, runs, each):
    """ACC, NMI and ARI with the own factor, NMI with every other."""
    own = [scores(found["truth"][factor], labels) for found, labels in zip(runs, each, strict=True)]
    others = {other: mean_sd(nmi_of(other, runs, each))[0] for other in FACTORS if other != factor}
    return {name: mean_sd([one[name] for one in own]) for name in ("acc", "nmi", "ari")} | {"others": others}


def named_target(found):
    """Wording and token whose states the run clustered."""
    name = found.evidence.targets.chosen
    return name if " " in name else f"{name} last"


def told_by_oracle(found):
    """Which scorer answered, None where all were refused; and whether its answers changed anything."""
    oracle = found.evidence.oracle
    return {"scorer": oracle.chosen, "adopted": any(made.adopted for made in oracle.rounds)}


def show(criterion, row):
    print(f"\n{criterion} ({row['k']})")
    for way, one in row["ways"].items():
        worst = max(one["others"], key=lambda other: one["others"][other])
        print(
            f"  {way:34} ACC {pm(one['acc'])}  NMI {pm(one['nmi'])}  "
            f"most of another: {worst} {one['others'][worst]:.3f}"
        )
    told = {True: "met", False: "NOT met"}
    print(f"  ACC at least {LEAST_ACC}: {told[row['met']['acc']]}", end="; ")
    print(f"NMI with every other factor at most {MOST_OTHER}: {told[row['met']['others']]}")
    print(f"  oracle {row['oracle']}")
    print(f"  head adopted {row['head adopted'][RUN]}; without questions {row['head adopted'][NO_QUESTIONS]}")
    found = row["candidates"]
    print(f"  candidates: NMI {found['chosen nmi'][0]:.3f}, {found['chosen']}; hindsight ", end="")
    print(f"{found['hindsight nmi'][0]:.3f}, {found['hindsight']}; regret {found['regret'][0]:.3f}")
    found = row["targets"]
    print(f"  targets: {found['chosen']}; best k-means {found['best']}; regret {found['regret'][0]:.3f}")
