"""Arrays of a caller's own, checked by the public functions and brought into the form they work on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from localcluster.errors import ConfigError, InputError

#: A vector whose length differs by less from 1 is taken as it is.
_ROUNDING = 1e-5
#: A vector shorter than this is zero: its direction is rounding.
_ZERO = 1e-12


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to unit length; a row that is zero up to rounding becomes zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length < _ZERO, 0, vectors / np.maximum(length, _ZERO)).astype(np.float32, copy=False)


def check_choice(name: str, given: object, known: Collection[str]) -> None:
    """Raise :class:`ConfigError` where a setting is none of those that are known."""
    if given not in known:
        raise ConfigError(f"{name}={given!r} is not known. Use one of: {', '.join(map(repr, known))}.")


def unit_vectors(vectors: ArrayLike, n: int | None = None) -> NDArray[np.float32]:
    """Vectors scaled to unit length, float32, shape (n, d).

    Raises
    ------
    InputError
        Not numbers, not two-dimensional, not finite, or of another number of rows than ``n``.
    """
    found = _array(vectors, "vectors", np.float32)
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
    # Scaling a unit vector again would change its last digits, and with them what a stage of a run finds.
    length = np.linalg.norm(found, axis=1, keepdims=True)
    unit = np.abs(length - 1) < _ROUNDING
    return found if unit.all() else np.where(unit, found, unit_rows(found))


def numbered(labels: ArrayLike, n: int | None = None) -> NDArray[np.int64]:
    """Labels of any kind as numbers ``0..k-1`` in their sorted order, shape (n,).

    >>> numbered(["b", "a", "b"]).tolist()
    [1, 0, 1]

    Raises
    ------
    InputError
        Not one-dimensional, of another number of rows than ``n``, missing, or of kinds that have no order.
    """
    found = _array(labels, "labels")
    if found.ndim != 1 or not found.size:
        raise InputError(f"The labels have shape {found.shape}; one per row, (n,), is wanted.")
    if n is not None and len(found) != n:
        raise InputError(f"There are {len(found):,} labels for {n:,} rows. Give one for each.")
    if found.dtype.kind == "f" and np.isnan(found).any():
        raise InputError(f"Row {np.isnan(found).argmax()} (counted from 0) has NaN for a label. Give it one.")
    try:
        return np.unique(found, return_inverse=True)[1].reshape(-1).astype(np.int64)
    except TypeError as error:
        raise InputError(
            f"The labels cannot be put in order ({error}). Give numbers only, or strings only, and no None."
        ) from error


def questions_about(rows: Sequence[object] | int, questions: ArrayLike, columns: int) -> NDArray[np.int64]:
    """Row numbers of triplets (3 columns) or pairs (2 columns), int64, shape (m, columns).

    Raises
    ------
    InputError
        Another shape, or a number that no row has.
    """
    found = _array(questions, "questions")
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


def _array(given: ArrayLike, what: str, dtype: Any = None) -> NDArray[Any]:
    try:
        return np.asarray(given, dtype=dtype)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"The {what} are not an array ({error}). Give a numpy array.") from error
