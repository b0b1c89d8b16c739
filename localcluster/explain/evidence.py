"""What a run keeps about every row, computed from what it clustered by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.results import ClusterCard
from localcluster.store.row_evidence import NONE

#: Exemplars kept for each row.
N_NEAREST = 5
#: Rows compared with all exemplars at a time; bounds memory.
_BLOCK = 4096


def top_two(
    proba: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Each row's own cluster beside the best of the others.

    Parameters
    ----------
    proba : float32, shape (n, k)
        Probability or share of every cluster.
    labels : int64, shape (n,)
        The row's own cluster, which need not be the most probable: answers may have moved the row.

    Returns
    -------
    proba_top : float32, shape (n, 2)
        Of the own cluster and of the runner-up.
    runner_up : int64, shape (n,)
        :data:`~localcluster.store.row_evidence.NONE` where there is one cluster only.
    """
    rows = np.arange(len(labels))
    own = proba[rows, labels]
    if proba.shape[1] < 2:
        none = np.full(len(labels), NONE, np.int64)
        return np.column_stack([own, np.zeros_like(own)]).astype(np.float32), none
    others = proba.copy()
    others[rows, labels] = -np.inf
    runner_up = others.argmax(axis=1)
    return np.column_stack([own, others[rows, runner_up]]).astype(np.float32), runner_up.astype(np.int64)


def nearest_exemplars(
    vectors: NDArray[np.float32], cards: Sequence[ClusterCard], n: int = N_NEAREST
) -> NDArray[np.int64]:
    """The exemplars of any cluster that are nearest each row, itself left out.

    Parameters
    ----------
    vectors : float32, shape (n_rows, d)
        The embedding that the clustering was made in; unit rows.
    cards : sequence of ClusterCard
        Of one criterion.
    n : int
        At most so many per row.

    Returns
    -------
    int64, shape (n_rows, n)
        Row numbers by falling cosine, ties by row number; filled up with
        :data:`~localcluster.store.row_evidence.NONE` where there are fewer exemplars.
    """
    exemplars = np.array(sorted({row for card in cards for row in card.exemplars}), dtype=np.int64)
    found = np.full((len(vectors), n), NONE, np.int64)
    if not len(exemplars):
        return found
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        similarity = block @ vectors[exemplars].T
        itself = np.arange(start, start + len(block))[:, None] == exemplars
        similarity[itself] = -np.inf
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :n]
        is_itself = np.take_along_axis(itself, order, axis=1)
        found[start : start + len(block), : order.shape[1]] = np.where(is_itself, NONE, exemplars[order])
    return found
