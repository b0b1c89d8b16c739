"""Partitions of one view or of fused views into k clusters: thin over scikit-learn."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh
from sklearn.cluster import AgglomerativeClustering, KMeans

#: k-means starts. Ten gain about 1.5 points of ACC over one on banking77; most of it comes with five.
KMEANS_STARTS = 5
#: Up to this many rows all eigenvectors are found at once, exactly.
DENSE_ROWS = 500
#: Relative accuracy of the eigenvalues.
EIGEN_TOLERANCE = 1e-5
#: Lanczos vectors beyond those asked for; eigenvalues close to each other need some.
LANCZOS_ROOM = 40


def kmeans(vectors: NDArray[np.float32], k: int, seed: int) -> NDArray[np.int64]:
    """k-means with several starts; int64 labels, shape (n,)."""
    model = KMeans(k, n_init=KMEANS_STARTS, random_state=seed)
    return np.asarray(model.fit_predict(vectors), dtype=np.int64)


def ward(vectors: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Ward's hierarchy cut at k clusters; int64 labels, shape (n,). Memory is quadratic in rows."""
    return np.asarray(AgglomerativeClustering(k, linkage="ward").fit_predict(vectors), dtype=np.int64)


def spectral(graph: sp.csr_matrix, k: int, seed: int) -> NDArray[np.int64]:
    """Normalized-cut partition of a neighbour graph; int64 labels, shape (n,).

    The leading eigenvectors of the normalized adjacency matrix, read off by a pivoted QR factorization
    (Damle, Minden and Ying, 2019), which needs no random starts. Same labels as scikit-learn's
    ``SpectralClustering(assign_labels="cluster_qr")`` up to ties (tests/partition/test_methods.py), without
    its sparse factorization, which on these graphs takes tens of times longer than the rest.
    """
    degree = np.asarray(graph.sum(axis=1)).ravel()
    scale = 1.0 / np.sqrt(np.maximum(degree, 1e-12))
    normalized = (sp.diags(scale) @ graph @ sp.diags(scale)).tocsr()
    return _cluster_qr(_leading_eigenvectors(normalized, k, seed) * scale[:, None])


def _leading_eigenvectors(matrix: sp.csr_matrix, k: int, seed: int) -> NDArray[np.float64]:
    """Eigenvectors of the k largest eigenvalues, float64, shape (n, k), component by component.

    Every connected component has its own eigenvalue 1, and a Lanczos method can miss copies of an eigenvalue.
    Inside a component it is single.
    """
    n_components, component = connected_components(matrix, directed=False)
    values, vectors = [], []
    for number in range(n_components):
        rows = np.flatnonzero(component == number)
        value, vector = _top(matrix[rows][:, rows], min(k, len(rows)), seed)
        whole = sp.csc_matrix(
            (vector.T.ravel(), (np.tile(rows, len(value)), np.repeat(np.arange(len(value)), len(rows)))),
            shape=(matrix.shape[0], len(value)),
        )
        values.append(value)
        vectors.append(whole)
    best = np.argsort(-np.concatenate(values), kind="stable")[:k]
    return np.asarray(sp.hstack(vectors).tocsc()[:, best].toarray(), dtype=np.float64)


def _top(matrix: sp.csr_matrix, k: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n = matrix.shape[0]
    if n <= max(DENSE_ROWS, 2 * k):
        values, vectors = scipy.linalg.eigh(matrix.toarray(), subset_by_index=(n - k, n - 1))
    else:
        start = np.random.default_rng(seed).uniform(-1, 1, n)
        room = min(n, max(2 * k + 1, k + LANCZOS_ROOM))
        values, vectors = eigsh(matrix, k, which="LA", tol=EIGEN_TOLERANCE, v0=start, ncv=room)
    return values[::-1], vectors[:, ::-1]


def _cluster_qr(vectors: NDArray[np.float64]) -> NDArray[np.int64]:
    """Labels, int64, shape (n,), from k eigenvectors, float64, shape (n, k)."""
    k = vectors.shape[1]
    pivots = scipy.linalg.qr(vectors.T, pivoting=True, mode="economic")[2][:k]
    left, _, right = scipy.linalg.svd(vectors[pivots].T)
    return np.asarray(np.abs(vectors @ (left @ right)).argmax(axis=1), dtype=np.int64)


def by_size(labels: NDArray[np.int64], counts: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Relabel so that 0 is the largest cluster; ties go to the cluster seen first.

    Parameters
    ----------
    labels : int64, shape (n,)
    counts : int64, shape (n,), optional
        Rows that each entry stands for; 1 each if not given.
    """
    names, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    sizes = np.bincount(inverse, weights=counts)
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    return rank[inverse]
