"""Is an oracle consistent with itself? Order of the choices, wording, another time, transitivity.

    python -m benchmarks oracle_consistency DATA [--only NAME ...] [--questions 48]

Per task and scorer, on the triplets that the product would ask (least sure rows) and on pairs and triads
of rows of neighbouring clusters:

* order: both orders of the choices give the same answer;
* wording: the standard and the reworded question give the same answer (scorers that ask one);
* time: asked again by itself, in other company, without the answer store, the answer is the same;
* transitivity: of triads with two "same", the share whose third answer is "same" too, beside what the
  share of "same" alone would give.

The simulated oracle errs independently per question, so it shows what these figures are worth: 0.7 of
its answers are right at accuracy 0.7, and its order and time consistency are still 1. No figure here uses
labels; benchmarks/quality/triplets.py has the accuracies.
"""

from __future__ import annotations

import argparse
from itertools import combinations

import numpy as np

from localcluster.oracle import (
    ChoiceScorer,
    LikelihoodScorer,
    Oracle,
    VectorScorer,
    YesNoScorer,
    calibrate,
    easy_pairs,
)
from localcluster.oracle.questions import REWORDED
from localcluster.testing import SimulatedScorer
from localcluster.triplets import sample_triplets

from ..lib.prepared import ACCURACIES, tasks
from ..lib.record import arguments_of, keep, limited

#: Questions asked again one half after the other, so that batches differ.
HALVES = 2


def main() -> None:
    """Measure every scorer on every task."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments_of(parser)
    parser.add_argument("--questions", type=int, default=48)
    arguments = parser.parse_args()
    path = arguments.results / "oracle_consistency.json"
    with limited(arguments.threads):
        for prepared in tasks(arguments):
            rows = {}
            for name, make, reworded in scorers(prepared):
                rows[name] = consistency(prepared, make, reworded, arguments.questions)
                print(prepared.name, name, rows[name], flush=True)
            keep(path, prepared.name, rows)


def scorers(prepared):
    """Name, maker and maker of the reworded one."""
    model, criterion, texts = prepared.models.llm, prepared.criterion, prepared.texts
    for accuracy in ACCURACIES:
        yield f"simulated {accuracy}", lambda a=accuracy: SimulatedScorer(prepared.truth, accuracy=a), None
    vectors = prepared.views[-1].vectors
    yield "answer distributions", lambda: VectorScorer("answer distributions", vectors), None
    yield "likelihood", lambda: LikelihoodScorer(model, criterion, texts), None
    for kind in (YesNoScorer, ChoiceScorer):
        yield (
            kind.name,
            lambda k=kind: k(model, criterion, texts),
            lambda k=kind: k(model, criterion, texts, wording=REWORDED),
        )


def consistency(prepared, make, reworded, n):
    """The four figures of one scorer on one task."""
    base = prepared.default(0)
    triplets = sample_triplets(base.vectors, base.labels, n, random_state=0)
    first = Oracle(make(), prepared.texts).ask_triplets(triplets)
    again = [Oracle(make(), prepared.texts).ask_triplets(part) for part in np.array_split(triplets, HALVES)]
    later = np.concatenate([part.first for part in again])
    found = {
        "questions": len(triplets),
        "order": share(first.consistent),
        "time": share(later == first.first),
        "says first choice": share(first.scores[:, 0] > 0),
    }
    if reworded is not None:
        other = Oracle(reworded(), prepared.texts).ask_triplets(triplets)
        found["wording"] = share(other.first == first.first)
    return found | transitivity(prepared, base, make(), n)


def transitivity(prepared, base, scorer, n):
    """How often same and same make same."""
    geometry = [view.vectors for view in prepared.views]
    oracle = Oracle(scorer, prepared.texts)
    easy, truth = easy_pairs(geometry, n, 0)
    oracle.calibration = calibrate(scorer.name, "pair", oracle.ask_pairs(easy).scores, truth)
    rng = np.random.default_rng(0)
    triads = []
    near = base.vectors @ base.vectors[rng.choice(len(base.vectors), n, replace=False)].T
    for column in near.T:
        triads.append(rng.choice(np.argsort(-column, kind="stable")[:12], 3, replace=False))
    pairs = np.concatenate([[triad[list(ends)] for ends in combinations(range(3), 2)] for triad in triads])
    same = oracle.ask_pairs(pairs).first.reshape(-1, 3)
    closed, open_ = (same.sum(axis=1) == 3).sum(), (same.sum(axis=1) == 2).sum()
    expected = same.mean() ** 3 / max(same.mean() ** 3 + 3 * same.mean() ** 2 * (1 - same.mean()), 1e-12)
    return {
        "says same": share(same),
        "transitive": round(float(closed / max(closed + open_, 1)), 3),
        "transitive by chance": round(float(expected), 3),
        "triads with two same": int(closed + open_),
    }


def share(values):
    return round(float(np.mean(values)), 3)
