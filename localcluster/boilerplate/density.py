"""How near a part of a text is to parts of other rows: salutations lie close together, contents apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

#: Rows that parts are compared with, and most of their parts.
REFERENCE_ROWS, REFERENCE_UNITS = 300, 2000
#: Cosines from which two parts say about the same, and nearly the same.
ALIKE = (0.5, 0.7)
#: Nearest parts whose mean cosine is a feature.
NEAREST = 5
_CHUNK = 1024

#: Names of the columns of :func:`density`, in order.
DENSITY = (
    "cosine with the nearest part of another row",
    "mean cosine with the nearest five",
    "share of rows with a part that says about the same",
    "share of rows with a part that says nearly the same",
    "cosine with the rest of its row",
    "cosine with the mean part",
)


@dataclass(frozen=True)
class Reference:
    """Parts of some rows, which all parts are compared with.

    Attributes
    ----------
    vectors : float32, shape (m, d)
        Unit vectors.
    rows : int64, shape (m,)
        The row that each is from, ascending.
    logits : float32, shape (m,)
        How likely each is content, judged alone; zero before that is known.
    """

    vectors: NDArray[np.float32]
    rows: NDArray[np.int64]
    logits: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.float32], rows: NDArray[np.int64], seed: int = 0) -> Reference:
        """Draw :data:`REFERENCE_ROWS` rows; half precision, so that a stored one is the same."""
        chosen = _drawn(rows, seed)
        kept = vectors[chosen].astype(np.float16).astype(np.float32)
        return cls(kept, rows[chosen], np.zeros(len(chosen), np.float32))

    def judged(self, logits: NDArray[np.float32], rows: NDArray[np.int64], seed: int = 0) -> Reference:
        """The same parts with their logits, of those of all parts that they were drawn from.

        Parameters
        ----------
        logits : float32, shape (n,)
        rows : int64, shape (n,)
        seed : int
            The one that they were drawn with.
        """
        return replace(self, logits=logits[_drawn(rows, seed)])


def _drawn(rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    names = np.unique(rows)
    drawn = np.sort(np.random.default_rng(seed).permutation(names)[:REFERENCE_ROWS])
    return np.flatnonzero(np.isin(rows, drawn))[:REFERENCE_UNITS]


def density(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], reference: Reference
) -> NDArray[np.float32]:
    """Columns of :data:`DENSITY`, float32, shape (n, 6).

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit vectors of parts.
    rows : int64, shape (n,)
        The row that each is from, in the numbering of ``reference``; -1 - i for new rows.
    """
    found = np.zeros((len(vectors), len(DENSITY)), np.float32)
    if not len(vectors) or not len(reference.rows):
        return found
    names, starts = np.unique(reference.rows, return_index=True)
    mean = reference.vectors.mean(axis=0)
    for start in range(0, len(vectors), _CHUNK):
        part = slice(start, start + _CHUNK)
        cosine = vectors[part] @ reference.vectors.T
        own = rows[part, None] == reference.rows[None, :]
        cosine[own] = -1.0
        count = min(NEAREST, cosine.shape[1])
        nearest = -np.partition(-cosine, count - 1, axis=1)[:, :count]
        by_row = np.maximum.reduceat(cosine, starts, axis=1)
        others = np.maximum(len(names) - own.any(axis=1), 1)
        found[part, 0] = nearest.max(axis=1)
        found[part, 1] = nearest.mean(axis=1)
        for column, level in enumerate(ALIKE):
            found[part, 2 + column] = (by_row >= level).sum(axis=1) / others
    found[:, 4] = (rest_of_rows(vectors, rows) * vectors).sum(axis=1)
    found[:, 5] = vectors @ mean
    return found


def rest_of_rows(vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Of every part, the direction of the other parts of its row; zero where there is none."""
    _, place = np.unique(rows, return_inverse=True)
    sums = np.zeros((place.max() + 1, vectors.shape[1]), np.float32)
    np.add.at(sums, place, vectors)
    rest = sums[place] - vectors
    length = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.where(length > 1e-4, rest / np.maximum(length, 1e-4), 0).astype(np.float32)


def rows_of(units: Sequence[Sequence[object]]) -> NDArray[np.int64]:
    """Row number of every unit, int64, shape (n_units,)."""
    return np.repeat(np.arange(len(units)), [len(row) for row in units]).astype(np.int64)
