"""How many clusters, with the real local model: as ``localcluster run -k auto`` finds it.

Scorers that only order pairs (cosines of answer distributions, likelihood) do not answer there: where they
say "same" is where calibration put the middle between near and far. ``--everyone`` shows what they would say.

    python -m benchmarks granularity_real DATA [--only NAME ...] [--seeds 3] [--everyone]

Per task: the number that pairwise answers speak for and its range, the silhouette's number (the rule
where no model can answer), the scorer that was chosen, and, by labels and for the table only, how often its
answers were right. ``granularity`` has the simulated oracles.
"""

from __future__ import annotations

import argparse

import numpy as np

from localcluster.config import K_BOUNDS
from localcluster.granularity import build_hierarchy, k_by_answers, sample_pairs
from localcluster.oracle import estimated_accuracy, hold_panel, scorers_of
from localcluster.partition import fit_partition
from localcluster.partition.selection import UNRELATED_BELOW

from ..lib.prepared import answer_store, tasks
from ..lib.record import Stopwatch, arguments_of, keep, limited


def main() -> None:
    """One row per task."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments_of(parser)
    parser.add_argument(
        "--everyone", action="store_true", help="let scorers answer that only order pairs, too"
    )
    arguments = parser.parse_args()
    name = "granularity_everyone" if arguments.everyone else "granularity_real"
    path = arguments.results / f"{name}.json"
    with limited(arguments.threads):
        for prepared in tasks(arguments):
            first = fit_partition(prepared.views, None, 0)
            related = first.selection.relatedness
            vectors = prepared.sentence.vectors if related >= UNRELATED_BELOW else first.vectors
            hierarchy = build_hierarchy(vectors, 0)
            with answer_store(prepared) as store:
                runs = [
                    once(prepared, hierarchy, vectors, store, seed, arguments.everyone)
                    for seed in range(arguments.seeds)
                ]
            row = {"truth": prepared.k, "silhouette": first.k_choice.k, "runs": runs}
            print(prepared.name, row, flush=True)
            keep(path, prepared.name, row)


def once(prepared, hierarchy, vectors, store, seed, everyone):
    """Panel, pairs and choice of one seed."""
    geometry = [view.vectors for view in prepared.views if view.kind != "answers"]
    with Stopwatch() as watch:
        scorers = scorers_of(prepared.models.llm, prepared.criterion, prepared.texts, prepared.views[-1])
        if not everyone:
            scorers = [scorer for scorer in scorers if scorer.knows_same]
        panel = hold_panel("pair", scorers, prepared.texts, geometry, seed, store=store)
        if panel.oracle is None:
            return {"scorer": None}
        low, high = K_BOUNDS[0], min(K_BOUNDS[1], hierarchy.n_leaves)
        sample = sample_pairs(hierarchy, low, high, seed=seed, vectors=vectors)
        answers = panel.oracle.ask_pairs(sample.pairs)
        found = k_by_answers(sample, answers.probability, answers.abstained, low, high, seed=seed)
    same = prepared.truth[sample.pairs[:, 0]] == prepared.truth[sample.pairs[:, 1]]
    given = ~answers.abstained
    return {
        "k": found.k,
        "low": found.low,
        "high": found.high,
        "scorer": panel.oracle.scorer.name,
        "estimated": round(estimated_accuracy(answers), 3),
        "true": round(float(np.mean((answers.first == same)[given])), 3),
        "says same": round(float(np.mean(answers.first[given])), 3),
        "are same": round(float(same.mean()), 3),
        "seconds": watch.seconds,
    }
