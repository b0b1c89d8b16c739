"""Agreement of a clustering with known classes; for benchmarks and tests, never for a choice."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix


def clustering_accuracy(truth: ArrayLike, labels: ArrayLike) -> float:
    """Share of rows that agree under the best one-to-one matching of clusters and classes (ACC)."""
    table = contingency_matrix(np.asarray(truth), np.asarray(labels))
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / table.sum())


def scores(truth: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """ACC, NMI (arithmetic mean, as ClusterLLM reports it) and ARI."""
    truth, labels = np.asarray(truth), np.asarray(labels)
    return {
        "acc": clustering_accuracy(truth, labels),
        "nmi": float(normalized_mutual_info_score(truth, labels)),
        "ari": float(adjusted_rand_score(truth, labels)),
    }
