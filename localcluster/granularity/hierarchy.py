"""The hierarchy whose cuts are the granularities: Ward's, on micro-clusters when rows are many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA

from localcluster.errors import ConfigError

#: Rows up to which every row is a leaf. scipy's Ward keeps all distances: 144 MB at this number.
MAX_LEAVES = 6000
#: Micro-clusters above that: ten times the most clusters considered, so that the merges asked about join
#: groups of several micro-clusters.
MICRO_CLUSTERS = 2000
#: Ward's hierarchy follows the classes better on this many principal components than on all of them.
DIMENSIONS = 64
#: Width up to which the components are found exactly. Ward's tree changes with small errors in the last ones.
EXACT_WIDTH = 2048
#: Rows per step of mini-batch k-means; twice the micro-clusters, so that most of them move at each step.
BATCH_ROWS = 4096


@dataclass(frozen=True)
class Hierarchy:
    """Nested partitions of the rows, from every leaf alone to all rows together.

    Attributes
    ----------
    leaves : int64, shape (n,)
        Leaf of each row, ``0..m-1``: the row itself, or its micro-cluster.
    merges : int64, shape (m - 1, 2)
        Nodes that each merge joins, in the order of their heights; merge ``i`` makes node ``m + i``.
    heights : float64, shape (m - 1,)
        Ward's distance of the two nodes.
    """

    leaves: NDArray[np.int64]
    merges: NDArray[np.int64]
    heights: NDArray[np.float64]

    @property
    def n_leaves(self) -> int:
        """Most clusters a cut can have."""
        return len(self.merges) + 1

    @cached_property
    def _spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows in the tree's order, and where each node's rows start and end in it, shape (2m - 1, 2)."""
        m = self.n_leaves
        size = np.concatenate([np.bincount(self.leaves, minlength=m), np.zeros(m - 1, np.int64)])
        for node, (left, right) in enumerate(self.merges, start=m):
            size[node] = size[left] + size[right]
        start = np.zeros(2 * m - 1, np.int64)
        for node in range(2 * m - 2, m - 1, -1):
            left, right = self.merges[node - m]
            start[left] = start[node]
            start[right] = start[node] + size[left]
        rows = np.argsort(start[self.leaves], kind="stable").astype(np.int64)
        return rows, np.stack([start, start + size], axis=1)

    def rows_of(self, node: int) -> NDArray[np.int64]:
        """Rows below a node, int64."""
        rows, spans = self._spans
        return rows[spans[node, 0] : spans[node, 1]]

    def joined(self, k: int) -> tuple[int, int]:
        """The two nodes whose merge leaves ``k`` clusters."""
        left, right = self.merges[self.n_leaves - 1 - k]
        return int(left), int(right)

    def labels(self, k: int) -> NDArray[np.int64]:
        """Cluster of each row when cut into ``k``, ``0..k-1`` from left to right in the tree, shape (n,).

        Raises
        ------
        ConfigError
            When ``k`` is below 1 or above the number of leaves.
        """
        m = self.n_leaves
        if not 1 <= k <= m:
            raise ConfigError(f"A hierarchy over {m} leaves has no cut into {k} clusters. Use 1 to {m}.")
        last = 2 * m - k  # nodes below this number exist at the cut
        parent = np.full(2 * m - 1, 2 * m - 1, np.int64)
        parent[self.merges.ravel()] = np.repeat(np.arange(m, 2 * m - 1), 2)
        roots = np.flatnonzero(parent[:last] >= last)
        rows, spans = self._spans
        roots = roots[np.argsort(spans[roots, 0], kind="stable")]
        labels = np.empty(len(rows), np.int64)
        labels[rows] = np.repeat(np.arange(k), spans[roots, 1] - spans[roots, 0])
        return labels


def build_hierarchy(
    vectors: NDArray[np.float32],
    seed: int,
    *,
    max_leaves: int = MAX_LEAVES,
    micro_clusters: int = MICRO_CLUSTERS,
) -> Hierarchy:
    """Ward's hierarchy of the rows' leading principal components.

    Above ``max_leaves`` rows, mini-batch k-means finds micro-clusters first and their centres are the
    leaves (as ClusterLLM's code does on large sets), so that time and memory are linear in rows.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows, at least two.
    seed : int
        Of the micro-clusters, and of the components of vectors wider than :data:`EXACT_WIDTH`.
    max_leaves, micro_clusters : int
        Lower is faster and coarser; no cut can have more clusters than leaves.

    Raises
    ------
    ConfigError
        When there are fewer than two rows.
    """
    n = len(vectors)
    if n < 2:
        raise ConfigError(f"A hierarchy needs at least 2 distinct rows and got {n}. Add rows.")
    points = _reduced(vectors, seed)
    leaves = np.arange(n, dtype=np.int64)
    if n > max_leaves:
        leaves, points = _micro(points, min(micro_clusters, max_leaves), seed)
    tree = linkage(points.astype(np.float64), method="ward")
    return Hierarchy(leaves, tree[:, :2].astype(np.int64), tree[:, 2])


def _reduced(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    n, width = vectors.shape
    if width <= DIMENSIONS or n <= DIMENSIONS:
        return vectors
    solver = "covariance_eigh" if width <= EXACT_WIDTH else "randomized"
    model = PCA(DIMENSIONS, svd_solver=solver, random_state=seed)
    return np.asarray(model.fit_transform(vectors), dtype=np.float32)


def _micro(
    points: NDArray[np.float32], count: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Micro-cluster of each row, and their centres; one that no row is nearest to is left out."""
    model = MiniBatchKMeans(count, batch_size=BATCH_ROWS, n_init=1, random_state=seed)
    used, leaves = np.unique(model.fit_predict(points), return_inverse=True)
    return leaves.astype(np.int64), np.asarray(model.cluster_centers_[used], dtype=np.float32)
