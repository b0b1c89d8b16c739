"""Names for the clusters of any clustering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from localcluster.arrays import numbered, unit_vectors
from localcluster.backends.base import LocalModel
from localcluster.config import criterion_of
from localcluster.explain.exemplars import cluster_exemplars
from localcluster.explain.keywords import cluster_words
from localcluster.explain.naming import ClusterName, choose_names
from localcluster.models import TextEmbedder, load_llm, take_embedder
from localcluster.oracle.rows import Row, as_item, label, rows_of

#: Width of the word counts that find exemplars where no vectors are given.
_HASHED = 512


def name_clusters(
    rows: Sequence[Row],
    labels: ArrayLike,
    by: str,
    llm: str | PathLike[str] | LocalModel | None = None,
    *,
    vectors: ArrayLike | None = None,
    embedder: TextEmbedder | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[ClusterName]:
    """Name the clusters of any clustering by a criterion, no two alike.

    Parameters
    ----------
    rows : sequence of str or Item, length n
    labels : shape (n,)
    by : str
        The criterion: names are answers to it.
    llm : str, path, LocalModel or None
        None names by the words that set clusters apart.
    vectors : shape (n, d), optional
        The embedding that the clustering was made in: rows near a cluster's centre are read for its name. By
        their words if not given.
    embedder : str, path, object with encode, or None
        Compares names with the rows of their own and of the other clusters. None leaves that to the
        language model and to words; names are then less often right.
    progress : callable, optional
        ``progress(done, total)`` in prompts.

    Returns
    -------
    list of ClusterName
        ``name``, ``description`` and ``named_by`` of each cluster, in the sorted order of labels.

    Raises
    ------
    ConfigError
        No criterion.
    InputError
        A row that is no text, or labels or vectors of another number of rows.
    """
    by, rows = criterion_of(by), rows_of(rows)
    known = numbered(labels, len(rows))
    shown = [label(row) for row in rows]
    items = [as_item(row) for row in rows]
    points = _by_words(shown) if vectors is None else unit_vectors(vectors, len(rows))
    model = None if llm is None else load_llm(llm)
    words = cluster_words([item.text or "" for item in items], known)
    exemplars = cluster_exemplars(shown, known, points)
    judge = None if embedder is None else take_embedder(embedder)
    return choose_names(by, items, words, exemplars, model, progress, labels=known, embedder=judge)


def _by_words(texts: Sequence[str]) -> NDArray[np.float32]:
    counted = HashingVectorizer(n_features=_HASHED, alternate_sign=False, dtype=np.float32)
    return np.asarray(counted.transform(texts).toarray(), dtype=np.float32)
