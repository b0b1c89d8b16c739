"""What questions are about: texts, or items with an image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from localcluster.backends.base import Item
from localcluster.errors import InputError
from localcluster.items.in_memory import as_list

#: A distinct row of the data: its text, or an item that has an image, a text or both.
Row: TypeAlias = str | Item


def rows_of(rows: Iterable[Row]) -> list[Row]:
    """Rows of any column as a list of texts and items.

    Raises
    ------
    InputError
        Naming the first row that is neither.
    """
    found: list[Row] = []
    for place, row in enumerate(as_list(rows)):
        if not isinstance(row, (str, Item)):
            raise InputError(
                f"Row {place} (counted from 0) is not a text but a {type(row).__name__}. Leave it out, or "
                "give its text."
            )
        found.append(str(row) if isinstance(row, str) else row)
    return found


def as_item(row: Row, limit: int | None = None) -> Item:
    """A row as a prompt shows it: its image, and its text, or the beginning of it."""
    item = row if isinstance(row, Item) else Item(row)
    if limit is None or item.text is None or len(item.text) <= limit:
        return item
    return replace(item, text=item.text[:limit] + "...")


def content(row: Row) -> str | list[str | None]:
    """What identifies a row in a store's keys: never the name or place of a file."""
    if isinstance(row, str):
        return row
    return (row.text or "") if row.image is None else [row.text, row.digest]


def label(row: Row) -> str:
    """A row in a line of an export: its text, or the name of its image's file."""
    if isinstance(row, str):
        return row
    return " ".join(part for part in (None if row.image is None else row.image.name, row.text) if part)


def have_images(rows: Iterable[Row]) -> bool:
    """Whether any row has an image."""
    return any(isinstance(row, Item) and row.image is not None for row in rows)
