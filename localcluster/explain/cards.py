"""Everything a person reads about a cluster, put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import Item, LocalModel, ProgressCallback
from localcluster.embed import Embedder, View
from localcluster.explain.exemplars import cluster_exemplars, least_confident
from localcluster.explain.keywords import cluster_words
from localcluster.explain.lens_words import cluster_lens_words
from localcluster.explain.naming import choose_names
from localcluster.items.cleaning import EMPTY_TEXT
from localcluster.results import ClusterCard


def explain_clusters(
    criterion: str,
    texts: Sequence[str],
    labels: NDArray[np.int64],
    confidence: NDArray[np.float32],
    vectors: NDArray[np.float32],
    model: LocalModel | None = None,
    progress: ProgressCallback | None = None,
    *,
    rows: Sequence[Item] | None = None,
    answers: View | None = None,
    embedder: Embedder | None = None,
) -> list[ClusterCard]:
    """Explain the clusters of one criterion.

    Parameters
    ----------
    criterion : str
        The user's words.
    texts : sequence of str, length n
        What is shown of each row: its text, or the name of its picture.
    labels : int64, shape (n,)
        In ``0..k-1``, no cluster empty.
    confidence : float32, shape (n,)
    vectors : float32, shape (n, d)
        The embedding the clustering was made in.
    model : LocalModel or None
        Names and describes; None leaves it to the words.
    progress : callable, optional
        Called with prompts done and prompts in all.
    rows : sequence of Item, length n, optional
        What the model reads; the texts if not given.
    answers : View, optional
        Over the same n rows: where a cluster's logit-lens words come from.
    embedder : Embedder or None
        Compares names with the rows; None leaves that to the model and to words.

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
    rows = [Item(text) for text in texts] if rows is None else rows
    words = cluster_words(_own_words(rows), labels)
    lens = (
        [()] * len(sizes) if answers is None else cluster_lens_words(answers.vectors, answers.words, labels)
    )
    said = [own or seen for own, seen in zip(words, lens, strict=True)]
    exemplars = cluster_exemplars(texts, labels, vectors)
    unsure = least_confident(labels, confidence)
    names = choose_names(criterion, rows, said, exemplars, model, progress, labels=labels, embedder=embedder)
    return [
        ClusterCard(
            cluster=c,
            size=int(sizes[c]),
            name=names[c].name,
            description=names[c].description,
            named_by=names[c].named_by,
            words=words[c],
            lens_words=lens[c],
            exemplars=exemplars[c],
            least_confident=unsure[c],
        )
        for c in range(len(sizes))
    ]


def _own_words(rows: Sequence[Item]) -> list[str]:
    """Texts of the rows; neither a picture's file name nor what stands for an unreadable one is any."""
    no_words = {None, EMPTY_TEXT} if any(row.image is not None for row in rows) else {None}
    return ["" if row.text in no_words else row.text or "" for row in rows]
