"""Logit-lens words: what the language model would say of a cluster or a row rather than of the others.

This module picks the words. The lens itself, from hidden states to the vocabulary, is each backend's
``logit_lens`` (``backends/base.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.explain.candidates import starts_a_name
from localcluster.explain.offensive import is_offensive

#: Words shown per cluster and per row.
N_CLUSTER_WORDS = 6
N_ROW_WORDS = 5
#: A word stands out that has at least this share of the best one's merit; further down is noise, which
#: every word of a large vocabulary has some of.
CLEAR_SHARE = 1 / 3


def cluster_lens_words(
    answers: NDArray[np.float32],
    words: Sequence[str],
    labels: NDArray[np.int64],
    n: int = N_CLUSTER_WORDS,
) -> list[tuple[str, ...]]:
    """Words that the model would answer about a cluster's rows rather than about the others', best first.

    Parameters
    ----------
    answers : float32, shape (n_rows, n_words)
        The answer view's vectors: relative log-probabilities, centred over the rows.
    words : sequence of str
        Of each column, as the model's vocabulary writes it.
    labels : int64, shape (n_rows,)
        In ``0..k-1``, no cluster empty.

    Returns
    -------
    list of tuple of str, length k
        Only words that stand out, so a tuple may be short or empty.
    """
    means = np.stack([answers[labels == c].mean(axis=0) for c in range(int(labels.max()) + 1)])
    others = (means.sum(axis=0) - means) / max(len(means) - 1, 1)
    return [_best(merit, words, n) for merit in means - others]


def row_lens_words(
    answers: NDArray[np.float32], words: Sequence[str], n: int = N_ROW_WORDS
) -> list[list[str]]:
    """Words that the model would answer about a row rather than about all rows, best first."""
    usable = _usable(words)
    kept = [words[i] for i in usable]
    return [list(_best(row, kept, n)) for row in answers[:, usable]]


def _best(merit: NDArray[np.float32], words: Sequence[str], n: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    least = 0.0
    for i in np.argsort(-merit, kind="stable").tolist():
        if len(found) == n or merit[i] <= least:
            break
        if starts_a_name(words[i]) and not is_offensive(words[i]):
            least = least or CLEAR_SHARE * float(merit[i])
            found.setdefault(words[i].strip().casefold())
    return tuple(found)


def _usable(words: Sequence[str]) -> NDArray[np.int64]:
    good = [i for i, word in enumerate(words) if starts_a_name(word) and not is_offensive(word)]
    return np.array(good, dtype=np.int64)
