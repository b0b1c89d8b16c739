"""Which token, layer and form carry a criterion in texts, and do the label-free rules find them?

    python -m benchmarks targets DATA_FOLDER [--only NAME ...] [--engine hf]

Per criterion: k-means (3 seeds) on every target (wording x token x layer x raw state or logit lens), beside

- the views that a run takes without an oracle (wording by the index, last token, three depths and the lens),
  and the partition that selection takes from them: its regret against the best target in hindsight;
- the target that a run would take on the answers of an oracle (``localcluster/triplets/target.py``): the
  starter model's where a scorer that is really asked was trusted, and simulated ones that are right 85% and
  70% of the time, to show what the rule makes of answers.

Labels serve the simulation and the scores, and are read after everything was chosen.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np
import polars as pl

from localcluster.config import RunConfig
from localcluster.embed import PLACES, WORDINGS, Question, answer_view, candidate_layers, state_views
from localcluster.items import Items
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.oracle import hold_panel, scorers_of
from localcluster.partition import fit_partition
from localcluster.partition.methods import kmeans
from localcluster.pipeline.embedding import SCREENING_SEED, Reading, embed_by_criterion, sampled_rows
from localcluster.progress import Reporter
from localcluster.scoring.metrics import scores
from localcluster.store import RunFolder
from localcluster.testing import SimulatedScorer
from localcluster.triplets.target import choose_target, disputed_triplets

from ..lib.every_target import every_target
from ..lib.record import RESULTS, device, limited, mean_sd
from ..lib.tasks import TASKS

NAMES = ("reviews sentiment", "reviews kind", "syngoalex topic", "syngoalex style", "syngoalex language")
#: Rows per data set, and depths of the table beside the candidates'.
MAX_ROWS = 1000
DEPTHS = (0.27, 0.53, 0.67)
ACCURACIES = (0.85, 0.7)
LENS = "logit lens"


def main() -> None:
    arguments = parse()
    go_offline()
    reporter = Reporter()
    models = load_models(RunConfig.checked(source="-", by=("topic",), engine=arguments.engine), reporter)
    results = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    with limited(arguments.threads):
        for task in TASKS:
            path = arguments.data / f"{task.file}.jsonl"
            if task.name in (arguments.only or NAMES) and path.exists():
                results["device"] = device()
                results[task.name] = judge(task, path, models, arguments, reporter)
                arguments.json.write_text(json.dumps(results, indent=1))
                show(task.name, results[task.name])


def judge(task, path, models, arguments, reporter):
    table = pl.read_ndjson(path, infer_schema_length=None)
    table = table.sample(min(arguments.rows, len(table)), seed=0)
    items = Items.from_texts(table["text"].to_list(), source=task.file)
    model, k = models.llm, table[task.label].n_unique()
    layers = tuple(
        sorted({*candidate_layers(model.info.n_layers), *candidate_layers(model.info.n_layers, DEPTHS)})
    )
    with RunFolder.open(arguments.cache / task.file) as folder:
        every = every_target(model, items, folder, task.criterion, layers)
        table_of = {name: [kmeans(vectors, k, s) for s in range(arguments.seeds)] for name, vectors in every}
        views, index = embed_by_criterion(task.criterion, k, items, model, folder, SCREENING_SEED, reporter)
        taken = {view.name: [kmeans(view.vectors, k, s) for s in range(arguments.seeds)] for view in views}
        selected = [fit_partition(views, k, s) for s in range(arguments.seeds)]
        trial = candidates(items, model, folder, task.criterion, reporter)
        oracles = {"the starter model": None} | {f"right {a:.0%}": a for a in ACCURACIES}
        first = np.unique(items.inverse, return_index=True)[1]
        truth = np.unique(table[task.label].to_numpy(), return_inverse=True)[1][first]
        chosen = {
            name: by_answers(trial, items, models, views, task.criterion, truth, accuracy)
            for name, accuracy in oracles.items()
        }
    return score(truth, table_of, taken, selected, index, trial, chosen, k)


def candidates(items, model, folder, criterion, reporter):
    """What a run puts on trial: wording x token, and the lens, over the sample."""
    sample, _ = sampled_rows(len(items.unique), SCREENING_SEED)
    reading = Reading(items, model, folder, reporter)
    found = {}
    for wording in WORDINGS:
        states = reading.places(Question(criterion, wording), sample, PLACES, f'tokens of "{wording.name}"')
        for number, place in enumerate(PLACES):
            found[f"{wording.name} {place}"] = state_views(model, states[:, number], wording, place)
        found[f"{wording.name} {LENS}"] = [answer_view(model, states[:, 0, -1], wording)]
    return found


def by_answers(trial, items, models, views, criterion, truth, accuracy):
    """Name of the chosen target and the agreement of each; None where no asked scorer was trusted."""
    sample, _ = sampled_rows(len(items.unique), SCREENING_SEED)
    geometry = [view.vectors for view in views if view.kind != "answers"]
    if accuracy is None:
        every = scorers_of(models.llm, criterion, items.unique, views[-1])
        # As the product does (pipeline.ask.Questioner.can_judge).
        scorers = [scorer for scorer in every if scorer.knows_same and not scorer.per_item]
    else:
        scorers = [SimulatedScorer(truth, accuracy=accuracy, seed=0)]
    oracle = hold_panel("triplet", scorers, items.unique, geometry, 0).oracle
    if oracle is None:
        return None
    triplets = disputed_triplets(trial, 0)
    answers = oracle.ask_triplets(sample[triplets])
    local = type(answers)(triplets, answers.scores, answers.probability, answers.abstained, answers.middle)
    choice = choose_target(trial, local, f"{views[-1].wording} last")
    return {"chosen": choice.chosen, "z": round(choice.verdict.z, 2), "log-likelihood": choice.likelihood}


def score(truth, table, taken, selected, index, trial, chosen, k):
    """The last line."""
    sample, _ = sampled_rows(len(truth), SCREENING_SEED)

    def nmi(each):
        return mean_sd([scores(truth, labels)["nmi"] for labels in each])

    cells = [[*cell, *nmi(each)] for cell, each in table.items()]
    best = max(cells, key=lambda cell: cell[-2])
    views = {name: nmi(each) for name, each in taken.items()}
    default = nmi([partition.labels for partition in selected])
    of_trial = {
        name: float(np.mean([scores(truth[sample], kmeans(view.vectors, k, 0))["nmi"] for view in own]))
        for name, own in trial.items()
    }
    return {
        "k": k,
        "rows": len(truth),
        "wording index": index,
        "views taken": views,
        "selected": {"nmi": default, "partition": selected[0].selection.chosen.view},
        "best in hindsight": best,
        "regret": round(best[-2] - default[0], 4),
        "trial nmi on the sample": {name: round(value, 4) for name, value in of_trial.items()},
        "by answers": chosen,
        "cells": cells,
    }


def show(name, row):
    print(f"\n{name}: k {row['k']}, {row['rows']} rows, index {row['wording index']}")
    print(f"  k-means on the views taken {row['views taken']}")
    print(f"  selected {row['selected']}; best target {row['best in hindsight']}; regret {row['regret']}")
    for oracle, found in row["by answers"].items():
        told = "refused" if found is None else f"{found['chosen']} (z {found['z']})"
        print(f"  by answers of {oracle}: {told}")
    print(f"  trial on the sample {row['trial nmi on the sample']}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="*", help="names of tasks")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--rows", type=int, default=MAX_ROWS, help="of each data set, at most")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/targets"))
    parser.add_argument("--json", type=Path, default=RESULTS / "targets.json")
    return parser.parse_args()
