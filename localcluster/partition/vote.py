"""Assign rows by their neighbours' votes: confidence of fitted rows, clusters of new ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from localcluster.partition.graph import neighbours

#: Neighbours that vote in each view.
VOTERS = 15


def vote(
    fitted: Mapping[str, NDArray[np.float32]],
    weights: Mapping[str, float],
    labels: NDArray[np.int64],
    k: int,
    new: Mapping[str, NDArray[np.float32]] | None = None,
) -> NDArray[np.float32]:
    """Share of each cluster among a row's nearest fitted rows, weighted by cosine and by view.

    Parameters
    ----------
    fitted : mapping of str to float32, shape (n, d_view)
        Unit vectors of the fitted rows in every view that ``weights`` names.
    weights : mapping of str to float
        Weight of each view's vote.
    labels : int64, shape (n,)
    k : int
        Number of clusters.
    new : mapping of str to float32, shape (m, d_view), optional
        Rows to assign. Without it the fitted rows are judged, each without its own vote.

    Returns
    -------
    float32, shape (m, k)
        Rows sum to 1.
    """
    total: NDArray[np.float64] | None = None
    for name, weight in weights.items():
        queries = None if new is None else new[name]
        index, similarity = neighbours(fitted[name], VOTERS, queries)
        # A neighbour on the far side says nothing; a tiny floor keeps rows without any near
        # neighbour from dividing by zero.
        strength = np.maximum(similarity, 1e-6)
        strength /= strength.sum(axis=1, keepdims=True)
        if total is None:
            total = np.zeros((len(index), k))
        rows = np.repeat(np.arange(len(index)), index.shape[1])
        np.add.at(total, (rows, labels[index].ravel()), weight * strength.ravel())
    if total is None:
        raise ValueError("vote() needs at least one view")
    return np.asarray(total / total.sum(axis=1, keepdims=True), dtype=np.float32)
