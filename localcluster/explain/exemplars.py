"""Rows that stand for a cluster, and rows that hardly belong to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

N_EXEMPLARS = 8
N_LEAST_CONFIDENT = 5
#: Weight of closeness to the centre against difference from the exemplars already taken
#: (lambda of maximal marginal relevance, Carbonell and Goldstein 1998).
_RELEVANCE = 0.7
#: Rows near the centre that exemplars are drawn from, as a multiple of the number wanted.
_POOL = 8
#: Cost of a row per factor e of length beyond :data:`_EASY_CHARS`, in units of the typical distance.
_LENGTH_COST = 0.08
_EASY_CHARS = 160


def cluster_exemplars(
    texts: Sequence[str], labels: NDArray[np.int64], vectors: NDArray[np.float32], n: int = N_EXEMPLARS
) -> list[tuple[int, ...]]:
    """Rows nearest each cluster's centre that differ from one another, best first.

    Copies of a text count as one, and a shorter row wins over a slightly nearer long one, because
    people and small models read exemplars.

    Parameters
    ----------
    texts : sequence of str, length n_rows
    labels : int64, shape (n_rows,)
    vectors : float32, shape (n_rows, d)
        The embedding that the clustering was made in.
    n : int
        At most so many per cluster.

    Returns
    -------
    list of tuple of int, length k
    """
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels))
    members = np.split(order, ends[:-1])
    return [_diverse_near_centre(texts, rows, vectors, n) for rows in members]


def least_confident(
    labels: NDArray[np.int64], confidence: NDArray[np.float32], n: int = N_LEAST_CONFIDENT
) -> list[tuple[int, ...]]:
    """Rows of each cluster with the lowest confidence, least sure first."""
    order = np.lexsort((np.arange(len(labels)), confidence, labels))
    ends = np.cumsum(np.bincount(labels))
    return [tuple(int(i) for i in rows[:n]) for rows in np.split(order, ends[:-1])]


def _diverse_near_centre(
    texts: Sequence[str], rows: NDArray[np.intp], vectors: NDArray[np.float32], n: int
) -> tuple[int, ...]:
    centre = vectors[rows].mean(axis=0, dtype=np.float64)
    distance = np.linalg.norm(vectors[rows] - centre, axis=1)
    scale = float(np.median(distance)) or 1.0
    lengths = np.array([max(len(texts[i]), 1) for i in rows])
    cost = distance / scale + _LENGTH_COST * np.log(np.maximum(lengths / _EASY_CHARS, 1))
    pool = _first_of_each_text(texts, rows[np.lexsort((rows, cost))], n * _POOL)
    position = {int(row): at for at, row in enumerate(rows)}
    pool_cost = np.array([cost[position[row]] for row in pool])
    points = vectors[pool].astype(np.float64) / scale

    taken = [0]
    nearest = np.linalg.norm(points - points[0], axis=1)
    while len(taken) < min(n, len(pool)):
        merit = (1 - _RELEVANCE) * nearest - _RELEVANCE * pool_cost
        merit[taken] = -np.inf
        best = int(np.argmax(merit))
        taken.append(best)
        nearest = np.minimum(nearest, np.linalg.norm(points - points[best], axis=1))
    return tuple(pool[at] for at in taken)


def _first_of_each_text(texts: Sequence[str], rows: NDArray[np.intp], limit: int) -> list[int]:
    seen: set[str] = set()
    first: list[int] = []
    for row in rows:
        key = " ".join(texts[row].casefold().split())
        if key not in seen:
            seen.add(key)
            first.append(int(row))
        if len(first) == limit:
            break
    return first
