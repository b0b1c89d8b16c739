"""Words that set a cluster apart from the others: class TF-IDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from localcluster.explain.tokens import ENGLISH_STOPS, looks_english, near_same, terms_of

#: Words on a card.
N_WORDS = 8
#: A term of a cluster with this many rows must stand in two of them; one row's slip is no theme.
_MANY_ROWS = 8
#: Ranked terms looked at for each word kept; the rest are near-duplicates of better ones.
_POOL = 6
#: Terms counted at most, the most frequent: bounds memory on large inputs.
_MAX_TERMS = 200_000


def cluster_words(
    texts: Sequence[str], labels: NDArray[np.int64], n_words: int = N_WORDS
) -> list[tuple[str, ...]]:
    """Words and word pairs that set each cluster apart, best first.

    Class TF-IDF as in BERTopic (Grootendorst 2022, arXiv:2203.05794, equation 2): the share of a
    term within a cluster times ``log(1 + A / f)``, where ``A`` is the mean number of terms per
    cluster and ``f`` the term's frequency over all clusters. Two changes: a term counts once per
    row, because a long row that repeats itself says no more about its cluster than a short one
    does; and the share is that above the term's share in all rows, because with two or three
    clusters the logarithm alone lets words through that are frequent everywhere. Time and memory
    are linear in the rows.

    Parameters
    ----------
    texts : sequence of str, length n
    labels : int64, shape (n,)
        In ``0..k-1``.
    n_words : int
        At most so many per cluster.

    Returns
    -------
    list of tuple of str, length k
        A tuple is empty where the rows of a cluster have no word at all.
    """
    k = int(labels.max()) + 1
    counted = _count_terms(texts)
    if counted is None:
        return [()] * k
    rows, terms = counted
    n = len(texts)
    membership = sp.csr_matrix((np.ones(n, dtype=np.int64), (labels, np.arange(n))), shape=(k, n))
    by_cluster = (membership @ rows).tocsr()
    total = np.asarray(by_cluster.sum(axis=0)).ravel()
    weight = np.log1p(by_cluster.sum() / k / np.maximum(total, 1))
    expected = total / total.sum() if k > 1 else np.zeros(len(total))
    sizes = np.bincount(labels, minlength=k)
    words = []
    for c in range(k):
        row = by_cluster[[c]]
        share = row.data / max(row.data.sum(), 1)
        score = (share - expected[row.indices]) * weight[row.indices]
        min_rows = 2 if sizes[c] >= _MANY_ROWS else 1
        words.append(_best_terms(terms[row.indices], row.data, score, min_rows, n_words))
    return words


def _count_terms(texts: Sequence[str]) -> tuple[sp.csr_matrix, NDArray[np.str_]] | None:
    """Row-by-term occurrence and the terms, by the strictest way of splitting that leaves any term."""
    stops = ENGLISH_STOPS if looks_english(texts) else frozenset[str]()
    ways: list[Callable[[str], list[str]]] = [partial(terms_of, stops=stops), _any_tokens]
    for split in ways:
        vectorizer = CountVectorizer(analyzer=split, binary=True, max_features=_MAX_TERMS, dtype=np.int64)
        try:
            counts = vectorizer.fit_transform(texts)
        except ValueError:  # "empty vocabulary": nothing but stop words, numbers or signs
            continue
        return counts, vectorizer.get_feature_names_out()
    return None


def _any_tokens(text: str) -> list[str]:
    return text[:1_000].casefold().split()


def _best_terms(
    terms: NDArray[np.str_],
    rows_with: NDArray[np.int64],
    scores: NDArray[np.float64],
    min_rows: int,
    n_words: int,
) -> tuple[str, ...]:
    """Highest-scoring terms of one cluster, without near-duplicates; ties go to the alphabet."""
    for good in ((rows_with >= min_rows) & (scores > 0), scores > 0):
        if good.sum() >= n_words:
            terms, scores = terms[good], scores[good]
            break
    pool = n_words * _POOL
    if len(terms) > pool:
        # Keep every term that ties with the last of the pool, or the cut would follow memory order.
        within = scores >= np.partition(scores, -pool)[-pool]
        terms, scores = terms[within], scores[within]
    kept: list[str] = []
    for term in terms[np.lexsort((terms, -scores))].tolist():
        if len(kept) == n_words:
            break
        if not any(_says_the_same(term, other) for other in kept):
            kept.append(term)
    return tuple(kept)


def _says_the_same(term: str, kept: str) -> bool:
    """Whether every word of the shorter term is, up to its ending, a word of the longer."""
    short, long = sorted((term.split(), kept.split()), key=len)
    return all(any(near_same(a, b) for b in long) for a in short)
