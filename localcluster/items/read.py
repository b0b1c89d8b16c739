"""Files and standard input to :class:`Items`."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from localcluster.errors import InputError
from localcluster.items.cleaning import as_path, printable, well_formed
from localcluster.items.columns import Named, as_names
from localcluster.items.decode import decode, first_character
from localcluster.items.delimited import header_names, read_delimited
from localcluster.items.folder import find_pictures
from localcluster.items.image_column import NO_PICTURES, find_image_column, pictures_named
from localcluster.items.items import FILE, Items
from localcluster.items.objects import read_json, read_json_lines
from localcluster.items.parsed import ParsedTable
from localcluster.items.pictures import ENDINGS
from localcluster.items.row_pictures import NamedPicture, ProgressCallback, look_at
from localcluster.items.trial import kills_parquet_reader

STDIN = "-"
_SUFFIXES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet", ".txt")
_PARQUET_MAGIC = b"PAR1"


def read_items(
    source: str,
    *,
    text_column: Named = None,
    id_column: str | None = None,
    image_column: str | None = None,
    known_text_columns: Sequence[str] = (),
    stdin: BinaryIO | None = None,
    progress: ProgressCallback | None = None,
) -> Items:
    """Read the rows of a file or of standard input, or the pictures of a folder.

    Parameters
    ----------
    source : str
        Path of a ``.csv``, ``.tsv``, ``.jsonl`` / ``.ndjson``, ``.json`` (array of objects),
        ``.parquet`` or ``.txt`` (one row a line) file, of a folder of pictures, or ``"-"``.
        Standard input is JSON lines where its first visible character is ``{``; else CSV where a
        column is named, or its first line is a header with one of ``known_text_columns``; else one row
        a line.
    text_column : str or sequence of str, optional
        Several columns are read together: the text of a row is that of its columns, each beginning on a
        line of its own. None: found in the table (:mod:`localcluster.items.columns`).
    id_column : str, optional
        None: found in the table.
    image_column : str, optional
        Column with the paths of pictures, counted from the table's folder (from the working directory
        for ``"-"``); ``"none"`` leaves pictures out. None: found in the table
        (:mod:`localcluster.items.image_column`).
    known_text_columns : sequence of str
        Columns that an earlier table's texts were in: those that the table has are taken where none is
        named.
    stdin : binary file, optional
        Read for ``"-"``; the process's own by default.
    progress : callable, optional
        Called as ``progress(done, total)`` while pictures are looked at.

    Raises
    ------
    InputError
        For anything that cannot be read or holds nothing to cluster. No other error reaches the caller,
        whatever the bytes.
    """
    named = bool(as_names(text_column)) or id_column is not None or image_column not in (None, NO_PICTURES)
    if source == STDIN:
        data, name, folder = (stdin or sys.stdin.buffer).read(), "stdin", Path.cwd()
        parsed = _parse_stdin(data, named, known_text_columns)
    elif is_folder(source):
        if image_column == NO_PICTURES:
            raise InputError(
                f"{printable(source)} is a folder; without pictures, give one file of rows in it."
            )
        if named:
            raise InputError(
                f"{printable(source)} is a folder of pictures and has no columns. Leave out --text-column, "
                "--id-column and --image-column."
            )
        return _read_folder(Path(source), progress)
    else:
        path = Path(source)
        data, name, folder = _bytes_of(path), path.name, path.absolute().parent
        parsed = _parse_file(data, name, path.suffix.lower())
    pictures = None
    column, about_column = find_image_column(parsed, image_column, folder, name)
    parsed = replace(parsed, notes=(*parsed.notes, *about_column))
    if column is not None and parsed.table.height:
        files, about_files = pictures_named(parsed.table[column].to_list(), column, folder, name)
        parsed = replace(parsed, notes=(*parsed.notes, *about_files))
        remedy = (
            f" Paths count from {printable(str(folder))}; --image-column {NO_PICTURES} leaves pictures out."
        )
        pictures = look_at(files, column, name, progress, remedy)
    if not as_names(text_column):
        text_column = [c for c in known_text_columns if c != column and c in parsed.table.columns]
        if 0 < len(text_column) < len(known_text_columns):
            missing = [c for c in known_text_columns if c not in text_column]
            note = f"{name} has no column {_quoted(missing)}, which "
            note += f"was read before: the text is {_quoted(text_column)} alone."
            parsed = replace(parsed, notes=(*parsed.notes, note))
    return Items.from_parsed(parsed, name, text_column=text_column, id_column=id_column, pictures=pictures)


def read_table(source: str) -> ParsedTable:
    """The table of a file by itself, before any of its columns is taken for the text.

    Raises
    ------
    InputError
        As :func:`read_items` does.
    """
    path = Path(source)
    return _parse_file(_bytes_of(path), path.name, path.suffix.lower())


def is_folder(source: str) -> bool:
    """Whether a path leads to a folder; False for what is no path at all."""
    try:
        return Path(source).is_dir()
    except (OSError, ValueError):  # told with its reason where the file is opened
        return False


def _read_folder(folder: Path, progress: ProgressCallback | None) -> Items:
    found = find_pictures(folder)
    name = folder.resolve().name or "pictures"
    shown = [as_path(well_formed(name)) for name in found.names]
    table = pl.DataFrame({FILE: pl.Series(shown, dtype=pl.String)})
    named = [NamedPicture(*pair) for pair in zip(found.paths, found.names, strict=True)]
    pictures = look_at(named, FILE, name, progress)
    return Items.from_parsed(ParsedTable(table, found.notes), name, id_column=FILE, pictures=pictures)


def _bytes_of(path: Path) -> bytes:
    endings = ", ".join(_SUFFIXES)
    try:
        if path.suffix.lower() in ENDINGS and path.exists():
            raise InputError(
                f"{path.name} is one picture; a clustering needs several. Give the folder that holds them: "
                f"localcluster run {shlex.quote(str(path.parent))}"
            )
        if path.suffix.lower() not in _SUFFIXES and path.exists():
            raise InputError(
                f'{path.name} ends in "{path.suffix}"; the endings read are {endings}. Rename it, or pass '
                f"plain lines, JSON lines or CSV through a pipe: localcluster run - < {path.name}"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}. Check the path: ls {path.parent}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _parse_stdin(data: bytes, named: bool, known: Sequence[str]) -> ParsedTable:
    text = decode(data, "stdin")
    if first_character(text) == "{":
        return read_json_lines(text, "stdin")
    if named:
        return read_delimited(text, "stdin")
    if found := header_names(text, known):
        read = read_delimited(text, "stdin")
        note = f"Standard input was read as CSV: its first line names the column {_quoted(found)}."
        return replace(read, notes=(note, *read.notes))
    note = "Standard input was read as one text a line. If it is CSV, name its column: --text-column NAME"
    return replace(_read_lines(text, "stdin"), notes=(note,))


def _parse_file(data: bytes, name: str, suffix: str) -> ParsedTable:
    if suffix == ".parquet":
        return _read_parquet(data, name)
    text = decode(data, name)
    if suffix in (".jsonl", ".ndjson"):
        return read_json_lines(text, name)
    if suffix == ".json":
        return read_json(text, name)
    if suffix == ".txt":
        return _read_lines(text, name)
    return read_delimited(text, name, delimiter=None if suffix == ".csv" else "\t")


def _quoted(names: Iterable[str]) -> str:
    return " and ".join(f'"{printable(name)}"' for name in names)


def _read_lines(text: str, source: str) -> ParsedTable:
    # Not str.splitlines: it also splits at form feeds and U+2028, which occur inside texts.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    if not any(lines):
        raise InputError(f"{source} is empty. Give one text a line, at least two.")
    return ParsedTable(pl.DataFrame({"text": pl.Series(lines, dtype=pl.String)}))


def _read_parquet(data: bytes, source: str) -> ParsedTable:
    if not (data.startswith(_PARQUET_MAGIC) and data.endswith(_PARQUET_MAGIC) and len(data) >= 12):
        raise InputError(
            f"{source} is not a whole Parquet file ({len(data):,} bytes; it must begin and end with PAR1). "
            "Copy or write it again."
        )
    try:
        # Most damage is met here already, at no price.
        pl.read_parquet_schema(io.BytesIO(data))
        if kills_parquet_reader(data):
            raise InputError(
                f"{source} is damaged: a length in it is impossible. Copy or write the Parquet file again."
            )
        table = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{source} is damaged: {first}. Copy or write the Parquet file again.") from error
    if not table.columns:
        raise InputError(f"{source} has no columns. Write the Parquet file again with a column of text.")
    unusable = {name: f"it holds {kind}" for name, kind in table.schema.items() if not _is_plain(kind)}
    return ParsedTable(table, not_text=unusable)


def _is_plain(kind: pl.DataType) -> bool:
    return kind == pl.String or kind in (pl.Categorical, pl.Enum, pl.Boolean) or bool(kind.is_numeric())
