"""Tables of what was tried, as a run records them: what was read from the model, and the clustering head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Keys of a criterion's evidence that hold such a table, and their titles.
STUDIES = {"targets": "What was read from the model", "head": "The clustering head"}
_TOLD = ("columns", "rows", "chosen", "why")


@dataclass(frozen=True)
class Study:
    """A table with its conclusion.

    Attributes
    ----------
    title, why : str
    columns : list of str
    rows : list of list
        Each as long as ``columns``.
    chosen : int or None
        The row that was chosen.
    other : dict
        Whatever else was recorded.
    """

    title: str
    why: str
    columns: list[str]
    rows: list[list[Any]]
    chosen: int | None
    other: dict[str, Any]


def studies(evidence: Mapping[str, Any]) -> list[Study]:
    """The tables of one criterion's evidence; those that were not made are left out."""
    return [
        _study(title, evidence[key])
        for key, title in STUDIES.items()
        if isinstance(evidence.get(key), Mapping) and evidence[key]
    ]


def _study(title: str, found: Mapping[str, Any]) -> Study:
    given = [row for row in found.get("rows") or () if isinstance(row, (Mapping, list, tuple))]
    named = list(dict.fromkeys(str(key) for row in given if isinstance(row, Mapping) for key in row))
    columns = [str(column) for column in found.get("columns") or named]
    width = max([len(columns), *(len(row) for row in given if not isinstance(row, Mapping))])
    columns += [""] * (width - len(columns))
    chosen = found.get("chosen")
    if isinstance(chosen, bool) or not isinstance(chosen, int):
        chosen = None
    return Study(
        title,
        str(found.get("why") or ""),
        columns if given else [],
        [_cells(row, columns) for row in given],
        chosen,
        {k: v for k, v in found.items() if k not in _TOLD and v not in (None, {}, [])}
        # A "chosen" that is no row number is a finding like any other.
        | ({"chosen": found["chosen"]} if chosen is None and found.get("chosen") is not None else {}),
    )


def _cells(row: Mapping[str, Any] | Sequence[Any], columns: list[str]) -> list[Any]:
    if isinstance(row, Mapping):
        return [row.get(column) for column in columns]
    return [*row, *[None] * (len(columns) - len(row))]
