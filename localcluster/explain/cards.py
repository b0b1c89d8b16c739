"""Everything a person reads about a cluster, put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import LocalModel, ProgressCallback
from localcluster.explain.exemplars import cluster_exemplars, least_confident
from localcluster.explain.keywords import cluster_words
from localcluster.explain.naming import name_clusters
from localcluster.results import ClusterCard


def explain_clusters(
    criterion: str,
    texts: Sequence[str],
    labels: NDArray[np.int64],
    confidence: NDArray[np.float32],
    vectors: NDArray[np.float32],
    model: LocalModel | None = None,
    progress: ProgressCallback | None = None,
) -> list[ClusterCard]:
    """Explain the clusters of one criterion.

    Parameters
    ----------
    criterion : str
        The user's words.
    texts : sequence of str, length n
    labels : int64, shape (n,)
        In ``0..k-1``, no cluster empty.
    confidence : float32, shape (n,)
    vectors : float32, shape (n, d)
        The embedding the clustering was made in.
    model : LocalModel or None
        Names and describes; None leaves it to the words.
    progress : callable, optional
        Called with prompts done and prompts in all.

    Returns
    -------
    list of ClusterCard
        In label order.

    Raises
    ------
    ValueError
        If lengths differ or a label below the largest has no row (a bug of the caller).
    """
    if not len(texts) == len(labels) == len(confidence) == len(vectors):
        raise ValueError(
            f"{len(texts)} texts, {len(labels)} labels, {len(confidence)} confidences, {len(vectors)} vectors"
        )
    sizes = np.bincount(labels)
    if not sizes.all():
        raise ValueError(f"clusters without rows: {np.flatnonzero(sizes == 0).tolist()}")
    words = cluster_words(texts, labels)
    exemplars = cluster_exemplars(texts, labels, vectors)
    unsure = least_confident(labels, confidence)
    names = name_clusters(criterion, texts, words, exemplars, model, progress)
    return [
        ClusterCard(
            cluster=c,
            size=int(sizes[c]),
            name=names[c].name,
            description=names[c].description,
            named_by=names[c].named_by,
            words=words[c],
            exemplars=exemplars[c],
            least_confident=unsure[c],
        )
        for c in range(len(sizes))
    ]
