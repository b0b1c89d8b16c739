"""What a notebook calls rows - lists, arrays, Series, paths of pictures - as :class:`Items`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path, PurePath
from typing import Any, TypeAlias

import numpy as np

from localcluster.errors import InputError
from localcluster.items.cleaning import EMPTY_TEXT, is_blank, printable
from localcluster.items.items import Items
from localcluster.items.notes import counted
from localcluster.items.pictures import ENDINGS
from localcluster.items.row_pictures import ProgressCallback

#: What every method of the estimator takes: texts, paths of pictures, or rows that were read already.
Rows: TypeAlias = Iterable[object] | Items

#: Missing values of pandas, known by name so that pandas need not be installed.
_MISSING = {"NAType", "NaTType"}
_REMEDY = 'Give a list of texts, or one column of a table: frame["text"].'


def read_rows(
    rows: Rows,
    *,
    pictures: bool | None = None,
    new: bool = False,
    progress: ProgressCallback | None = None,
) -> Items:
    """Rows in the order given; None and NaN are missing texts.

    Parameters
    ----------
    rows : iterable or Items
        Texts or paths of pictures: a list, a numpy array of shape (n,) or (n, 1), a Series or a frame of one
        column (pandas or polars). Rows are pictures where all of them are ``pathlib`` paths, or all are
        strings that end as picture files do. :class:`Items` are taken as they are.
    pictures : bool, optional
        Whether they are pictures, where that is known; so that a single new text that ends in ``.png`` stays
        a text.
    new : bool
        Rows to predict: they may all be empty.
    progress : callable, optional
        ``progress(done, total)`` in pictures.

    Raises
    ------
    InputError
        For anything else, naming the first row that does not fit.
    """
    if isinstance(rows, Items):
        return rows
    values = [None if _is_missing(value) else value for value in as_list(rows)]
    if not values:
        raise InputError(f"There are no rows. {_REMEDY}")
    if pictures is None:
        pictures = _are_pictures(values)
    if pictures:
        _check_unmixed(values)
        paths = [_path(value, row) for row, value in enumerate(values)]
        return Items.from_pictures(paths, progress=progress)
    texts = [_text(value, row) for row, value in enumerate(values)]
    if new:
        # The item that a row without text is: a batch of nothing else would be refused.
        texts = [EMPTY_TEXT if text is None or is_blank(text) else text for text in texts]
    elif all(text is None or is_blank(text) for text in texts):
        raise InputError(f"All {len(texts):,} rows are empty. {_REMEDY}")
    return Items.from_texts(texts)


def check_rows(items: Items, fewest: int) -> None:
    """Raise :class:`InputError` where there are fewer distinct rows than clusters asked for."""
    distinct = len(np.unique(items.inverse[~items.empty]))
    if distinct < fewest:
        raise InputError(
            f"{fewest} clusters need as many distinct rows, and there {'is' if distinct == 1 else 'are'} "
            f"{distinct} ({counted(len(items), 'row')} in all, those without content not counted). Give more "
            "rows" + (f", or n_clusters={distinct}." if distinct >= 2 else ".")
        )


def as_list(rows: object) -> list[object]:
    """The values of a column, whatever holds it.

    Raises
    ------
    InputError
        For a single text, a mapping, several columns, or what cannot be iterated over.
    """
    if isinstance(rows, (str, bytes, PurePath)):
        raise InputError(f"One {type(rows).__name__} was given where rows are wanted. {_REMEDY}")
    if isinstance(rows, (Mapping, Set)):
        raise InputError(f"A {type(rows).__name__} has no order of rows. {_REMEDY}")
    if hasattr(rows, "collect_schema") and hasattr(rows, "collect"):
        rows = rows.collect()  # a lazy frame of polars
    column: Any = rows
    names = getattr(rows, "columns", None)
    if names is not None:
        names = [str(name) for name in names]
        if len(names) != 1:
            raise InputError(
                f"A frame of {len(names)} columns was given ({', '.join(names[:8])}), and one is read. "
                f"{_REMEDY} To read several together, join them: "
                'frame["subject"] + "\\n" + frame["body"].'
            )
        column = column[next(iter(column.columns))]
    if isinstance(column, np.ndarray):
        if column.ndim == 2 and column.shape[1] == 1:
            column = column[:, 0]
        if column.ndim != 1:
            raise InputError(f"An array of shape {column.shape} was given; rows have shape (n,). {_REMEDY}")
        return list(column.tolist())
    to_list = getattr(column, "to_list", None)
    if callable(to_list):
        return list(to_list())
    try:
        return list(column)
    except TypeError as error:
        raise InputError(f"A {type(rows).__name__} holds no rows. {_REMEDY}") from error


def _is_missing(value: object) -> bool:
    if isinstance(value, (float, np.floating)):
        return math.isnan(value)
    return value is None or type(value).__name__ in _MISSING


def _are_pictures(values: Sequence[object]) -> bool:
    given = [value for value in values if value is not None]
    if any(isinstance(value, PurePath) for value in given):
        return True
    return bool(given) and all(isinstance(v, str) and v.lower().endswith(ENDINGS) for v in given)


def _check_unmixed(values: Sequence[object]) -> None:
    """Refuse texts among ``pathlib`` paths: most of them name no file, but why would not be told."""
    found = next(((row, value) for row, value in enumerate(values) if isinstance(value, PurePath)), None)
    if found is None:
        return
    at, path = found
    for row, value in enumerate(values):
        if isinstance(value, str) and value and not value.strip().lower().endswith(ENDINGS):
            raise InputError(
                f'Row {at} (counted from 0) is a path ("{printable(path.name)[:60]}"), and row {row} is a '
                f'text ("{printable(value)[:60]}"). Give texts only, or paths of pictures only.'
            )


def _path(value: object, row: int) -> Path:
    if isinstance(value, (str, PurePath)) and str(value):
        return Path(value)
    found = "nothing" if value is None or value == "" else f"a {type(value).__name__}"
    raise InputError(
        f"Row {row} (counted from 0) is {found} among paths of pictures. Leave it out, or give a path."
    )


def _text(value: object, row: int) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    kind = type(value).__name__
    if isinstance(value, PurePath):
        kind = "path of a picture, and texts were fitted"
    remedy = 'Decode it: row.decode("utf-8").' if isinstance(value, bytes) else _REMEDY
    raise InputError(f"Row {row} (counted from 0) is not a text but a {kind}. {remedy}")
