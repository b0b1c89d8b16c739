"""Which column of a table names pictures, and which files its values mean."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from localcluster.errors import InputError
from localcluster.items.cleaning import printable
from localcluster.items.columns import named_column
from localcluster.items.notes import counted
from localcluster.items.parsed import ParsedTable
from localcluster.items.pictures import ENDINGS
from localcluster.items.row_pictures import NamedPicture

#: Column names taken for pictures, best first, where the values end like picture files.
IMAGE_NAMES = (
    "image",
    "picture",
    "photo",
    "img",
    "image_path",
    "image_file",
    "image_name",
    "photo_path",
    "filename",
    "file_name",
    "filepath",
    "file_path",
    "file",
    "path",
    "images",
    "pictures",
    "photos",
)
#: ``--image-column none``: leave the pictures of a table out, even where a column has this name.
NO_PICTURES = "none"

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|data:")
_NOTHING_FETCHED = "nothing is ever fetched from a network"


def find_image_column(
    parsed: ParsedTable, named: str | None, folder: Path, source: str
) -> tuple[str | None, tuple[str, ...]]:
    """The column that names pictures, if there is one, and what to tell the user about it.

    A named column must exist. Otherwise the first of :data:`IMAGE_NAMES` is taken in which most values
    end like a picture file, and where at least one such file is there.

    Raises
    ------
    InputError
        For a named column that is absent or holds no plain strings.
    """
    table = parsed.table
    if named == NO_PICTURES:
        return None, ()
    if named is not None:
        column = named_column(table, named, source, "--image-column")
        if column in parsed.not_text or table[column].dtype != pl.String:
            reason = parsed.not_text.get(column, f"it holds {table[column].dtype}")
            raise InputError(
                f'{source}: column "{column}" cannot be read as paths of pictures ({reason}). Write the '
                "pictures to files, and their paths into the column."
            )
        return column, ()
    notes: list[str] = []
    for column in _candidates(parsed):
        values = [value for value in table[column].to_list() if value and value.strip()]
        endings = [value for value in values if value.strip().lower().endswith(ENDINGS)]
        if 2 * len(endings) <= len(values):
            continue
        addresses = sum(_ADDRESS.match(value.strip()) is not None for value in endings)
        if 2 * addresses > len(endings):
            notes.append(f'Column "{column}" holds web addresses; {_NOTHING_FETCHED}, so it is not read.')
        elif not any(_is_there(_path(value, folder)) for value in endings):
            notes.append(
                f'Column "{column}" names pictures, but none of the {len(endings):,} files is there (first: '
                f'"{printable(endings[0])}"), so it is not read. Paths count from the folder of the table.'
            )
        else:
            notes.append(
                f'The pictures are taken from column "{column}" '
                f"(--image-column {NO_PICTURES} leaves them out)."
            )
            return column, tuple(notes)
    return None, tuple(notes)


def pictures_named(
    values: Sequence[str | None], column: str, folder: Path, source: str
) -> tuple[list[NamedPicture | None], tuple[str, ...]]:
    """The file that each value means: a path from the table's folder, or an absolute one.

    The table is the user's own, so a path may lead anywhere; that it leaves the folder is noted. The name
    shown is relative to the folder, or the bare file name outside of it: a record holds no machine's paths
    but those that stand in the table.

    Raises
    ------
    InputError
        For a web address, with its row.
    """
    root = Path(os.path.normpath(folder))
    found: list[NamedPicture | None] = []
    outside = []
    for row, value in enumerate(values, start=1):
        stripped = (value or "").strip()
        if not stripped:
            found.append(None)
            continue
        if _ADDRESS.match(stripped):
            raise InputError(
                f'{source}, row {row:,}: column "{column}" holds the web address '
                f'"{printable(stripped)[:80]}"; {_NOTHING_FETCHED}. Save the pictures to files and put their '
                f"paths into the column, or leave them out: --image-column {NO_PICTURES}"
            )
        path = _path(stripped, folder)
        straight = Path(os.path.normpath(path))
        if straight.is_relative_to(root):
            found.append(NamedPicture(path, straight.relative_to(root).as_posix()))
        else:
            outside.append(row)
            found.append(NamedPicture(path, straight.name))
    if not outside:
        return found, ()
    return found, (
        f"{counted(len(outside), 'picture')} outside of the folder of the table (first: row {outside[0]:,}): "
        "read, because the table names them.",
    )


def _candidates(parsed: ParsedTable) -> list[str]:
    plain = [
        c for c in parsed.table.columns if parsed.table[c].dtype == pl.String and c not in parsed.not_text
    ]
    return [c for name in IMAGE_NAMES for c in plain if c.strip().casefold() == name]


def _path(value: str, folder: Path) -> Path:
    path = folder / value.strip()
    if "\\" in value and not _is_there(path):
        # Written on Windows, read here.
        return folder / value.strip().replace("\\", "/")
    return path


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False
