"""The trained head as numpy arrays: what assigns rows, and what a run keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from threadpoolctl import threadpool_limits

#: Rows mapped at a time; bounds memory at ``CHUNK * (hidden + k) * 4`` bytes.
CHUNK = 4096


@dataclass(frozen=True)
class ClusteringHead:
    """Linear-ReLU-Linear from a row's unit vector to one score per cluster (ESMC).

    Every row is multiplied on its own: what a row gets does not depend, to the last bit, on the rows
    that are asked about with it.

    Attributes
    ----------
    hidden_weight : float32, shape (d, h)
    hidden_bias : float32, shape (h,)
    output_weight : float32, shape (h, k)
    output_bias : float32, shape (k,)
    temperature : float
        Divides the scores before the softmax, so that probabilities are as sure as they are right.
    """

    hidden_weight: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output_weight: NDArray[np.float32]
    output_bias: NDArray[np.float32]
    temperature: float = 1.0

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.output_bias)

    @property
    def width(self) -> int:
        """Width of the vectors that it reads."""
        return len(self.hidden_weight)

    def logits(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score of every cluster, float32, shape (n, k).

        Parameters
        ----------
        vectors : float32, shape (n, d)
            Unit rows in the space that the head was fitted in.

        Raises
        ------
        ValueError
            Vectors of another width.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.width:
            raise ValueError(
                f"The head was fitted on vectors of width {self.width}, and this array has shape "
                f"{vectors.shape}. Embed the rows with the run's own views."
            )
        out = np.empty((len(vectors), self.k), np.float32)
        # Threads that share one row wait for each other far longer than they compute.
        with threadpool_limits(limits=1):
            for start in range(0, len(vectors), CHUNK):
                rows = np.ascontiguousarray(vectors[start : start + CHUNK], dtype=np.float32)
                hidden = np.maximum(_each(rows, self.hidden_weight) + self.hidden_bias, 0)
                out[start : start + CHUNK] = _each(hidden, self.output_weight) + self.output_bias
        return out

    def embed(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Output that the paper runs k-means on: the scores as they are, float32, shape (n, k)."""
        return self.logits(vectors)

    def predict(self, vectors: NDArray[np.float32]) -> NDArray[np.int64]:
        """Cluster of each row, int64, shape (n,)."""
        return np.asarray(self.logits(vectors).argmax(axis=1), dtype=np.int64)

    def predict_proba(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probability of every cluster, float32, shape (n, k); rows sum to 1."""
        scaled = self.logits(vectors).astype(np.float64) / self.temperature
        return np.asarray(softmax(scaled, axis=1), dtype=np.float32)

    def at(self, temperature: float) -> ClusteringHead:
        """The same head with another temperature."""
        return replace(self, temperature=temperature)


def _each(rows: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    # A product of whole matrices is blocked by their shapes, so its last bits depend on the batch, and ties
    # between clusters turn on them. Stacked single rows are multiplied one by one.
    return np.asarray(np.matmul(rows[:, None, :], weight)[:, 0], dtype=np.float32)
