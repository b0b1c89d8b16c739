"""The rows of a run: the table as it came, and the texts as the models read them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from localcluster.errors import InputError
from localcluster.items.cleaning import EMPTY_TEXT, is_blank, readable, well_formed
from localcluster.items.columns import find_id_column, find_text_column
from localcluster.items.item import Item
from localcluster.items.notes import counted, id_notes, text_notes
from localcluster.items.parsed import ParsedTable

MIN_DISTINCT = 2


@dataclass(frozen=True, eq=False)
class Items:
    r"""Rows to cluster, in input order; no row of the input is missing.

    Attributes
    ----------
    table : polars.DataFrame
        All input columns, unchanged.
    texts : tuple of str
        One per row, as the models read them: line ends are ``\n``, other control characters than
        tab are spaces, a row without visible characters is :data:`EMPTY_TEXT`. Unicode is not
        normalized, white space and markup are kept.
    ids : tuple of str
        One per row; row numbers from 1 where the input has no id.
    text_column : str
        Where the texts came from.
    source : str
        File name without its folder, or ``"stdin"``.
    notes : tuple of str
        Every treatment the user should know of, as sentences.
    unique : tuple of str
        Distinct texts in order of first appearance: what the models compute.
    inverse : int64, shape (n_rows,)
        ``unique[inverse[i]] == texts[i]``.
    counts : int64, shape (n_unique,)
        Rows per distinct text.
    empty : bool, shape (n_rows,)
        Rows without visible characters, missing ones included.
    sha256 : str
        Of ids, texts and the bytes of pictures.
    items : tuple of Item
        The distinct items themselves, parallel to ``unique``.
    images : tuple of (Path or None)
        One per row: its picture, where it has one that can be read.
    image_column : str or None
        Where the pictures came from; None in a run without pictures.
    """

    table: pl.DataFrame
    texts: tuple[str, ...]
    ids: tuple[str, ...]
    text_column: str
    source: str
    notes: tuple[str, ...]
    unique: tuple[str, ...]
    inverse: NDArray[np.int64]
    counts: NDArray[np.int64]
    empty: NDArray[np.bool_]
    sha256: str
    items: tuple[Item, ...]
    images: tuple[Path | None, ...]
    image_column: str | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def has_images(self) -> bool:
        """Whether any row has a picture that can be read."""
        return any(item.image is not None for item in self.items)

    @property
    def has_texts(self) -> bool:
        """Whether any row has a text of its own, other than the name of its picture's file."""
        return any(item.text not in (None, EMPTY_TEXT) for item in self.items)

    @classmethod
    def from_texts(cls, texts: Sequence[str | None], *, source: str = "texts") -> Items:
        """Items of texts held in memory; None is a missing text.

        Examples
        --------
        >>> Items.from_texts(["good", "bad", "good"]).inverse.tolist()
        [0, 1, 0]
        """
        column = [None if t is None else well_formed(t) for t in texts]
        return cls.from_parsed(
            ParsedTable(pl.DataFrame({"text": pl.Series(column, dtype=pl.String)})), source
        )

    @classmethod
    def from_parsed(
        cls,
        parsed: ParsedTable,
        source: str,
        *,
        text_column: str | None = None,
        id_column: str | None = None,
    ) -> Items:
        """Find the columns of a table and take the texts and ids from them.

        Raises
        ------
        InputError
            For a column that does not exist, no rows, or no row with text.
        """
        table = parsed.table
        if not table.height:
            raise InputError(
                f"{source} has a header ({', '.join(table.columns)}) but no rows. Give a file with at least "
                f"{MIN_DISTINCT} rows of text."
            )
        column, found = find_text_column(parsed, text_column, source)
        id_name = find_id_column(table, id_column, column, source)
        raw = table[column].cast(pl.String).to_list()
        texts = tuple(map(readable, raw))
        empty = np.fromiter((is_blank(t) for t in texts), dtype=np.bool_, count=len(texts))
        if empty.all():
            raise InputError(
                f'{source}: all {len(texts):,} rows of column "{column}" are empty. '
                f"Name another column with --text-column; there are: {', '.join(table.columns)}."
            )
        texts = tuple(EMPTY_TEXT if blank else t for t, blank in zip(texts, empty, strict=True))
        ids, about_ids = _ids(table, id_name)
        unique, inverse, counts = _distinct(texts)
        notes = (*parsed.notes, *found, *about_ids, *text_notes(raw))
        sha256 = _hash(texts, ids)
        items = tuple(map(Item, unique))
        images = (None,) * len(texts)
        return cls(
            table, texts, ids, column, source, notes, unique, inverse, counts, empty, sha256, items, images
        )


def check_enough(items: Items, k: int | None = None) -> None:
    """Raise :class:`InputError` where fewer distinct texts than clusters exist.

    Parameters
    ----------
    items : Items
    k : int or None
        Number of clusters asked for; None asks for the two that any clustering needs.
        Empty rows do not count.
    """
    distinct = len(set(np.asarray(items.inverse)[~items.empty].tolist()))
    if distinct < MIN_DISTINCT:
        raise InputError(
            f"{items.source} has {counted(len(items), 'row')} and {counted(distinct, 'distinct text')}; a "
            f"clustering needs at least {MIN_DISTINCT}. Give more rows, or another column with --text-column."
        )
    if k is not None and distinct < k:
        raise InputError(
            f"-k {k} asks for more clusters than the {distinct} distinct texts in {items.source} "
            f"({len(items):,} rows). Use -k {distinct} or less."
        )


def _ids(table: pl.DataFrame, column: str | None) -> tuple[tuple[str, ...], list[str]]:
    numbers = tuple(str(i) for i in range(1, table.height + 1))
    if column is None:
        return numbers, []
    kind = table[column].dtype
    if kind.is_nested() or kind == pl.Binary:
        raise InputError(f'Column "{column}" holds {kind}, not ids. Name another with --id-column.')
    given = [None if value is None else str(value) for value in table[column].to_list()]
    ids = tuple(value or number for value, number in zip(given, numbers, strict=True))
    return ids, id_notes(given, ids, column)


def _distinct(
    texts: Sequence[str],
) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64]]:
    index: dict[str, int] = {}
    inverse = np.fromiter((index.setdefault(t, len(index)) for t in texts), dtype=np.int64, count=len(texts))
    return tuple(index), inverse, np.bincount(inverse, minlength=len(index)).astype(np.int64)


def _hash(texts: Sequence[str], ids: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for value in (*ids, *texts):
        data = value.encode("utf-8")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()
