"""How well a name fits its cluster and no other: by a sentence embedder, and by the rows' words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows
from localcluster.embed import Embedder
from localcluster.explain.tokens import near_same, words_of

#: Rows of a cluster that a name is compared with; the mean of these hardly moves with more.
ROWS_COMPARED = 24
#: Rows compared in all; with many clusters each shows fewer, so that the cost stays bounded.
_MAX_ROWS = 2_400
_MIN_ROWS = 8
_SHOWN_CHARS = 400
#: Weights beside the fit to the own rows, which counts 1: that fit above the other clusters' mean,
#: nearness to the criterion's words ("positive" answers "sentiment", "battery" does not), and the
#: share of rows that have the name's words above the others' share. Chosen on the first eight sets
#: of benchmarks/quality/names.py, where values near these do about as well.
CONTRAST_WEIGHT = 0.5
CRITERION_WEIGHT = 0.8
SUPPORT_WEIGHT = 0.5
#: Examples of what is no name of a cluster: greetings, people, dates. What is clearly more like one
#: of these than like the cluster's rows and the criterion is refused.
_NO_NAMES = (
    *("hi", "hello there", "dear sir or madam", "thank you", "kind regards", "good morning"),
    *("Anna", "John Smith", "Maria", "Peter", "my name is Tom"),
    *("monday", "january", "tomorrow morning", "2 May 2024", "last week"),
)
_CLEARLY = 0.1


class Fit:
    """Compares names and sentences with the rows of every cluster.

    Parameters
    ----------
    texts : sequence of sequence of str, length k
        Per cluster, rows that stand for it, from :func:`rows_to_compare`. Empty ones are left out.
    embedder : Embedder or None
        None compares by words alone.
    """

    def __init__(
        self, criterion: str, texts: Sequence[Sequence[str]], embedder: Embedder | None = None
    ) -> None:
        self._embedder = embedder
        rows = [[text[:_SHOWN_CHARS] for text in own if text.strip()] for own in texts]
        self._n_rows = np.array([len(own) for own in rows])
        self._rows_of: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for c, own in enumerate(rows):
            for at, text in enumerate(own):
                for word in words_of(text):
                    self._rows_of[word].add((c, at))
        # Forms of one word begin alike, so that a word is compared with few others.
        self._beginning: dict[str, list[str]] = defaultdict(list)
        for word in self._rows_of:
            self._beginning[word[:3]].append(word)
        self._found: dict[str, set[tuple[int, int]]] = {}
        self._centres: NDArray[np.float32] | None = None
        if embedder is None or not all(rows):
            return
        vectors = self._encode([*(text for own in rows for text in own), criterion, *_NO_NAMES])
        ends = np.cumsum([len(own) for own in rows])
        by_cluster = np.split(vectors[: ends[-1]], ends[:-1])
        self._centres = unit_rows(np.stack([own.mean(axis=0) for own in by_cluster]))
        self._criterion, self._no_names = vectors[ends[-1]], vectors[ends[-1] + 1 :]

    @property
    def embeds(self) -> bool:
        """Whether names are compared by an embedder; else by words alone."""
        return self._centres is not None

    def merits(self, candidates: Sequence[Sequence[str]]) -> list[NDArray[np.float64]]:
        """What speaks for each candidate name of each cluster.

        Parameters
        ----------
        candidates : sequence of sequence of str, length k

        Returns
        -------
        list of float64, one array per cluster of shape (n_candidates,)
            Larger is better; ``-inf`` for a name that fits the other clusters as well as its own,
            or is a greeting, a person's name or a date.
        """
        names = list(dict.fromkeys(name for own in candidates for name in own))
        if not names:
            return [np.zeros(0) for _ in candidates]
        place = {name: at for at, name in enumerate(names)}
        at = [[place[name] for name in own] for own in candidates]
        support = self._support(names)
        merit = SUPPORT_WEIGHT * (support - _others(support))
        refused = np.zeros(merit.shape, dtype=bool)
        if self._centres is not None:
            vectors = self._encode(names)
            fit = vectors @ self._centres.T
            by_criterion = vectors @ self._criterion
            no_name = (vectors @ self._no_names.T).max(axis=1)
            merit += fit + CONTRAST_WEIGHT * (fit - _others(fit))
            merit += CRITERION_WEIGHT * by_criterion[:, None]
            refused = no_name[:, None] > np.maximum(fit, by_criterion[:, None]) + _CLEARLY
            if len(candidates) > 1:
                refused |= fit <= _others(fit)
        merit = np.where(refused, -np.inf, merit)
        return [merit[own, c] for c, own in enumerate(at)]

    def bears_out(self, sentences: Sequence[str]) -> list[bool]:
        """Whether each cluster's sentence is nearer to its own rows than to any other cluster's.

        Parameters
        ----------
        sentences : sequence of str, length k

        Returns
        -------
        list of bool, length k
            All true without an embedder: words are compared elsewhere.
        """
        if self._centres is None or len(self._centres) == 1:
            return [True] * len(sentences)
        fit = self._encode(sentences) @ self._centres.T
        return [bool(row.argmax() == c) for c, row in enumerate(fit)]

    def _support(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Share of each cluster's rows with all words of a name, shape ``(n_names, k)``."""
        support = np.zeros((len(names), len(self._n_rows)))
        for n, name in enumerate(names):
            rows = [self._rows_with(word) for word in words_of(name)]
            for c, _ in set.intersection(*rows) if rows else ():
                support[n, c] += 1
        return np.asarray(support / np.maximum(self._n_rows, 1), dtype=np.float64)

    def _rows_with(self, word: str) -> set[tuple[int, int]]:
        """Cluster and place of the rows that have a word in any form."""
        if word not in self._found:
            alike = (own for own in self._beginning[word[:3]] if near_same(word, own))
            self._found[word] = set().union(*(self._rows_of[own] for own in alike))
        return self._found[word]

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self._embedder is not None
        return unit_rows(np.asarray(self._embedder.encode(list(texts)), dtype=np.float32))


def rows_to_compare(labels: NDArray[np.int64], exemplars: Sequence[Sequence[int]]) -> list[list[int]]:
    """Rows that stand for each cluster: its exemplars, then others at even steps.

    Parameters
    ----------
    labels : int64, shape (n_rows,)
        In ``0..k-1``.
    exemplars : sequence of sequence of int, length k

    Returns
    -------
    list of list of int, length k
        At most :data:`ROWS_COMPARED` each, fewer where clusters are many.
    """
    limit = int(np.clip(_MAX_ROWS // len(exemplars), _MIN_ROWS, ROWS_COMPARED))
    order = np.argsort(labels, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(labels, minlength=len(exemplars)))[:-1])
    chosen = []
    for own, rows in zip(exemplars, members, strict=True):
        even = rows[np.linspace(0, len(rows) - 1, min(limit, len(rows))).round().astype(np.intp)]
        chosen.append(list(dict.fromkeys([*map(int, own), *map(int, even)]))[:limit])
    return chosen


def _others(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean over the other columns, same shape; 0 where there is no other."""
    k = values.shape[1]
    if k == 1:
        return np.zeros(values.shape)
    return np.asarray((values.sum(axis=1, keepdims=True) - values) / (k - 1), dtype=np.float64)
