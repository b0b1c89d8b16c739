"""JSON lines and JSON arrays of objects, every value carried as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import polars as pl

from localcluster.errors import InputError
from localcluster.items.cleaning import well_formed
from localcluster.items.decode import first_character
from localcluster.items.notes import counted
from localcluster.items.parsed import ParsedTable


class _Literal(str):
    """A number or constant as the file spells it, so that ``1.10`` does not become ``1.1``."""

    __slots__ = ()


class _RepeatedKeyError(ValueError):
    pass


_Row = tuple[str, dict[str, Any]]


def read_json_lines(text: str, source: str) -> ParsedTable:
    """One JSON object per line; blank lines are no rows (noted).

    Returns
    -------
    ParsedTable
        The union of all keys in order of first appearance, all columns ``String``; null and absent
        values are null; a number is the string it was written as; lists and objects are their JSON
        text, and their columns cannot be the text column.

    Raises
    ------
    InputError
        With the line number of the first line that is not a JSON object.
    """
    rows: list[_Row] = []
    blank = 0
    for number, line in enumerate(text.rstrip().split("\n"), start=1):
        if not line.strip():
            blank += 1
            continue
        where = f"{source}, line {number}"
        rows.append((where, _as_object(_parse(line, where), where)))
    notes = (f"{counted(blank, 'blank line')} between JSON lines: no rows.",) if blank else ()
    return _table(rows, source, notes)


def read_json(text: str, source: str) -> ParsedTable:
    """One JSON array of objects; a file that begins with ``{`` is read as JSON lines."""
    if first_character(text) in ("{", ""):
        return read_json_lines(text, source)
    values = _parse(text, source)
    if not isinstance(values, list):
        raise InputError(
            f"{source} holds {_kind(values)}, not rows. Give an array of objects: "
            '[{"text": "..."}, {"text": "..."}]'
        )
    rows = [(where := f"{source}, element {i}", _as_object(v, where)) for i, v in enumerate(values, start=1)]
    return _table(rows, source)


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(
            text,
            parse_int=_Literal,
            parse_float=_Literal,
            parse_constant=_Literal,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        place = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
        raise InputError(
            f"{where}: not valid JSON at {place} ({error.msg}). Expected one object a line, such as "
            '{"text": "..."}, or one array of such objects.'
        ) from error
    except _RepeatedKeyError as error:
        raise InputError(f"{where}: the key {error} occurs twice. Keep one of them.") from error
    except RecursionError as error:
        raise InputError(f"{where}: the JSON is nested too deeply. Give rows with plain values.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key, value in pairs:
        name = well_formed(key)
        if name in row:
            # Keeping the last of two values, as the json module does, would drop data in silence.
            raise _RepeatedKeyError(repr(name))
        row[name] = value
    return row


def _as_object(value: Any, where: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise InputError(f'{where}: {_kind(value)}, not an object. Write each row as {{"text": "..."}}.')


def _table(rows: list[_Row], source: str, notes: tuple[str, ...] = ()) -> ParsedTable:
    not_text: dict[str, str] = {}
    for where, row in rows:
        for name, value in row.items():
            if isinstance(value, (list, dict)):
                not_text.setdefault(name, f"{where} holds {_kind(value)} there")
    names = list(dict.fromkeys(name for _, row in rows for name in row))
    if not names:
        raise InputError(f'{source} has no rows with a value. Give objects such as {{"text": "..."}}.')
    table = pl.DataFrame(
        [pl.Series(name, [_cell(row.get(name)) for _, row in rows], dtype=pl.String) for name in names]
    )
    return ParsedTable(table, notes, not_text)


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    return well_formed(str(value)) if isinstance(value, str) else _json_text(value)


def _json_text(value: Any) -> str:
    """JSON of a value, with number literals as they were written."""
    if isinstance(value, _Literal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_json_text(k)}: {_json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json_text, value)) + "]"
    return json.dumps(well_formed(value) if isinstance(value, str) else value, ensure_ascii=False)


def _kind(value: Any) -> str:
    names: Iterable[tuple[type, str]] = (
        (_Literal, "a number"),
        (str, "a string"),
        (bool, "true or false"),
        (list, "an array"),
        (dict, "an object"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "null")
