"""Neighbour graphs of a view: what the spectral partition cuts and what modularity is measured on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from localcluster.arrays import unit_rows

#: Rows compared with all others at a time; bounds memory at ``BLOCK * n * 4`` bytes.
BLOCK = 512


def neighbours(
    vectors: NDArray[np.float32], n_neighbors: int, queries: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Nearest rows by cosine, exact, in blocks.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows.
    n_neighbors : int
        At most ``n - 1`` are returned without queries (a row is not its own neighbour), ``n`` with.
    queries : float32, shape (m, d), optional
        Rows to find neighbours for; the vectors themselves when not given.

    Returns
    -------
    index : int64, shape (m, n_neighbors)
        Nearest first; ties go to the lower row number, so that the result is reproducible.
    similarity : float32, shape (m, n_neighbors)
    """
    itself = queries is None
    asked = vectors if queries is None else queries
    count = min(n_neighbors, len(vectors) - 1 if itself else len(vectors))
    index = np.empty((len(asked), count), np.int64)
    similarity = np.empty((len(asked), count), np.float32)
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK] @ vectors.T
        if itself:
            block[np.arange(len(block)), np.arange(start, start + len(block))] = -np.inf
        near = np.argpartition(-block, count - 1, axis=1)[:, :count]
        near.sort(axis=1)
        order = np.argsort(-np.take_along_axis(block, near, axis=1), axis=1, kind="stable")
        near = np.take_along_axis(near, order, axis=1)
        index[start : start + BLOCK] = near
        similarity[start : start + BLOCK] = np.take_along_axis(block, near, axis=1)
    return index, similarity


def neighbour_graph(index: NDArray[np.int64], n_neighbors: int) -> sp.csr_matrix:
    """Symmetrized graph of the first ``n_neighbors`` columns of :func:`neighbours`, shape (n, n).

    An edge weighs 1 where two rows are in each other's lists and 0.5 where only one is.
    """
    n = len(index)
    count = min(n_neighbors, index.shape[1])
    rows = np.repeat(np.arange(n), count)
    ones = np.ones(n * count)
    directed = sp.csr_matrix((ones, (rows, index[:, :count].ravel())), shape=(n, n))
    return (directed + directed.T) / 2


def smooth(vectors: NDArray[np.float32], graph: sp.csr_matrix, rounds: int) -> NDArray[np.float32]:
    """Move every row half way to the mean of its neighbours, ``rounds`` times; unit rows, shape (n, d).

    A low-pass filter on the neighbour graph (adaptive graph convolution, Zhang et al., IJCAI 2019): what a
    row has in common with its neighbours stays, what it has alone fades, and coarse groups come apart.
    """
    degree = np.asarray(graph.sum(axis=1)).ravel()
    mean_of_neighbours = (sp.diags(1.0 / np.maximum(degree, 1e-12)) @ graph).astype(np.float32)
    for _ in range(rounds):
        vectors = unit_rows((vectors + mean_of_neighbours @ vectors) / 2)
    return vectors


def fuse_graphs(graphs: Sequence[sp.csr_matrix], weights: Sequence[float]) -> sp.csr_matrix:
    """Weighted sum of neighbour graphs over the same rows: an edge counts in every view that has it."""
    fused = graphs[0] * weights[0]
    for graph, weight in zip(graphs[1:], weights[1:], strict=True):
        fused = fused + graph * weight
    return fused.tocsr()


def modularity(graph: sp.csr_matrix, labels: NDArray[np.int64]) -> float:
    """Newman's modularity of a partition of a weighted undirected graph, at most 1.

    The share of edge weight inside clusters minus the share expected if edges were laid at random
    between rows of the same degrees.
    """
    edges = graph.tocoo()
    total = edges.data.sum()
    if total == 0:
        return 0.0
    inside = edges.data[labels[edges.row] == labels[edges.col]].sum() / total
    degree = np.asarray(graph.sum(axis=1)).ravel()
    share = np.bincount(labels, weights=degree) / total
    return float(inside - (share**2).sum())
