"""Which column holds the text, and which the ids: named by the user or found, never guessed in silence."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import polars as pl

from localcluster.errors import InputError
from localcluster.items.cleaning import is_blank
from localcluster.items.parsed import ParsedTable

#: Column names taken for the text, best first, compared without case.
TEXT_NAMES = (
    "text",
    "body",
    "content",
    "message",
    "description",
    "review",
    "comment",
    "feedback",
    "note",
    "utterance",
    "sentence",
    "question",
    "query",
    "abstract",
    "document",
    "texts",
    "reviews",
    "comments",
    "messages",
    "notes",
    "sentences",
)
#: Column names of a text's heading: worth reading together with the text, never instead of it.
HEADING_NAMES = ("subject", "title", "summary")
ID_NAME = "id"

#: Columns as a caller names them: one, several that are read together, or None to have one found.
Named: TypeAlias = str | Sequence[str] | None


def find_text_columns(
    parsed: ParsedTable, named: Named, source: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that hold the text, in reading order, and what to tell the user about the choice.

    Named columns must exist. Otherwise the first of :data:`TEXT_NAMES` that occurs is taken, and
    failing that the string column whose texts are longest on average; a choice among several is noted.

    Raises
    ------
    InputError
        Listing the columns, and the nearest names to the one asked for; or for one that is named twice.
    """
    table = parsed.table
    if names := as_names(named):
        columns = tuple(named_column(table, name, source, "--text-column") for name in names)
        for place, column in enumerate(columns):
            if column in parsed.not_text:
                raise InputError(
                    f'{source}: column "{column}" cannot be read as text ({parsed.not_text[column]}). '
                    "Name a column of plain strings with --text-column."
                )
            if column in columns[:place]:
                raise InputError(
                    f'{source}: column "{column}" is named twice. Name it once with --text-column.'
                )
        return columns, ()
    candidates = [c for c in table.columns if table[c].dtype == pl.String and c not in parsed.not_text]
    if not candidates:
        raise InputError(
            f"{source} has no column of plain text. Its columns: {_listed(table.columns)}. "
            "Add one, or name a column with --text-column."
        )
    known = [c for name in TEXT_NAMES for c in candidates if c.strip().casefold() == name]
    if known:
        others = f" ({_listed(known[1:])} would do too: --text-column NAME)" if len(known) > 1 else ""
        notes = (f'The text is taken from column "{known[0]}"{others}.',) if others else ()
        headings = [c for name in HEADING_NAMES for c in candidates if c.strip().casefold() == name]
        return (known[0],), (*notes, *_about_heading(headings[:1], known[0]))
    texts = [c for c in candidates if c.strip().casefold() != ID_NAME] or candidates
    longest = max(texts, key=lambda c: _mean_length(table[c]))
    if len(table.columns) == 1:
        return (longest,), ()
    return (longest,), (
        f'The text is taken from column "{longest}", the longest on average '
        f"({_mean_length(table[longest]):,.0f} characters) of {_listed(table.columns)}. "
        "Name another with --text-column.",
    )


def row_texts(table: pl.DataFrame, columns: Sequence[str]) -> list[str | None]:
    r"""The text of each row: that of its columns, each beginning on a line of its own.

    Parameters
    ----------
    columns : sequence of str
        In reading order. One alone is taken as it is; none gives rows without text.

    Returns
    -------
    list of (str or None)
        None where no column has a value; empty columns leave no line behind.

    Examples
    --------
    >>> table = pl.DataFrame({"subject": ["Refund", None], "body": ["Please.", "Hello"]})
    >>> row_texts(table, ["subject", "body"])
    ['Refund\nPlease.', 'Hello']
    """
    parts = [table[column].cast(pl.String).to_list() for column in columns]
    if not parts:
        return [None] * table.height
    return parts[0] if len(parts) == 1 else [_joined(values) for values in zip(*parts, strict=True)]


def _joined(values: Sequence[str | None]) -> str | None:
    given = [value for value in values if value is not None]
    return "\n".join(value for value in given if not is_blank(value)) if given else None


def _about_heading(headings: Sequence[str], text: str) -> tuple[str, ...]:
    return tuple(
        f'Column "{heading}" is not read. To read both together: '
        f"--text-column {shlex.quote(heading)} --text-column {shlex.quote(text)}"
        for heading in headings
    )


def as_names(named: Named) -> tuple[str, ...]:
    """One name, or several, as a tuple; nothing for None.

    >>> as_names("body"), as_names(["subject", "body"]), as_names(None)
    (('body',), ('subject', 'body'), ())
    """
    if named is None:
        return ()
    return (named,) if isinstance(named, str) else tuple(named)


def find_text_beside_pictures(
    parsed: ParsedTable, named: Named, image_column: str, source: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The text columns of a table whose rows have pictures; none where only the pictures are to be read.

    Only a column that is named, or called like one of :data:`TEXT_NAMES`, is text here: the longest of the
    others could as well hold the labels of the pictures.
    """
    names = as_names(named)
    if image_column in [named_column(parsed.table, name, source, "--text-column") for name in names]:
        raise InputError(
            f'{source}: column "{image_column}" cannot be the text and the pictures. '
            "Name another with --text-column."
        )
    others = replace(parsed, table=parsed.table.drop(image_column))
    called_text = [c for c in others.table.columns if c.strip().casefold() in TEXT_NAMES]
    usable = [c for c in called_text if others.table[c].dtype == pl.String and c not in parsed.not_text]
    if names or usable:
        return find_text_columns(others, names, source)
    return (), ()


def find_id_column(table: pl.DataFrame, named: str | None, taken: Sequence[str], source: str) -> str | None:
    """The id column: the named one, else one called ``id`` in any case, else None."""
    if named is not None:
        return named_column(table, named, source, "--id-column")
    found = [c for c in table.columns if c.strip().casefold() == ID_NAME and c not in taken]
    return found[0] if found else None


def named_column(table: pl.DataFrame, named: str, source: str, option: str) -> str:
    """The column called ``named``, exactly or, where that is unique, without regard to case.

    Raises
    ------
    InputError
        When there is none; names the closest columns and lists all.
    """
    columns: list[str] = table.columns
    if named in columns:
        return named
    by_folded = {c.strip().casefold(): c for c in columns}
    wanted = named.strip().casefold()
    if [c.strip().casefold() for c in columns].count(wanted) == 1:
        return by_folded[wanted]
    close = difflib.get_close_matches(wanted, by_folded, n=1)
    hint = (
        f' Did you mean {option} "{by_folded[close[0]]}"?' if close else f" Name one of them with {option}."
    )
    raise InputError(f'{source} has no column "{named}". Its columns: {_listed(columns)}.{hint}')


def _mean_length(column: pl.Series) -> float:
    return float(column.fill_null("").str.len_chars().sum()) / max(len(column), 1)


def _listed(names: list[str], most: int = 12) -> str:
    shown = ", ".join(f'"{n}"' for n in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
