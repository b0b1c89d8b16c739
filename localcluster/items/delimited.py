"""CSV and TSV, every field as the string it was written as.

The standard library's reader is used because it tells the line of a broken row; polars pads short
rows and renames repeated columns in silence.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl

from localcluster.errors import InputError
from localcluster.items.notes import counted
from localcluster.items.parsed import ParsedTable

_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}


def read_delimited(text: str, source: str, delimiter: str | None = None) -> ParsedTable:
    """Read a table whose first row names the columns.

    A blank line between rows is a row of empty fields; blank lines before the header and at the
    end of the file are no rows. A row shorter than the header is filled with empty fields (noted).

    Parameters
    ----------
    text : str
        Decoded file, original line endings.
    source : str
        File name for messages.
    delimiter : str, optional
        None: a comma, or a semicolon or tab where the header has no comma but has one of these.

    Returns
    -------
    ParsedTable
        All columns ``String``.

    Raises
    ------
    InputError
        With the line number, for a row longer than the header or quotes that do not close.
    """
    notes: list[str] = []
    if delimiter is None:
        delimiter = _delimiter(text)
        if delimiter != ",":
            notes.append(f"Columns are split at the {_DELIMITER_NAMES[delimiter]}; the header has no comma.")
    header, rows = _header_and_rows(text, source, delimiter)
    names = _distinct_names(header, notes)
    short: list[int] = []
    fields: list[list[str]] = []
    for line, row in rows:
        if len(row) > len(names) and any(row[len(names) :]):
            raise InputError(
                f"{source}, row {len(fields) + 1} (ending in line {line}): {len(row)} fields, but the header "
                f"has {len(names)}. Put double quotes around a field that contains the "
                f"{_DELIMITER_NAMES[delimiter]}, or correct that row."
            )
        if 0 < len(row) < len(names):
            short.append(len(fields) + 1)
        fields.append(row[: len(names)] + [""] * (len(names) - len(row)))
    if short:
        notes.append(
            f"{counted(len(short), 'row')} with fewer fields than the header's {len(names)} (first: row "
            f"{short[0]:,}): the missing fields are read as empty."
        )
    columns = zip(*fields, strict=True) if fields else ((),) * len(names)
    table = pl.DataFrame([pl.Series(n, c, dtype=pl.String) for n, c in zip(names, columns, strict=True)])
    return ParsedTable(table, tuple(notes))


def header_names(text: str, columns: Sequence[str]) -> list[str]:
    """Those of ``columns`` that the first line of ``text``, read as a header, names.

    >>> header_names("id;body", ["body"]), header_names("body and soul, 5 dollars", ["body"])
    (['body'], [])
    """
    line = text.lstrip("\r\n").split("\n", 1)[0].split("\r", 1)[0]
    with _fields_of_any_length():
        try:
            header = next(csv.reader([line], delimiter=_delimiter(line), strict=True), [])
        except csv.Error:
            return []
    return [column for column in columns if column in header]


def _delimiter(text: str) -> str:
    header = text.lstrip().split("\n", 1)[0]
    if "," not in header:
        for other in (";", "\t"):
            if other in header:
                return other
    return ","


def _header_and_rows(text: str, source: str, delimiter: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    # newline="" keeps the line endings inside quoted fields, as the csv module asks for.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    with _fields_of_any_length():
        try:
            for row in reader:
                if row or rows:
                    rows.append((reader.line_num, row))
        except csv.Error as error:
            raise InputError(
                f"{source}, near line {reader.line_num}: broken quotes ({error}). A field that contains a "
                'double quote must be quoted, and the quote written twice: "a 5"" screen".'
            ) from error
    while rows and not rows[-1][1]:
        rows.pop()
    if not rows:
        raise InputError(f"{source} is empty. Give a file with a header line and at least two rows.")
    return rows[0][1], rows[1:]


@contextmanager
def _fields_of_any_length() -> Iterator[None]:
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _distinct_names(header: list[str], notes: list[str]) -> list[str]:
    names: list[str] = []
    for name in header:
        candidate, count = name, 1
        while candidate in names or (count > 1 and candidate in header):
            count += 1
            candidate = f"{name}_{count}"
        if candidate != name:
            notes.append(f'The column name "{name}" is repeated; a later one is read as "{candidate}".')
        names.append(candidate)
    return names
