"""The fine clusters that the paper samples triplets from (ClusterLLM section 3.1; code: both variants).

The product samples from the partition it has. These are for comparing with the paper as it stands, and for
sampling before there is a partition.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering, MiniBatchKMeans

from localcluster.errors import ConfigError
from localcluster.papers import LARGE_CLUSTERS, SMALL_DISTANCE_THRESHOLD, SMALL_WIDTH

Variant = Literal["auto", "small", "large"]
#: Above this many rows ``"auto"`` takes the large variant: the small one's memory is quadratic in rows
#: (8 bytes for each pair of them: 0.3 GB here).
SMALL_ROWS = 6000


def fine_clusters(vectors: NDArray[np.float32], seed: int, variant: Variant = "auto") -> NDArray[np.int64]:
    """Clusters of standardized embeddings, int64 labels, shape (n,), ``0..k-1``.

    ``"small"`` cuts Ward's hierarchy at a distance; ``"large"`` is mini-batch k-means into 100.

    Parameters
    ----------
    vectors : float32, shape (n, d)
    seed : int
        Of the large variant; the small one draws nothing.
    variant : {"auto", "small", "large"}

    Raises
    ------
    ConfigError
        For fewer than two rows.
    """
    n, width = vectors.shape
    if n < 2:
        raise ConfigError(f"Clusters of {n} rows were asked for. Give at least 2 rows.")
    scale = vectors.std(axis=0, dtype=np.float64)
    scale[scale < 1e-9] = 1.0
    standardized = (vectors - vectors.mean(axis=0, dtype=np.float64)) / scale
    if variant == "small" or (variant == "auto" and n <= SMALL_ROWS):
        # The threshold is for 768 dimensions; distances between standardized rows grow with their root.
        threshold = SMALL_DISTANCE_THRESHOLD * np.sqrt(width / SMALL_WIDTH)
        model = AgglomerativeClustering(n_clusters=None, distance_threshold=threshold, linkage="ward")
    else:
        model = MiniBatchKMeans(min(LARGE_CLUSTERS, n), n_init=3, random_state=seed)
    found = model.fit_predict(standardized)
    return np.unique(found, return_inverse=True)[1].astype(np.int64)
