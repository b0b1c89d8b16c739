"""How likely the context of a part is content: other parts of its row, and parts like it in other rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from localcluster.boilerplate.density import Reference

#: Parts of other rows that a part is compared with, and how fast their weight falls with the cosine.
NEAREST, SHARPNESS = 8, 8.0
#: Logit that stands for no part at all.
NOTHING = -6.0
_CHUNK = 1024

#: Names of the columns of :func:`context`, in order.
CONTEXT = (
    "logit above the best other part of its row",
    "logit of the best other part of its row",
    "logit of the part before",
    "logit of the part behind",
    "parts of its row that are likelier, log",
    "other parts of its row expected to be content, log",
    "logit of the nearest parts of other rows, mean by nearness",
    "nearness of these",
    "logit of the nearest part of another row",
)
#: The first of these are about the row alone, and need no cosines.
IN_ROW = 6


def context(
    first: NDArray[np.float32],
    vectors: NDArray[np.float32],
    rows: NDArray[np.int64],
    reference: Reference,
) -> NDArray[np.float32]:
    """Columns of :data:`CONTEXT`, float32, shape (n, 9).

    Parameters
    ----------
    first : float32, shape (n,)
        Logits of the parts, each judged alone.
    vectors : float32, shape (n, d)
        Unit vectors of the parts.
    rows : int64, shape (n,)
        The row of each, parts of a row side by side; -1 - i for rows that are not in ``reference``.
    reference : Reference
        With logits.
    """
    found = np.zeros((len(first), len(CONTEXT)), np.float32)
    if not len(first):
        return found
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
    for start, end in zip(starts, np.r_[starts[1:], len(rows)], strict=True):
        found[start:end, :IN_ROW] = _in_row(first[start:end])
    found[:, IN_ROW:] = _elsewhere(vectors, rows, reference)
    return found


def _in_row(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    n = len(logits)
    order = np.sort(logits)
    best, second = order[-1], order[-2] if n > 1 else np.float32(NOTHING)
    # Of equals, each has the other beside it.
    other = np.where(logits < best, best, second)
    content = expit(logits)
    edge = np.array([NOTHING], np.float32)
    return np.stack(
        [
            logits - other if n > 1 else np.full(n, -NOTHING),
            other,
            np.concatenate([edge, logits[:-1]]),
            np.concatenate([logits[1:], edge]),
            np.log1p(n - np.searchsorted(order, logits, "right")),
            np.log1p(content.sum() - content),
        ],
        axis=1,
    ).astype(np.float32)


def _elsewhere(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], reference: Reference
) -> NDArray[np.float32]:
    found = np.zeros((len(vectors), 3), np.float32)
    if not len(reference.rows):
        return found
    count = min(NEAREST, len(reference.rows))
    for start in range(0, len(vectors), _CHUNK):
        part = slice(start, start + _CHUNK)
        cosine = vectors[part] @ reference.vectors.T
        own = rows[part, None] == reference.rows[None, :]
        cosine[own] = -2.0
        nearest = largest(cosine, count)
        closest = np.take_along_axis(cosine, nearest, axis=1)
        near = np.where(closest > -1.5, np.exp(SHARPNESS * (closest - 1)), 0.0)
        logits = np.where(near > 0, reference.logits[nearest], 0.0)
        total = near.sum(axis=1)
        found[part, 0] = (near * logits).sum(axis=1) / np.maximum(total, 1e-12)
        found[part, 1] = total
        found[part, 2] = logits[:, 0]
    return found


def largest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Places of the ``count`` largest of each row, the largest first, of equals the first: shape (n, count).

    What a stable order of all would begin with, ten times as fast. Parts that recur are equally near, so
    which of equals is taken must not be left to chance.
    """
    least = -np.partition(-values, count - 1, axis=1)[:, count - 1 : count]
    chosen = values > least
    equal = values == least
    room = count - chosen.sum(axis=1)
    crowded = np.flatnonzero(equal.sum(axis=1) > room)
    equal[crowded] &= np.cumsum(equal[crowded], axis=1) <= room[crowded, None]
    places = np.nonzero(chosen | equal)[1].reshape(len(values), count)
    order = np.argsort(-np.take_along_axis(values, places, axis=1), axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)
