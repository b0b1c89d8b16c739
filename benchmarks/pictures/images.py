"""Pictures with known factors, clustered by four criteria: does each clustering follow its words?

    python -m benchmarks images [--llm models/tiny-mllm] [--n 1000] [--seeds 3]

Draws pictures that the tiny MLLM was not trained on (other seeds; seven independent factors; each seed of a
run has its own thousand) and measures, per criterion, k given:

- `localcluster run` with its defaults: ACC and NMI with the criterion's own factor, NMI with each other one;
- the same without questions to the model and without the clustering head, and k-means on the same vectors
  with and without the paper's head (its last epoch, read by its largest score and by k-means on its output);
- what was selected without labels, beside the best in hindsight: among the candidate partitions, and in the
  table of targets (wording x token x layer x raw state or logit lens, k-means on each).

Labels are read by ``image_scores.score_all`` alone, after everything was fitted. Thresholds are printed as
met or not met.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from localcluster.config import RunConfig
from localcluster.items import read_items
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.partition import fit_partition
from localcluster.partition.methods import kmeans
from localcluster.pipeline.embedding import SCREENING_SEED, embed_by_criteria
from localcluster.pipeline.head import teach_head
from localcluster.pipeline.run import run
from localcluster.pipeline.workbench import Workbench
from localcluster.progress import Reporter
from localcluster.store import RunFolder
from scripts.tiny_mllm.pictures import FACTORS, write_pictures

from ..lib.adoption import adopt_head
from ..lib.every_target import every_target
from ..lib.record import RESULTS, Stopwatch, keep, limited, mean_sd
from ..quality.heads import paper_head
from .image_scores import CRITERIA, KMEANS, NO_HEAD, NO_QUESTIONS, PAPER, PAPER_KMEANS, score_all, show

#: Of the first seed's pictures. The training draws with seeds above a million (scripts/tiny_mllm/train.py).
PICTURES_SEED = 7


def main() -> None:
    """Draw, cluster, score, print."""
    arguments = parse()
    go_offline()
    reporter = Reporter()
    models = load_models(settings(arguments, 0), reporter, texts=False)
    # Nobody reads the names.
    models.writes_names = False
    with limited(arguments.threads):
        runs = [fit(arguments, models, seed, reporter) for seed in range(arguments.seeds)]
    info = models.llm.info
    about = {"model": info.name, "sha256": info.sha256, "precision": info.quantization}
    about |= {"pictures": arguments.n, "seeds": arguments.seeds}
    path = arguments.results / "images.json"
    path.unlink(missing_ok=True)
    keep(path, "about", about | {"seconds of a run": mean_sd([found["seconds"] for found in runs])})
    for criterion, row in score_all(runs).items():
        keep(path, criterion, row)
        show(criterion, row)


def settings(arguments, seed):
    """A run with the defaults; the seed is that of its pictures, too."""
    return RunConfig.checked(
        source=str(arguments.cache / f"pictures-{arguments.n}-{seed}"),
        by=tuple(CRITERIA),
        k=tuple(len(FACTORS[factor]) for factor in CRITERIA.values()),
        llm=str(arguments.llm),
        seed=seed,
        out=arguments.cache / f"run-{arguments.n}-{seed}",
    )


def fit(arguments, models, seed, reporter):
    """Everything that is fitted and chosen for one seed, from the pictures and the criteria alone."""
    config = settings(arguments, seed)
    folder = Path(config.source)
    write_pictures(folder, arguments.n, PICTURES_SEED + seed)
    with Stopwatch() as watch:
        whole = run(config, reporter, models=models).result
    items = read_items(config.source)
    ks = [config.k_of(number) for number in range(len(CRITERIA))]
    with RunFolder.open(config.out) as kept:
        bench = Workbench(config, items, models, kept, reporter=reporter)
        found = embed_by_criteria(list(CRITERIA), ks, items, models.llm, kept, SCREENING_SEED, reporter)
        each = list(zip(CRITERIA, found, ks, strict=True))
        return {
            "folder": folder,
            "items": items,
            "whole": whole.criteria,
            "seconds": watch.seconds,
            "parts": [parts(bench, criterion, target.views, k) for criterion, target, k in each],
            "targets": [target_table(bench, criterion, k) for criterion, _, k in each],
        }


def parts(bench, criterion, views, k):
    """One seed's partitions, each stage taken away in turn, over the distinct pictures."""
    seed = bench.config.seed
    partition = fit_partition(views, k, seed, counts=bench.items.counts)
    chosen = partition.selection.chosen
    by_head = teach_head(bench, criterion, partition, views).proba.argmax(axis=1)
    adoption = adopt_head(views, partition.labels, by_head, chosen.weights)
    plain = kmeans(partition.vectors, k, seed)
    paper = paper_head(partition.vectors, plain, k, seed)
    return {
        "ways": {
            NO_QUESTIONS: by_head if adoption.adopted else partition.labels,
            NO_HEAD: partition.labels,
            KMEANS: plain,
            PAPER: paper.predict(partition.vectors),
            PAPER_KMEANS: kmeans(paper.embed(partition.vectors), k, seed),
        },
        "candidates": {
            f"{judged.candidate.view}, {judged.candidate.partition}": judged.candidate.labels
            for judged in partition.selection.judged
        },
        "chosen": f"{chosen.view}, {chosen.partition}",
        "head adopted": adoption.adopted,
        "why": adoption.reason,
    }


def target_table(bench, criterion, k):
    """k-means labels on every target: wording, token, layer, raw state or logit lens."""
    layers = tuple(range(1, bench.models.llm.info.n_layers + 1))
    every = every_target(bench.models.llm, bench.items, bench.folder, criterion, layers)
    return {name: kmeans(vectors, k, bench.config.seed) for name, vectors in every}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--llm", type=Path, default=Path("models/tiny-mllm"))
    parser.add_argument("--n", type=int, default=1000, help="pictures")
    parser.add_argument("--seeds", type=int, default=3, help="each draws its own pictures")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/images"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()
