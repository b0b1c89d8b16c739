"""The rows of a run: the table as it came, and the texts as the models read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from localcluster.errors import InputError
from localcluster.items.cleaning import EMPTY_TEXT, as_path, is_blank, readable, well_formed
from localcluster.items.columns import (
    Named,
    find_id_column,
    find_text_beside_pictures,
    find_text_columns,
    row_texts,
)
from localcluster.items.distinct import distinct_items, hash_of_rows
from localcluster.items.item import Item
from localcluster.items.notes import counted, id_notes, picture_notes, text_notes
from localcluster.items.parsed import ParsedTable
from localcluster.items.row_pictures import (
    ProgressCallback,
    RowPictures,
    look_at,
    named_from_common_folder,
    no_pictures,
)

MIN_DISTINCT = 2
#: The column of a folder's table.
FILE = "file"


@dataclass(frozen=True, eq=False)
class Items:
    r"""Rows to cluster, in input order; no row of the input is missing.

    Attributes
    ----------
    table : polars.DataFrame
        All input columns, unchanged; of a folder, the column ``file``.
    texts : tuple of str
        One per row, what a report shows: the text as the models read it, or the name of the picture's
        file where the row has no text. In texts, line ends are ``\n``, other control characters than
        tab are spaces, a row without visible characters is :data:`EMPTY_TEXT`. Unicode is not
        normalized, white space and markup are kept.
    ids : tuple of str
        One per row; row numbers from 1 where the input has no id, file names for a folder.
    text_columns : tuple of str
        Where ``texts`` came from; several were read together, in this order.
    source : str
        File or folder name without what it lies in, or ``"stdin"``.
    notes : tuple of str
        Every treatment the user should know of, as sentences.
    unique : tuple of str
        What ``texts`` shows of each distinct item, in order of first appearance.
    inverse : int64, shape (n_rows,)
        ``items[inverse[i]]`` is row ``i``.
    counts : int64, shape (n_unique,)
        Rows per distinct item.
    empty : bool, shape (n_rows,)
        Rows without visible characters (missing ones included) and without a picture that can be read.
    sha256 : str
        Of ids, texts and the bytes of pictures.
    items : tuple of Item
        The distinct items, parallel to ``unique``: what the models compute. Files with the same bytes
        are one.
    images : tuple of (Path or None)
        One per row: its picture, where it has one that can be read.
    image_names : tuple of str
        One per row, also where the picture cannot be read: what a record calls it, from the folder given
        or the table's folder, or the bare file name outside of it; ``""`` where the row names none.
    image_column : str or None
        Where the pictures came from; None in a run without pictures.
    title_lines : tuple of int
        Of each distinct item, the first lines that are columns of their own, such as a subject; empty where
        the text is one column.
    given : Items or None
        The same rows before parts of their texts were left out of reading; None where nothing was.
    """

    table: pl.DataFrame
    texts: tuple[str, ...]
    ids: tuple[str, ...]
    text_columns: tuple[str, ...]
    source: str
    notes: tuple[str, ...]
    unique: tuple[str, ...]
    inverse: NDArray[np.int64]
    counts: NDArray[np.int64]
    empty: NDArray[np.bool_]
    sha256: str
    items: tuple[Item, ...]
    images: tuple[Path | None, ...]
    image_names: tuple[str, ...]
    image_column: str | None = None
    title_lines: tuple[int, ...] = ()
    given: Items | None = None

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

    @property
    def compares_by_text(self) -> bool:
        """Whether a text embedder sees every row: a picture without a text is to it a file's name."""
        return self.has_texts and all(item.text is not None for item in self.items)

    @property
    def whole(self) -> Items:
        """The rows as they came, with nothing left out of their texts."""
        return self.given or self

    @property
    def read_texts(self) -> tuple[str, ...]:
        """What the models read of each row, or show for a picture; ``texts`` where nothing was left out."""
        if self.given is None:
            return self.texts
        return tuple(self.unique[place] for place in self.inverse.tolist())

    def reading(self, texts: Sequence[str], notes: Sequence[str] = ()) -> Items:
        """The same rows, of which the models read other texts; what is shown stays.

        Parameters
        ----------
        texts : sequence of str, length len(self.items)
            What is read of each distinct item. Items that become the same are one from then on.
        notes : sequence of str
            Told to the user, after those of these items.
        """
        first = np.unique(self.inverse, return_index=True)[1]
        rows = RowPictures(
            self.image_column or "",
            tuple(item.image for item in self.items),
            tuple(self.image_names[row] for row in first.tolist()),
            tuple(item.digest for item in self.items),
        )
        given = [None if item.text is None else text for item, text in zip(self.items, texts, strict=True)]
        items, place, _ = distinct_items(given, rows)
        inverse = place[self.inverse]
        shown = [self.unique[i] if text is None else text for i, text in enumerate(given)]
        each = np.unique(place, return_index=True)[1]
        return replace(
            self,
            notes=(*self.notes, *notes),
            unique=tuple(shown[i] for i in each.tolist()),
            inverse=inverse,
            counts=np.bincount(inverse, minlength=len(items)).astype(np.int64),
            sha256=hash_of_rows([text or "" for text in given], [self.sha256], (), no_pictures(0)),
            items=items,
            title_lines=(),
            given=self.whole,
        )

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
    def from_pictures(
        cls,
        paths: Sequence[Path | str],
        texts: Sequence[str | None] | None = None,
        *,
        source: str = "pictures",
        progress: ProgressCallback | None = None,
    ) -> Items:
        """Items of picture files, one row each, with a text beside each picture if given.

        Shown, and known as their ids, are the paths from the deepest folder that holds all of them.

        Raises
        ------
        InputError
            Where no picture can be read, or there are not as many texts as paths.
        """
        if texts is not None and len(texts) != len(paths):
            raise InputError(
                f"There are {len(paths):,} pictures and {len(texts):,} texts. Give one for each."
            )
        named = named_from_common_folder(paths)
        columns = {FILE: [as_path(well_formed(picture.name)) for picture in named]}
        table = pl.DataFrame(columns, schema={FILE: pl.String})
        if texts is not None:
            column = [None if t is None else well_formed(t) for t in texts]
            table = table.with_columns(pl.Series("text", column, dtype=pl.String))
        pictures = look_at(named, FILE, source, progress)
        return cls.from_parsed(ParsedTable(table), source, id_column=FILE, pictures=pictures)

    @classmethod
    def from_parsed(
        cls,
        parsed: ParsedTable,
        source: str,
        *,
        text_column: Named = None,
        id_column: str | None = None,
        pictures: RowPictures | None = None,
    ) -> Items:
        """Find the columns of a table, take the texts and ids from them, and put the pictures beside.

        Raises
        ------
        InputError
            For a column that does not exist, no rows, or no row with text or picture.
        """
        table = parsed.table
        if not table.height:
            raise InputError(
                f"{source} has a header ({', '.join(table.columns)}) but no rows. Give a file with at least "
                f"{MIN_DISTINCT} rows."
            )
        if pictures is None:
            columns, found = find_text_columns(parsed, text_column, source)
            pictures = no_pictures(table.height)
        else:
            columns, found = find_text_beside_pictures(parsed, text_column, pictures.column, source)
        raw = row_texts(table, columns)
        given = [None if text is None or is_blank(text) else text for text in raw]
        empty = np.array(
            [text is None and path is None for text, path in zip(given, pictures.paths, strict=True)],
            dtype=np.bool_,
        )
        if empty.all():
            raise InputError(
                f"{source}: all {len(raw):,} rows of {_called(columns)} are empty. "
                f"Name another column with --text-column; there are: {', '.join(table.columns)}."
            )
        sources = columns or (pictures.column,)
        ids, about_ids = _ids(table, find_id_column(table, id_column, sources, source))
        read = [None if text is None else readable(text) for text in given]
        items, inverse, counts = distinct_items(read, pictures)
        texts = tuple(text or name or EMPTY_TEXT for text, name in zip(read, pictures.names, strict=True))
        first = np.unique(inverse, return_index=True)[1]
        unique = tuple(EMPTY_TEXT if empty[row] else texts[row] for row in first.tolist())
        about_rows = (
            picture_notes(given, [path is not None for path in pictures.paths], len(items), bool(columns))
            if pictures.column
            else text_notes(raw)
        )
        return cls(
            table=table,
            texts=texts,
            ids=ids,
            text_columns=sources,
            source=source,
            notes=(*parsed.notes, *found, *about_ids, *pictures.notes, *about_rows),
            unique=unique,
            inverse=inverse,
            counts=counts,
            empty=empty,
            sha256=hash_of_rows(texts, ids, read, pictures),
            items=items,
            images=pictures.paths,
            image_names=pictures.names,
            image_column=pictures.column or None,
            title_lines=_title_lines(table, columns, first) if len(columns) > 1 else (),
        )


def check_enough(items: Items, k: int | None = None) -> None:
    """Raise :class:`InputError` where fewer distinct texts than clusters exist.

    Parameters
    ----------
    k : int or None
        Number of clusters asked for; None asks for the two that any clustering needs.
        Empty rows do not count.
    """
    distinct = len(set(np.asarray(items.inverse)[~items.empty].tolist()))
    what = "text" if not items.has_images else "row" if items.has_texts else "picture"
    remedy = (
        "Give more rows." if items.has_images else "Give more rows, or another column with --text-column."
    )
    if distinct < MIN_DISTINCT:
        raise InputError(
            f"{items.source} has {counted(len(items), 'row')} and {counted(distinct, f'distinct {what}')}; a "
            f"clustering needs at least {MIN_DISTINCT}. {remedy}"
        )
    if k is not None and distinct < k:
        raise InputError(
            f"-k {k} asks for more clusters than the {distinct} distinct {what}s in {items.source} "
            f"({len(items):,} rows). Use -k {distinct} or less."
        )


def _called(columns: Sequence[str]) -> str:
    names = " and ".join(f'"{column}"' for column in columns)
    return f"column{'s' if len(columns) > 1 else ''} {names}"


def _title_lines(table: pl.DataFrame, columns: Sequence[str], rows: NDArray[np.int64]) -> tuple[int, ...]:
    """Lines with visible characters in all columns but the last, of the rows given."""
    counts = [0] * table.height
    for column in columns[:-1]:
        for row, text in enumerate(table[column].cast(pl.String).to_list()):
            counts[row] += sum(not is_blank(line) for line in readable(text).split("\n"))
    return tuple(counts[row] for row in rows.tolist())


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
