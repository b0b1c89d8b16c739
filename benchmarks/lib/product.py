"""One run of the product for a benchmark: default settings, k given, no label at hand."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

from safetensors.numpy import load_file
from sklearn.cluster import KMeans

from localcluster.config import DEFAULT_EMBEDDER, RunConfig
from localcluster.embed import SentenceEmbedder
from localcluster.items import Items
from localcluster.models import load_models
from localcluster.pipeline.run import run_items
from localcluster.progress import Reporter
from localcluster.registry import resolve
from localcluster.store.run_folder import CACHE


def models_of(engine, adapter="auto", **settings):
    """The starter models; they write no names, because labels are what is measured."""
    config = RunConfig.checked(source="-", by=("topic",), engine=engine, adapter=adapter, **settings)
    models = load_models(config, Reporter(quiet=True))
    models.writes_names = False
    return models


@cache
def plain_embedder():
    """The starter embedder without anything that we taught it: what k-means beside a run reads with."""
    return SentenceEmbedder(resolve(DEFAULT_EMBEDDER, "embedder"))


def product_run(texts, task, k, seed, models, place, **settings):
    """Labels of ``localcluster run`` and of k-means with the same embedder, and how the run chose.

    No questions are asked of the model (``rounds=0``): the starter model is refused as an oracle. The folder
    keeps hidden states, which do not depend on the seed.
    """
    partitions = place / CACHE
    for old in partitions.glob("partition-*"):
        old.unlink()
    config = RunConfig.checked(
        source=task.file, by=(task.criterion,), k=(k,), seed=seed, rounds=0, out=place, **settings
    )
    start = time.perf_counter()
    items = Items.from_texts(texts, source=task.file)
    result = run_items(items, config, models=models).result
    seconds = time.perf_counter() - start
    criterion = result.criteria[0]
    chosen = next(row for row in criterion.evidence.candidates if row.chosen)
    vectors = plain_embedder().encode([item.text or "" for item in items.items])
    base = {
        name: KMeans(k, n_init=starts, random_state=seed).fit_predict(vectors)[items.inverse]
        for name, starts in (("kmeans", 1), ("kmeans10", 10))
    }
    return {
        "labels": {"ours": criterion.labels, **base},
        "candidates": candidates_of(partitions, criterion.evidence.candidates, items.inverse),
        "chosen": f"{chosen.view} | {chosen.partition}",
        "relatedness": criterion.evidence.relatedness,
        "wordings": criterion.evidence.wordings,
        "left out": result.facts.get("left out", {}).get("parts", 0),
        "seconds": round(seconds, 1),
    }


def candidates_of(folder: Path, told, inverse):
    """Labels of every partition that the run judged, by name, from its checkpoint."""
    found = sorted(folder.glob("partition-*.safetensors"))
    if len(found) != 1:
        return {}
    arrays = load_file(found[0])
    labels = [arrays[name] for name in sorted(arrays, key=_number) if name.endswith("candidate.labels")]
    names = [f"{row.view} | {row.partition}" for row in told]
    return {
        name: each[inverse]
        for name, each in zip(names, labels, strict=True)
        if len(each) == inverse.max() + 1
    }


def _number(name):
    return [int(part) for part in name.split(".") if part.isdigit()]
