"""Questions whose answer the geometry makes nearly certain, to calibrate an oracle without labels.

Several views may be given: then near and far are so in every one of them. What a criterion asks for
may be near in the one view and far in the other (reviews of the same thing with opposite opinions),
and a question that views disagree on is not certain. With the sentence embedder alone, the scorer
most like it wins: on review sentiments likelihood (easy 0.97, truly 0.60) over answer distributions
(0.90, truly 0.78); with all views it is the other way round (benchmarks/quality/oracle_accuracy.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Rows that easy questions are drawn from; bounds the cost on large data.
SAMPLE_ROWS = 4096
#: The near text is drawn from this many nearest ones.
NEAREST = 3
#: Questions drawn for each one kept: the most certain quarter. In data of many classes, even the nearest text
#: is often of another class.
OVERSAMPLE = 4
#: Texts more alike than this in all views have nearly the same words: the model would compare letters.
NEAR_DUPLICATE = 0.98

#: Unit rows of the distinct texts, float32, shape (n, d): of one view, or of several.
Views: TypeAlias = NDArray[np.float32] | Sequence[NDArray[np.float32]]


def easy_triplets(vectors: Views, n_questions: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Triplets of a query, a near neighbour and a text from the far half, choices in random order.

    Parameters
    ----------
    vectors : float32, shape (n, d), or a sequence of such
        Unit rows of the distinct texts, in one view or in several.

    Returns
    -------
    triplets : int64, shape (m, 3)
        Fewer than asked (even none) where rows have no near or no far text.
    truth : bool, shape (m,)
        Whether choice 1 is the near one.
    """
    rng = np.random.default_rng(seed)
    query, near, far = _near_and_far(vectors, n_questions, rng)
    truth = rng.random(len(query)) < 0.5
    first, second = np.where(truth, near, far), np.where(truth, far, near)
    return np.stack([query, first, second], axis=1), truth


def easy_pairs(vectors: Views, n_questions: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pairs of near texts (half of them) and of texts from each other's far half.

    Returns
    -------
    pairs : int64, shape (m, 2)
    truth : bool, shape (m,)
        Whether the two are near each other.
    """
    rng = np.random.default_rng(seed)
    query, near, far = _near_and_far(vectors, n_questions, rng)
    truth = rng.permutation(len(query)) % 2 == 0
    turned = rng.random(len(query)) < 0.5
    other = np.where(truth, near, far)
    return np.stack([np.where(turned, other, query), np.where(turned, query, other)], axis=1), truth


def _near_and_far(
    vectors: Views, n_questions: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    views = [vectors] if isinstance(vectors, np.ndarray) else list(vectors)
    sample = rng.permutation(len(views[0]))[:SAMPLE_ROWS].astype(np.int64)
    sampled = [view[sample] for view in views]
    drawn = [
        (query, *ends)
        for query in _in_turn(len(sample), n_questions * OVERSAMPLE)
        if (ends := _ends(np.stack([view @ view[query] for view in sampled]), query, rng)) is not None
    ]
    # Of the questions drawn, those whose near text is nearest in the view that sees it farthest.
    drawn.sort(key=lambda found: found[3])
    found = np.array([row[:3] for row in drawn[:n_questions]], dtype=np.int64).reshape(-1, 3)
    query, near, far = sample[rng.permutation(found)].T
    return query, near, far


def _in_turn(n: int, count: int) -> Iterator[int]:
    """Every row once before any row again; nothing where there are no rows."""
    return (number % n for number in range(count if n else 0))


def _ends(
    similarity: NDArray[np.float32], query: int, rng: np.random.Generator
) -> tuple[np.int64, np.int64, float] | None:
    """One of the nearest, one of the far half and how near the near one is; None where there is none.

    Parameters
    ----------
    similarity : float32, shape (n_views, n)

    Returns
    -------
    distance : float
        Of the near one: minus its similarity in standard deviations, in the view where that is least.
    """
    others = np.flatnonzero(similarity.min(axis=0) < NEAR_DUPLICATE)
    others = others[others != query]
    if len(others) < 2:
        return None
    seen = similarity[:, others]
    # Ranks, because cosines of one view are not on the scale of another's.
    rank = np.argsort(np.argsort(-seen, axis=1, kind="stable"), axis=1, kind="stable")
    middle = np.median(seen, axis=1, keepdims=True)
    close = np.flatnonzero((seen >= middle).all(axis=0))
    far = np.flatnonzero((seen < middle).all(axis=0))
    if not len(close) or not len(far):
        return None
    nearest = close[np.argsort(rank[:, close].max(axis=0), kind="stable")[:NEAREST]]
    near = rng.choice(nearest)
    spread = seen.std(axis=1) + 1e-9
    nearness = float(((seen[:, near] - seen.mean(axis=1)) / spread).min())
    return others[near], others[rng.choice(far)], -nearness
