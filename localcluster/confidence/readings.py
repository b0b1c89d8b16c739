"""Other readings of the same rows: partitions that might as well have been chosen, and refits of samples.

Where they put a row tells how far its cluster depends on choices that nobody can check without labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score

from localcluster.arrays import unit_rows
from localcluster.partition.graph import neighbour_graph, neighbours
from localcluster.partition.methods import spectral

#: Refits of a sample, by each of two methods.
REFITS = 4
#: Rows that each refit sees, as a share of all and at most.
SAMPLE_SHARE = 0.8
MAX_SAMPLE = 3000
#: Dimensions that refits keep: the rest is noise to them, and costs time.
COMPONENTS = 64
#: Neighbours in the graph that spectral refits cut, and that place the rows left out.
GRAPH_NEIGHBORS = 15


@dataclass(frozen=True)
class Readings:
    """Partitions of the same rows, in the numbering of the one that they are compared with.

    Attributes
    ----------
    labels : int64, shape (n, r)
        Column ``j`` is reading ``j``; -1 stands for a cluster that has no counterpart.
    related : float64, shape (r,)
        Adjusted mutual information of each reading with the partition, at least 0: one that sees another
        structure has no say.
    """

    labels: NDArray[np.int64]
    related: NDArray[np.float64]

    def agreement(self, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of the readings, weighted by ``related``, that put each row where ``labels`` does.

        Shape (n,); 0.5 where no reading has a say.
        """
        total = float(self.related.sum())
        if total < 1e-9:
            return np.full(len(labels), 0.5)
        return np.asarray((self.labels == labels[:, None]) @ (self.related / total), dtype=np.float64)


def aligned(labels: NDArray[np.int64], to: NDArray[np.int64]) -> NDArray[np.int64]:
    """``labels`` with its clusters called as those of ``to`` that share most rows with them.

    One to one, so that as many rows as possible are called alike (Hungarian method); a cluster that is left
    over is called -1. Both int64, shape (n,).
    """
    table = np.zeros((int(labels.max()) + 1, int(to.max()) + 1), np.int64)
    np.add.at(table, (labels, to), 1)
    names = np.full(len(table), -1, np.int64)
    rows, columns = linear_sum_assignment(-table)
    names[rows] = columns
    return names[labels]


def readings_of(partitions: Sequence[NDArray[np.int64]], labels: NDArray[np.int64]) -> Readings:
    """Other partitions of the rows (each int64, shape (n,)) as readings beside ``labels``."""
    if not partitions:
        return Readings(np.empty((len(labels), 0), np.int64), np.empty(0))
    related = [max(0.0, float(adjusted_mutual_info_score(labels, other))) for other in partitions]
    return Readings(np.stack([aligned(other, labels) for other in partitions], axis=1), np.array(related))


def refits(vectors: NDArray[np.float32], k: int, seed: int) -> list[NDArray[np.int64]]:
    """Partitions of samples of the rows, the rows left out following the nearest in the sample.

    k-means and spectral partitions of :data:`REFITS` samples each.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows.

    Returns
    -------
    list of int64, shape (n,)
        Empty where a sample would hold fewer than two rows for each cluster.
    """
    n = len(vectors)
    size = min(int(SAMPLE_SHARE * n), MAX_SAMPLE)
    if k < 2 or size < max(2 * k, GRAPH_NEIGHBORS + 1):
        return []
    rng = np.random.default_rng([seed, 5])
    reduced = _principal(vectors)
    found = []
    for _ in range(REFITS):
        rows = np.sort(rng.choice(n, size, replace=False))
        model = KMeans(k, n_init=1, random_state=int(rng.integers(2**31))).fit(reduced[rows])
        found.append(np.asarray(model.predict(reduced), dtype=np.int64))
        found.append(_spectral_refit(reduced, rows, k, int(rng.integers(2**31))))
    return found


def _spectral_refit(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], k: int, seed: int
) -> NDArray[np.int64]:
    sample = vectors[rows]
    graph = neighbour_graph(neighbours(sample, GRAPH_NEIGHBORS)[0], GRAPH_NEIGHBORS)
    labels = np.empty(len(vectors), np.int64)
    labels[rows] = np.unique(spectral(graph, k, seed), return_inverse=True)[1]
    rest = np.setdiff1d(np.arange(len(vectors)), rows)
    if len(rest):
        labels[rest] = majority(labels[rows], neighbours(sample, GRAPH_NEIGHBORS, vectors[rest])[0])
    return labels


def majority(labels: NDArray[np.int64], near: NDArray[np.int64]) -> NDArray[np.int64]:
    """Commonest of the labels at ``near``, int64, shape (m,); ties go to the lower one.

    Parameters
    ----------
    labels : int64, shape (n,)
        At least -1.
    near : int64, shape (m, j)
        Rows whose labels count.
    """
    width = int(labels.max()) + 2
    found = np.empty(len(near), np.int64)
    for start in range(0, len(near), 2048):
        part = labels[near[start : start + 2048]] + 1
        counts = np.zeros((len(part), width), np.int32)
        np.add.at(counts, (np.arange(len(part))[:, None], part), 1)
        found[start : start + 2048] = counts.argmax(axis=1) - 1
    return found


def _principal(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Leading principal components as unit rows, float32, shape (n, at most COMPONENTS)."""
    centred = vectors - vectors.mean(axis=0)
    count = min(COMPONENTS, *centred.shape)
    # Eigenvectors of the smaller of the two Gram matrices: exact and without random starts.
    if len(centred) <= centred.shape[1]:
        values, left = np.linalg.eigh(centred @ centred.T)
        scores = left[:, ::-1][:, :count] * np.sqrt(np.maximum(values[::-1][:count], 0))
    else:
        _, right = np.linalg.eigh(centred.T @ centred)
        scores = centred @ right[:, ::-1][:, :count]
    return unit_rows(scores.astype(np.float32))
