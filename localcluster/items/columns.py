"""Which column holds the text, and which the ids: named by the user or found, never guessed in silence."""

from __future__ import annotations

import difflib
from dataclasses import replace

import polars as pl

from localcluster.errors import InputError
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
ID_NAME = "id"


def find_text_column(parsed: ParsedTable, named: str | None, source: str) -> tuple[str, tuple[str, ...]]:
    """The text column and what to tell the user about the choice.

    A named column must exist. Otherwise the first of :data:`TEXT_NAMES` that occurs is taken, and
    failing that the string column whose texts are longest on average; a choice among several is noted.

    Raises
    ------
    InputError
        Listing the columns, and the nearest names to the one asked for.
    """
    table = parsed.table
    if named is not None:
        column = named_column(table, named, source, "--text-column")
        if column in parsed.not_text:
            raise InputError(
                f'{source}: column "{column}" cannot be read as text ({parsed.not_text[column]}). '
                "Name a column of plain strings with --text-column."
            )
        return column, ()
    candidates = [c for c in table.columns if table[c].dtype == pl.String and c not in parsed.not_text]
    if not candidates:
        raise InputError(
            f"{source} has no column of plain text. Its columns: {_listed(table.columns)}. "
            "Add one, or name a column with --text-column."
        )
    known = [c for name in TEXT_NAMES for c in candidates if c.strip().casefold() == name]
    if known:
        others = f" ({_listed(known[1:])} would do too: --text-column NAME)" if len(known) > 1 else ""
        return known[0], ((f'The text is taken from column "{known[0]}"{others}.',) if others else ())
    texts = [c for c in candidates if c.strip().casefold() != ID_NAME] or candidates
    longest = max(texts, key=lambda c: _mean_length(table[c]))
    if len(table.columns) == 1:
        return longest, ()
    return longest, (
        f'The text is taken from column "{longest}", the longest on average '
        f"({_mean_length(table[longest]):,.0f} characters) of {_listed(table.columns)}. "
        "Name another with --text-column.",
    )


def find_text_beside_pictures(
    parsed: ParsedTable, named: str | None, image_column: str, source: str
) -> tuple[str | None, tuple[str, ...]]:
    """The text column of a table whose rows have pictures; None where only the pictures are to be read.

    Only a column that is named, or called like one of :data:`TEXT_NAMES`, is text here: the longest of the
    others could as well hold the labels of the pictures.
    """
    if named is not None and named_column(parsed.table, named, source, "--text-column") == image_column:
        raise InputError(
            f'{source}: column "{image_column}" cannot be the text and the pictures. '
            "Name another with --text-column."
        )
    others = replace(parsed, table=parsed.table.drop(image_column))
    called_text = [c for c in others.table.columns if c.strip().casefold() in TEXT_NAMES]
    usable = [c for c in called_text if others.table[c].dtype == pl.String and c not in parsed.not_text]
    if named is not None or usable:
        return find_text_column(others, named, source)
    return None, ()


def find_id_column(table: pl.DataFrame, named: str | None, text_column: str, source: str) -> str | None:
    """The id column: the named one, else one called ``id`` in any case, else None."""
    if named is not None:
        return named_column(table, named, source, "--id-column")
    found = [c for c in table.columns if c.strip().casefold() == ID_NAME and c != text_column]
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
