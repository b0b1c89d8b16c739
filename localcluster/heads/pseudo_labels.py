"""Pseudo labels: the rows of every cluster that are most surely its own (ESMC's clustering head)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows

#: Rows that teach a cluster whatever the share: one is no class, and two may be twins.
MIN_PER_CLUSTER = 3


def closeness(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Cosine of every row with the mean of its cluster, float32, shape (n,).

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows.
    labels : int64, shape (n,)
        ``0..k-1``.
    """
    sums = np.zeros((int(labels.max()) + 1, vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    centres = unit_rows(sums.astype(np.float32))
    return np.asarray(np.einsum("ij,ij->i", vectors, centres[labels]), dtype=np.float32)


def confident_rows(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    fraction: float,
    confidence: NDArray[np.floating] | None = None,
) -> NDArray[np.bool_]:
    """Mark the share of every cluster that is nearest its centre.

    The share is taken cluster by cluster, so that a loose cluster teaches the head as well as a tight one.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows.
    labels : int64, shape (n,)
        ``0..k-1``.
    fraction : float
        In (0, 1]; at least :data:`MIN_PER_CLUSTER` rows of a cluster are marked, or all that it has.
    confidence : floating, shape (n,), optional
        Ranks the rows of a cluster in place of their distance to its centre.

    Returns
    -------
    bool, shape (n,)

    Examples
    --------
    >>> vectors = np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 1, 1]]
    >>> confident_rows(vectors, np.array([0, 0, 0, 0, 1, 1]), 0.5).tolist()
    [True, True, True, False, True, True]
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is {fraction}; give a share above 0 and at most 1")
    rank_by = closeness(vectors, labels) if confidence is None else np.asarray(confidence)
    order = np.lexsort((-rank_by, labels))
    sizes = np.bincount(labels)
    place = np.empty(len(labels), np.int64)
    place[order] = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    wanted = np.maximum(np.ceil(fraction * sizes), MIN_PER_CLUSTER)
    return np.asarray(place < wanted[labels], dtype=np.bool_)
