"""Confidence of the rows of a partition: features to a probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.confidence.calibration import probability
from localcluster.confidence.features import Features, margins, ranks, size_features
from localcluster.confidence.readings import Readings, majority, readings_of, refits
from localcluster.embed import View
from localcluster.partition import Partition
from localcluster.partition.graph import neighbours
from localcluster.partition.vote import VOTERS


@dataclass(frozen=True)
class Confidence:
    """How probably each row is in the right cluster, and what says so.

    Attributes
    ----------
    probability : float32, shape (n,)
    """

    probability: NDArray[np.float32]
    features: Features


def estimate_confidence(views: Sequence[View], partition: Partition, seed: int) -> Confidence:
    """Estimated probability that each row is in the right cluster, without anybody's labels.

    Parameters
    ----------
    views : sequence of View
        Over the distinct rows.
    partition : Partition
        Of these rows. Its ``confidence`` is the share of a row's neighbours, or of neighbours and
        answers, that speak for its cluster; its candidates are the other readings. Labels may have
        been moved since the candidates were made.
    seed : int
        Of the samples that are partitioned again.
    """
    found = features_of(views, partition, seed)
    return Confidence(probability(found), found)


def features_of(views: Sequence[View], partition: Partition, seed: int) -> Features:
    """The features behind :func:`estimate_confidence`, with the same parameters."""
    labels, selection = partition.labels, partition.selection
    n, k = len(labels), int(labels.max()) + 1
    rows = np.arange(n) if partition.rows is None else partition.rows
    vectors = partition.vectors[rows]
    fitted = labels[rows]
    chosen = selection.chosen
    others = [
        judged.candidate.labels
        for judged in selection.judged
        if judged.candidate is not chosen and len(judged.candidate.labels) == len(rows)
    ]
    candidates = readings_of(others, fitted)
    again = readings_of(refits(vectors, k, seed), fitted)
    agreement, stability = candidates.agreement(fitted), again.agreement(fitted)
    margin = margins(vectors, fitted) if k > 1 else np.zeros(len(rows))
    if len(rows) < n:
        rest = np.setdiff1d(np.arange(n), rows)
        near = neighbours(vectors, VOTERS, partition.vectors[rest])[0]
        agreement = _filled(n, rows, rest, agreement, _follow(candidates, near).agreement(labels[rest]))
        stability = _filled(n, rows, rest, stability, _follow(again, near).agreement(labels[rest]))
        margin = margins(partition.vectors, labels) if k > 1 else np.zeros(n)
    vote = partition.confidence.astype(np.float64)
    weights = chosen.weights
    reads = sum(weight for name, weight in weights.items() if _reads(views, name))
    whole = [
        vote[rows].mean(),
        agreement[rows].mean(),
        stability[rows].mean(),
        *size_features(n, k),
        reads,
    ]
    columns = [vote, agreement, stability, ranks(margin)]
    return Features(np.clip(np.stack(columns, axis=1), 0, 1), np.array(whole, np.float64))


def _reads(views: Sequence[View], name: str) -> bool:
    return any(view.name == name and view.reads_criterion for view in views)


def _follow(readings: Readings, near: NDArray[np.int64]) -> Readings:
    """Readings of rows that none of them saw: each puts a row where it has most of its neighbours."""
    columns = [majority(column, near) for column in readings.labels.T]
    labels = np.stack(columns, axis=1) if columns else np.empty((len(near), 0), np.int64)
    return Readings(labels, readings.related)


def _filled(
    n: int,
    rows: NDArray[np.int64],
    rest: NDArray[np.int64],
    at_rows: NDArray[np.float64],
    at_rest: NDArray[np.float64],
) -> NDArray[np.float64]:
    every = np.empty(n)
    every[rows], every[rest] = at_rows, at_rest
    return every
