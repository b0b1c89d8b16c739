"""What is known, without labels, of how well a row and its whole partition are placed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Features of a row: more of any of them never lowers its confidence (calibration.py keeps that).
ROW_FEATURES = ("vote", "agreement", "stability", "margin")
#: Features that all rows of a partition share.
SET_FEATURES = (
    "mean vote",
    "mean agreement",
    "mean stability",
    "log k",
    "log rows a cluster",
    "reads the criterion",
)
#: Where the constants were fitted: fewest and most clusters, and rows in each. Beyond, the nearest counts.
CLUSTERS, ROWS_A_CLUSTER = (2.0, 150.0), (1.6, 55.0)


@dataclass(frozen=True)
class Features:
    """Features of the rows of one partition.

    Attributes
    ----------
    rows : float64, shape (n, 4)
        In the order of :data:`ROW_FEATURES`, each in [0, 1]: the share of neighbours in the row's cluster;
        the share of other candidate partitions, and of refits of samples, that have it there; how much
        nearer it is to the middle of its cluster than to the next one, as a rank among all rows.
    whole : float64, shape (6,)
        In the order of :data:`SET_FEATURES`.
    """

    rows: NDArray[np.float64]
    whole: NDArray[np.float64]


def margins(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cosine with the middle of the row's cluster minus that with the nearest other middle; shape (n,).

    A row does not count towards the middle of its own cluster; alone in its cluster, it has cosine 0 with it.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows.
    labels : int64, shape (n,)
        ``0..k-1``, none of them empty.
    """
    n, k = len(vectors), int(labels.max()) + 1
    sums = np.zeros((k, vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    lengths = np.linalg.norm(sums, axis=1)
    cosines = vectors @ (sums / np.maximum(lengths, 1e-12)[:, None]).T
    everyone = np.arange(n)
    along = cosines[everyone, labels] * lengths[labels]
    squares = np.einsum("ij,ij->i", vectors, vectors)
    without = np.sqrt(np.maximum(lengths[labels] ** 2 - 2 * along + squares, 0))
    own = np.where(without > 1e-6, (along - squares) / np.maximum(without, 1e-6), 0.0)
    cosines[everyone, labels] = -np.inf
    other = cosines.max(axis=1) if k > 1 else np.zeros(n)
    return np.asarray(own - other, dtype=np.float64)


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the values that are smaller, ties counting half; in (0, 1), shape (n,)."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, "left")
    up_to = np.searchsorted(ordered, values, "right")
    return np.asarray((below + up_to) / (2 * max(len(values), 1)), dtype=np.float64)


def size_features(n: int, k: int) -> tuple[float, float]:
    """Logarithms of the number of clusters and of the rows in each, within what was fitted.

    >>> size_features(10**6, 2) == size_features(10**5, 2)
    True
    """
    return float(np.log(np.clip(k, *CLUSTERS))), float(np.log(np.clip(n / k, *ROWS_A_CLUSTER)))
