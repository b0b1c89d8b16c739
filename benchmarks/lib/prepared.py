"""What the benchmarks of triplet questions share: tasks read once, partitions kept, oracles of all kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.cluster import KMeans

from localcluster.config import RunConfig
from localcluster.items import Items
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.oracle import Oracle, hold_panel, joined, scorers_of
from localcluster.partition import Partition, fit_partition
from localcluster.partition.fit import fused_vectors
from localcluster.pipeline.embedding import embed_by_criterion, embed_sentences
from localcluster.progress import Reporter
from localcluster.scoring.metrics import scores
from localcluster.store import AnswerStore, RunFolder
from localcluster.testing import SimulatedScorer
from localcluster.triplets import improve

from .tasks import EIGHT, MAX_ROWS, TASKS

#: Accuracies of the simulated oracle.
ACCURACIES = (1.0, 0.85, 0.7, 0.5)
REAL = "real"


@dataclass
class Prepared:
    """A task with everything that does not depend on the oracle. Labels serve simulation and scoring only."""

    name: str
    criterion: str
    texts: list
    truth: np.ndarray
    k: int
    views: list
    folder: RunFolder
    models: object

    @property
    def sentence(self):
        return self.views[0]

    def kmeans(self, seed, vectors=None):
        """The plain baseline: one start, as both papers run it."""
        vectors = self.sentence.vectors if vectors is None else vectors
        return KMeans(self.k, n_init=1, random_state=seed).fit_predict(vectors)

    def default(self, seed, views=None, name="all"):
        """The product's default without triplets, kept on disk: it takes longer than what is measured."""
        views = self.views if views is None else views
        kept = self.folder.json(
            f"default-{self.name.replace(' ', '_')}-{name}-{seed}",
            f"{self.name}-{name}-{seed}-{self.k}",
            lambda: _plain(fit_partition(views, self.k, seed)),
        )
        weights = kept["weights"]
        labels = np.array(kept["labels"])
        vectors = fused_vectors([view for view in views if view.name in weights], weights)
        return Partition(labels, np.array(kept["confidence"], np.float32), vectors, None)

    def score(self, labels):
        return scores(self.truth, labels)


def _plain(partition):
    return {
        "labels": partition.labels.tolist(),
        "confidence": partition.confidence.round(4).tolist(),
        "weights": partition.selection.chosen.weights,
    }


def tasks(arguments):
    """Prepare the tasks asked for, one after the other."""
    go_offline()
    reporter = Reporter(quiet=True)
    models = load_models(RunConfig.checked(source="-", by=("topic",), engine=arguments.engine), reporter)
    for task in TASKS:
        if task.name not in (arguments.only or EIGHT):
            continue
        table = pl.read_ndjson(arguments.data / f"{task.file}.jsonl", infer_schema_length=None)
        if task.role == "judged" and len(table) > MAX_ROWS:
            table = table.sample(MAX_ROWS, seed=0, shuffle=False)
        items = Items.from_texts(table["text"].to_list(), source=task.file)
        k = table[task.label].n_unique()
        first = np.unique(items.inverse, return_index=True)[1]
        truth = np.unique(table[task.label].to_numpy(), return_inverse=True)[1][first]
        with RunFolder.open(arguments.cache / task.file) as folder:
            sentence = embed_sentences(items, models.embedder, folder, reporter)
            views, _ = embed_by_criterion(task.criterion, k, items, models.llm, folder, 0, reporter)
            yield Prepared(
                task.name, task.criterion, list(items.unique), truth, k, [sentence, *views], folder, models
            )


def oracle_for(prepared, kind, seed, store=None, scorers=None):
    """A calibrated panel: ``kind`` is an accuracy to simulate, or ``"real"``."""
    if scorers is None:
        if kind == REAL:
            scorers = scorers_of(prepared.models.llm, prepared.criterion, prepared.texts, prepared.views[-1])
        else:
            scorers = [SimulatedScorer(prepared.truth, accuracy=float(kind), seed=seed)]
    # As the product does: a scorer is not judged by the view that it reads.
    geometry = [view.vectors for view in prepared.views if view.kind != "answers"]
    return hold_panel("triplet", scorers, prepared.texts, geometry, seed, store=store)


def answer_store(prepared):
    """Where the real model's answers are kept between runs of a benchmark."""
    return AnswerStore.open(prepared.folder.path / "cache" / "benchmark-answers.sqlite")


def improved(prepared, oracle: Oracle, seed, views=None, partition=None, **settings):
    """One call of the loop as the product makes it."""
    views = prepared.views if views is None else views
    return improve(
        prepared.default(seed) if partition is None else partition,
        views,
        prepared.texts,
        oracle,
        lambda changed: fit_partition(changed, prepared.k, seed),
        embedder=prepared.models.embedder.model,
        seed=seed,
        **settings,
    )


def true_accuracy(prepared, batches):
    """Share of given answers that are right, of those that can be; and the share that can be."""
    answers = joined(batches)
    truth, (query, first, second) = prepared.truth, answers.questions.T
    is_first, is_second = truth[query] == truth[first], truth[query] == truth[second]
    informative = is_first != is_second
    given = informative & ~answers.abstained
    right = (answers.first == is_first)[given]
    return (float(right.mean()) if len(right) else 0.5), float(informative.mean())
