"""Principal components to train in: Adam then keeps a few hundred columns in motion, not thousands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from localcluster.heads.head import ClusteringHead

#: Components kept.
DIMENSIONS = 256


@dataclass(frozen=True)
class Compression:
    """A linear map to fewer columns of unit mean variance; linear, so that a head takes it in whole.

    The paper's learning rate is for inputs of about that variance, and unit rows have 1 / d of it. Columns
    keep their proportions: whitened, noise weighs as much as what sets rows apart.

    Attributes
    ----------
    mean : float32, shape (d,)
    components : float32, shape (d, r)
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]

    @classmethod
    def fit(cls, vectors: NDArray[np.float32], seed: int, dimensions: int = DIMENSIONS) -> Compression:
        """Learn the map from unit rows, float32, shape (n, d)."""
        kept = min(dimensions, *vectors.shape)
        solver = "randomized" if kept < min(vectors.shape) else "full"
        found = PCA(kept, svd_solver=solver, random_state=seed).fit(vectors)
        variance = float(found.explained_variance_.mean())
        scale = 1 / np.sqrt(variance) if variance > 0 else 1.0
        components = (found.components_.T * scale).astype(np.float32)
        return cls(found.mean_.astype(np.float32), np.ascontiguousarray(components))

    def apply(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compressed rows, float32, shape (n, r)."""
        return np.asarray((vectors - self.mean) @ self.components, dtype=np.float32)

    def absorbed_by(self, head: ClusteringHead) -> ClusteringHead:
        """Head on uncompressed rows with the scores that ``head`` gives compressed ones."""
        weight = self.components @ head.hidden_weight
        bias = head.hidden_bias - self.mean @ weight
        return ClusteringHead(weight, bias, head.output_weight, head.output_bias, head.temperature)
