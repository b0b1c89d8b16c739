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
    "related",
    "stable",
    "log k",
    "log rows a cluster",
    "reads the criterion",
    "evenness",
)


@dataclass(frozen=True)
class Features:
    """Features of the rows of one partition.

    Attributes
    ----------
    rows : float64, shape (n, 4)
        In the order of :data:`ROW_FEATURES`, each in [0, 1]: the share of neighbours in the row's cluster;
        the share of other candidate partitions, and of refits of samples, that have it there; how much
        nearer it is to the middle of its cluster than to the next one, as a rank among all rows.
    whole : float64, shape (9,)
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


def evenness(labels: NDArray[np.int64]) -> float:
    """Entropy of the clusters' sizes against that of even ones; 1 for even sizes and for one cluster."""
    shares = np.bincount(labels) / max(len(labels), 1)
    shares = shares[shares > 0]
    if len(shares) < 2:
        return 1.0
    return float(-(shares * np.log(shares)).sum() / np.log(len(shares)))
