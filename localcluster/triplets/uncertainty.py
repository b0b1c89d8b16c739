"""How unsure a clustering is about each row: soft assignment and entropy (ClusterLLM section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.papers import CLOSEST_MIN, CLOSEST_SHARE, STUDENT_T_FREEDOM

#: Rows whose distances to all centres are held at a time; bounds memory at ``BLOCK * k * 8`` bytes.
BLOCK = 4096


@dataclass(frozen=True)
class Uncertainty:
    """The closest clusters of each row and how the row is torn between them.

    Attributes
    ----------
    closest : int64, shape (n, m)
        The m closest clusters, nearest first; m is ``max(2, 2% of k)``.
    probability : float64, shape (n, m)
        Soft assignment to them, renormalized over them.
    entropy : float64, shape (n,)
        Of ``probability``, in nats (equation 2).
    """

    closest: NDArray[np.int64]
    probability: NDArray[np.float64]
    entropy: NDArray[np.float64]

    @property
    def margin(self) -> NDArray[np.float64]:
        """Probability of the nearest cluster minus that of the second, float64, shape (n,)."""
        return np.asarray(self.probability[:, 0] - self.probability[:, 1])


def n_closest(k: int) -> int:
    """Clusters that count as closest to a row.

    >>> [n_closest(k) for k in (2, 77, 150, 200)]
    [2, 2, 3, 4]
    """
    return min(k, max(CLOSEST_MIN, round(CLOSEST_SHARE * k)))


def centres_of(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean vector of each cluster, float64, shape (k, d); labels are ``0..k-1`` without gaps."""
    k = int(labels.max()) + 1
    sums = np.zeros((k, vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    return np.asarray(sums / np.bincount(labels, minlength=k)[:, None])


def uncertainty(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> Uncertainty:
    """Soft assignment by a Student's t kernel and its entropy over the closest clusters.

    Distances are taken between standardized vectors, as the paper's code does: with the kernel's fixed
    width of 1, they decide how soft the assignment is.

    Parameters
    ----------
    vectors : float32, shape (n, d)
    labels : int64, shape (n,)
        ``0..k-1`` without gaps, at least two clusters.

    Returns
    -------
    Uncertainty
        Linear in rows: n x m values are kept, one block of n x k at a time is computed.
    """
    mean, scale = _mean_and_scale(vectors)
    centres = (centres_of(vectors, labels) - mean) / scale
    norms = (centres**2).sum(axis=1)
    m = n_closest(len(centres))
    closest = np.empty((len(vectors), m), np.int64)
    probability = np.empty((len(vectors), m))
    for start in range(0, len(vectors), BLOCK):
        rows = (vectors[start : start + BLOCK] - mean) / scale
        squared = np.maximum((rows**2).sum(axis=1)[:, None] + norms - 2 * rows @ centres.T, 0.0)
        near = np.argpartition(squared, m - 1, axis=1)[:, :m]
        distance = np.take_along_axis(squared, near, axis=1)
        order = np.lexsort((near, distance), axis=1)
        near, distance = np.take_along_axis(near, order, axis=1), np.take_along_axis(distance, order, axis=1)
        kernel = (1 + distance / STUDENT_T_FREEDOM) ** (-(STUDENT_T_FREEDOM + 1) / 2)
        closest[start : start + BLOCK] = near
        probability[start : start + BLOCK] = kernel / kernel.sum(axis=1, keepdims=True)
    entropy = -(probability * np.log(np.maximum(probability, 1e-300))).sum(axis=1)
    return Uncertainty(closest, probability, entropy)


def _mean_and_scale(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the columns in blocks: numpy's own would copy all rows as float64."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    square = np.zeros_like(mean)
    for start in range(0, len(vectors), BLOCK):
        square += ((vectors[start : start + BLOCK] - mean) ** 2).sum(axis=0)
    scale = np.sqrt(square / len(vectors))
    scale[scale < 1e-9] = 1.0
    return mean, scale
