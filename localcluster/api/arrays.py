"""Plain arrays of a caller's own, checked and brought into the form that the rooms work on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from localcluster.embed.view import unit_rows
from localcluster.errors import InputError


def unit_vectors(vectors: ArrayLike, n: int | None = None) -> NDArray[np.float32]:
    """Vectors scaled to unit length, float32, shape (n, d).

    Raises
    ------
    InputError
        Not two-dimensional, not finite, or of another number of rows than ``n``.
    """
    found = np.asarray(vectors, dtype=np.float32)
    if found.ndim != 2 or not found.size:
        raise InputError(f"The vectors have shape {found.shape}; one vector per row, (n, d), is wanted.")
    if n is not None and len(found) != n:
        raise InputError(f"There are {len(found):,} vectors for {n:,} rows. Give one for each.")
    if not np.isfinite(found).all():
        bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
        raise InputError(
            f"{len(bad):,} of {len(found):,} vectors hold NaN or infinity (the first is row {bad[0]}, "
            "counted from 0). Embed these rows again, or leave them out."
        )
    return unit_rows(found)


def numbered(labels: ArrayLike, n: int | None = None) -> NDArray[np.int64]:
    """Labels of any kind as numbers ``0..k-1`` in their sorted order, shape (n,).

    >>> numbered(["b", "a", "b"]).tolist()
    [1, 0, 1]

    Raises
    ------
    InputError
        Not one-dimensional, or of another number of rows than ``n``.
    """
    found = np.asarray(labels)
    if found.ndim != 1 or not found.size:
        raise InputError(f"The labels have shape {found.shape}; one per row, (n,), is wanted.")
    if n is not None and len(found) != n:
        raise InputError(f"There are {len(found):,} labels for {n:,} rows. Give one for each.")
    return np.unique(found, return_inverse=True)[1].reshape(-1).astype(np.int64)


def questions_about(rows: Sequence[object] | int, questions: ArrayLike, columns: int) -> NDArray[np.int64]:
    """Row numbers of triplets (3 columns) or pairs (2 columns), int64, shape (m, columns).

    Raises
    ------
    InputError
        Another shape, or a number that no row has.
    """
    found = np.asarray(questions)
    n = rows if isinstance(rows, int) else len(rows)
    if found.ndim != 2 or found.shape[1] != columns or found.dtype.kind not in "iu":
        raise InputError(
            f"The questions have shape {found.shape} and type {found.dtype}; row numbers, shape "
            f"(m, {columns}), are wanted."
        )
    if found.size and not 0 <= found.min() <= found.max() < n:
        raise InputError(
            f"The questions number rows {found.min()} to {found.max()}, and there are {n:,} (from 0)."
        )
    return found.astype(np.int64)
