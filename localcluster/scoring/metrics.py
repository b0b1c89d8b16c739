"""Agreement of a clustering with known classes; for benchmarks and tests, never for a choice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import (
    adjusted_rand_score,
    mutual_info_score,
    normalized_mutual_info_score,
    rand_score,
)
from sklearn.metrics.cluster import contingency_matrix


def clustering_accuracy(truth: ArrayLike, labels: ArrayLike) -> float:
    """Share of rows that agree under the best one-to-one matching of clusters and classes (ACC)."""
    table = contingency_matrix(np.asarray(truth), np.asarray(labels))
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / table.sum())


def matched(truth: ArrayLike, labels: ArrayLike) -> NDArray[np.bool_]:
    """Whether each row is in the cluster that is matched with its class as ACC does, bool, shape (n,)."""
    truth, labels = np.asarray(truth), np.asarray(labels)
    classes, of_class = np.unique(truth, return_inverse=True)
    clusters, of_cluster = np.unique(labels, return_inverse=True)
    table = contingency_matrix(truth, labels)
    rows, columns = linear_sum_assignment(table, maximize=True)
    partner = np.full(len(classes), len(clusters))
    partner[rows] = columns
    return np.asarray(partner[of_class] == of_cluster)


def rand_index(truth: ArrayLike, labels: ArrayLike) -> float:
    """Share of pairs of rows that both put together or both keep apart (RI), not adjusted for chance.

    >>> rand_index([0, 0, 1, 1], [0, 0, 1, 2])  # of six pairs, only the last is judged differently
    0.8333333333333334
    """
    return float(rand_score(np.asarray(truth), np.asarray(labels)))


def variation_of_information(truth: ArrayLike, labels: ArrayLike) -> float:
    """What each says that the other does not (VI, Meila 2007): H(truth | labels) + H(labels | truth) in nats.

    0 where both are the same but for names, at most log n; lower is better.
    """
    truth, labels = np.asarray(truth), np.asarray(labels)
    shared = mutual_info_score(truth, labels)
    # Rounding must not take the distance of equal partitions below zero.
    return max(0.0, _entropy(truth) + _entropy(labels) - 2 * float(shared))


def _entropy(labels: NDArray[Any]) -> float:
    share = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(-(share * np.log(share)).sum())


def scores(truth: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """ACC, NMI (arithmetic mean, as ClusterLLM reports it) and ARI."""
    truth, labels = np.asarray(truth), np.asarray(labels)
    return {
        "acc": clustering_accuracy(truth, labels),
        "nmi": float(normalized_mutual_info_score(truth, labels)),
        "ari": float(adjusted_rand_score(truth, labels)),
    }
