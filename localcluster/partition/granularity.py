"""Label-free rules for the number of clusters: the silhouette over a hierarchy's cuts.

Where there is a sentence embedder, what the criterion's words say of a usual number is weighed in
(:mod:`~localcluster.partition.usual_k`). These rules hold until an oracle is asked pairwise questions
(ClusterLLM section 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import silhouette_score

from localcluster.partition.usual_k import UsualK, ends_of_range, learnt, posterior

#: Rows the hierarchy is built on; its memory is quadratic in them.
MAX_ROWS = 2000
#: Most clusters considered: beyond it nobody reads the result.
MAX_K = 150
#: Rows per cluster, on average, below which a cut is not considered.
MIN_MEAN_SIZE = 5
#: Dimensions kept before the hierarchy; the silhouette of high-dimensional noise is flat.
DIMENSIONS = 32


@dataclass(frozen=True)
class KChoice:
    """The chosen number of clusters and the curve it was read from.

    Attributes
    ----------
    curve : tuple of (int, float)
        Number of clusters and mean silhouette, or probability, ascending in k.
    low, high : int or None
        Plausible range, where the curve is of probabilities.
    """

    k: int
    curve: tuple[tuple[int, float], ...]
    low: int | None = None
    high: int | None = None


def reference_k(n: int) -> int:
    """Number of clusters at which views are compared before k is known."""
    return int(np.clip(round(np.sqrt(n / 2)), 2, 30))


def choose_k(
    vectors: NDArray[np.float32],
    seed: int,
    bounds: tuple[int, int] = (2, MAX_K),
    usual: UsualK | None = None,
) -> KChoice:
    """Cut Ward's hierarchy where the mean silhouette is highest, or where it and the usual number say.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows; a seeded sample of :data:`MAX_ROWS` is used above that number.
    bounds : (int, int)
        Fewest and most clusters considered.
    usual : UsualK, optional
        What the criterion's words say. The choice is then the median of the distribution that both give.
    """
    points = _reduced(vectors, seed)
    n = len(points)
    tree = linkage(points, method="ward")
    curve: list[tuple[int, float]] = []
    low, high = bounds
    for k in _grid(low, max(low, min(high, MAX_K, n // MIN_MEAN_SIZE))):
        labels = fcluster(tree, k, criterion="maxclust")
        found = len(np.unique(labels))
        if 2 <= found < n:
            curve.append((found, float(silhouette_score(points, labels))))
    if not curve:
        return KChoice(low, ())
    curve = sorted(set(curve))
    if usual is None or len(curve) < 2:
        return KChoice(max(curve, key=lambda entry: entry[1])[0], tuple(curve))
    ks, silhouettes = np.array([k for k, _ in curve]), np.array([value for _, value in curve])
    p = posterior(ks, silhouettes, usual, learnt())
    fewest, middle, most = ends_of_range(ks, p)
    return KChoice(middle, tuple(zip(ks.tolist(), p.tolist(), strict=True)), fewest, most)


def _grid(low: int, top: int) -> list[int]:
    fine = range(low, min(top, 20) + 1)
    coarse = np.geomspace(max(low, 20), top, 25).round() if top > 20 else np.empty(0)
    return sorted({*fine, *(int(k) for k in coarse)})


def _reduced(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    if len(vectors) > MAX_ROWS:
        vectors = vectors[np.sort(rng.choice(len(vectors), MAX_ROWS, replace=False))]
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    kept = min(DIMENSIONS, len(values))
    return np.asarray(left[:, :kept] * values[:kept])
