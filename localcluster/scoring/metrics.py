"""Agreement of a clustering with known classes; for benchmarks and tests, never for a choice."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import (
    adjusted_rand_score,
    normalized_mutual_info_score,
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


def scores(truth: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """ACC, NMI (arithmetic mean, as ClusterLLM reports it) and ARI."""
    truth, labels = np.asarray(truth), np.asarray(labels)
    return {
        "acc": clustering_accuracy(truth, labels),
        "nmi": float(normalized_mutual_info_score(truth, labels)),
        "ari": float(adjusted_rand_score(truth, labels)),
    }
