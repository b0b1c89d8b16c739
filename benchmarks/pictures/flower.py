"""ESMC's flower set by color and by species: NMI, RI, ARI and VI, as the paper's tables have them.

    python -m benchmarks flower DATA [--llm models/tiny-mllm] [--seeds 3]

DATA holds ``labels.jsonl`` (one object a line: ``image``, ``label_color``, ``label_species``) and pictures.
The model that comes with this project knows synthetic pictures only and can do little here. With a real one,
for example a folder with LLaVA-1.5-7B (the paper's), Qwen2.5-VL or SmolVLM, on a machine that has it:

    python -m benchmarks flower DATA --llm /models/llava-1.5-7b-hf --seeds 5

Results go to benchmarks/results/flower.json, one entry per model; a model that was measured stays. The number
of classes is given as k, as in the paper; nothing else of the labels reaches a fit. Rows are compared in
``score_all`` alone. VI is in nats; lower is better.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
from sklearn.metrics import rand_score

from localcluster.config import RunConfig
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.pipeline.run import run
from localcluster.progress import Reporter
from localcluster.scoring.metrics import scores

from ..lib.record import RESULTS, Stopwatch, keep, limited, mean_sd, pm
from ..lib.variation import variation_of_information

#: Criterion in words, and the label that scores it.
CRITERIA = {"color of the flower": "label_color", "species of the flower": "label_species"}
METRICS = ("nmi", "ri", "ari", "vi", "acc")


def main() -> None:
    """Cluster, score, print."""
    arguments = parse()
    go_offline()
    labelled = {row["image"]: row for row in map(json.loads, (arguments.data / "labels.jsonl").open())}
    ks = tuple(len({row[label] for row in labelled.values()}) for label in CRITERIA.values())
    name = arguments.name or arguments.llm.name
    reporter = Reporter()
    models = load_models(settings(arguments, ks, 0, name), reporter, texts=False)
    # Nobody reads the names.
    models.writes_names = False
    runs = []
    with limited(arguments.threads):
        for seed in range(arguments.seeds):
            with Stopwatch() as watch:
                result = run(settings(arguments, ks, seed, name), reporter, models=models).result
            runs.append({"result": result, "seconds": watch.seconds})
    scored = score_all(labelled, [found["result"] for found in runs])
    about = {"model": asdict(models.llm.info), "pictures": len(runs[0]["result"].texts)}
    about |= {"seeds": arguments.seeds, "k": ks, "seconds of a run": mean_sd([r["seconds"] for r in runs])}
    keep(arguments.results / "flower.json", name, {"about": about, "scores": scored})
    for criterion, row in scored.items():
        told = "  ".join(f"{metric.upper()} {pm(row[metric])}" for metric in METRICS)
        print(f"{criterion:24} {told}")


def settings(arguments, ks, seed, name):
    return RunConfig.checked(
        source=str(arguments.data),
        by=tuple(CRITERIA),
        k=ks,
        llm=str(arguments.llm),
        seed=seed,
        out=arguments.cache / name,
    )


def score_all(labelled, results):
    """The last line: labels are compared with finished clusterings."""
    truth = [labelled[name] for name in results[0].images]
    table = {}
    for number, (criterion, label) in enumerate(CRITERIA.items()):
        known = np.array([row[label] for row in truth])
        each = [agreement(known, result.criteria[number].labels) for result in results]
        table[criterion] = {metric: mean_sd([one[metric] for one in each]) for metric in METRICS}
    return table


def agreement(truth, labels):
    found = scores(truth, labels)
    return found | {"ri": rand_score(truth, labels), "vi": variation_of_information(truth, labels)}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with labels.jsonl and the pictures")
    parser.add_argument("--llm", type=Path, default=Path("models/tiny-mllm"))
    parser.add_argument("--name", help="of the entry in the results; the folder's if not given")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/flower"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    if not (arguments.data / "labels.jsonl").is_file():
        sys.exit(f"{arguments.data} has no labels.jsonl. Give the folder that holds it and the pictures.")
    return arguments
