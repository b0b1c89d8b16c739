"""Rows whose class a user knows (``--known FILE``): evidence for choices, never a cluster by decree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from localcluster.errors import InputError
from localcluster.items.cleaning import printable, readable
from localcluster.items.columns import ID_NAME, TEXT_NAMES, row_texts
from localcluster.items.items import Items
from localcluster.items.notes import counted
from localcluster.items.read import read_table

#: Names of the column with the class, and with the criterion that it is by.
CLASS_NAMES = ("class", "label", "category", "cluster")
CRITERION_NAME = "criterion"
#: Fewest known rows, of at least two classes, that say anything.
MIN_KNOWN = 4
#: Characters of an id or a text that an error shows.
SHOWN = 60


@dataclass(frozen=True)
class KnownRows:
    """Rows of one run whose class by one criterion is known.

    Attributes
    ----------
    places : int64, shape (m,)
        Of distinct items, as ``Items.items`` of the rows as they came numbers them.
    classes : int64, shape (m,)
        Equal numbers are the same class.
    names : tuple of str
        What the user calls each class.
    """

    places: NDArray[np.int64]
    classes: NDArray[np.int64]
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.places)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Each place with its class."""
        return list(zip(self.places.tolist(), self.classes.tolist(), strict=True))

    @property
    def tell(self) -> bool:
        """Whether they are enough to say anything: :data:`MIN_KNOWN` rows of two classes."""
        return len(self) >= MIN_KNOWN and len(np.unique(self.classes)) > 1

    def among(self, inverse: NDArray[np.int64], whole_inverse: NDArray[np.int64]) -> KnownRows:
        """The same rows as places of the items that are read, of which two may have become one.

        Rows of two classes that have become one say nothing of either, and are left out.

        Parameters
        ----------
        inverse, whole_inverse : int64, shape (n_rows,)
            Of the items that are read, and of the items as they came.
        """
        row_of = np.zeros(int(whole_inverse.max()) + 1, np.int64)
        row_of[whole_inverse] = np.arange(len(whole_inverse))
        read_as = inverse[row_of[self.places]]
        places, first, at = np.unique(read_as, return_index=True, return_inverse=True)
        clear = np.ones(len(places), np.bool_)
        clear[at[self.classes != self.classes[first][at]]] = False
        return KnownRows(places[clear].astype(np.int64), self.classes[first][clear], self.names)


@dataclass(frozen=True)
class Known:
    """What a file of known rows says, per criterion.

    Attributes
    ----------
    of : dict of str to KnownRows
        By criterion, in the run's words.
    notes : tuple of str
        What of the file was left out, as sentences.
    """

    of: Mapping[str, KnownRows] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str | None:
        """Of the rows that were found and their classes, whatever file they came in; None for none."""
        told = {
            criterion: sorted((place, rows.names[number]) for place, number in rows.pairs)
            for criterion, rows in sorted(self.of.items())
        }
        return hashlib.sha256(json.dumps(told).encode()).hexdigest() if told else None


def read_known(path: Path, items: Items, criteria: Sequence[str]) -> Known:
    """Match the rows of a file with those of a run.

    The file is a table (csv, tsv, jsonl, json, parquet) with a column ``class``, a column ``id`` or those
    with the text to find the row by, and, in a run by several criteria, a column ``criterion``.

    Parameters
    ----------
    items : Items
        The rows as they came.

    Raises
    ------
    InputError
        For a file that cannot be read, lacks a column, names a criterion that the run does not have, or
        matches too few rows to say anything.
    """
    table = read_table(str(path)).table
    name = path.name
    by_name = {column.strip().casefold(): column for column in reversed(table.columns)}
    class_column = next((by_name[each] for each in CLASS_NAMES if each in by_name), None)
    if class_column is None:
        raise InputError(
            f"{name} has no column called class. Its columns: {', '.join(table.columns)}. Give each known "
            "row its class in your own words in a column called class."
        )
    keys, lookup, what = _lookup(items, table, by_name, name)
    if CRITERION_NAME in by_name:
        by = [str(value or "").strip() for value in table[by_name[CRITERION_NAME]].to_list()]
    elif len(criteria) == 1:
        by = [criteria[0]] * table.height
    else:
        raise InputError(
            f"{name} has no column called criterion, and the run has {len(criteria)} criteria. Say in a "
            "column called criterion which one each class is by."
        )
    folded = {criterion.casefold(): criterion for criterion in criteria}
    found: dict[str, dict[int, str]] = {}
    unmatched = 0
    values = zip(keys, table[class_column].to_list(), by, strict=True)
    for key, given, criterion in values:
        if given is None or not str(given).strip():
            continue
        if " ".join(criterion.casefold().split()) not in folded:
            raise InputError(
                f'{name} has classes by "{criterion}", which the run is not asked for. Its criteria: '
                f"{', '.join(criteria)}."
            )
        place = lookup.get(readable(key) if key is not None else "")
        if place is None:
            unmatched += 1
            continue
        named = str(given).strip()
        before = found.setdefault(folded[" ".join(criterion.casefold().split())], {}).setdefault(place, named)
        if before != named:
            raise InputError(
                f'{name} gives one row two classes by "{criterion}", "{before}" and "{named}": that with the '
                f'{what} "{printable(key or "")[:SHOWN]}". Rows with the same text count as one. Keep one '
                "class."
            )
    return _checked(found, unmatched, name, what, items.source)


def _lookup(
    items: Items, table: pl.DataFrame, by_name: Mapping[str, str], name: str
) -> tuple[list[str | None], dict[str, int], str]:
    """What finds each row of the file, the distinct item of each such value, and what to call the value."""
    first = items.inverse.tolist()
    if ID_NAME in by_name:
        ids = [None if value is None else str(value) for value in table[by_name[ID_NAME]].to_list()]
        return ids, dict(zip(items.ids, first, strict=True)), "id"
    by_text = dict(zip(items.texts, first, strict=True))
    own = {column: by_name.get(column.strip().casefold()) for column in items.text_columns}
    present = [column for column in own.values() if column is not None]
    if len(present) == len(own):
        return row_texts(table, present), by_text, "text"
    # Under another name stands the whole text; one of several columns alone is only a part of it.
    for column in TEXT_NAMES:
        if column in by_name and by_name[column] not in present:
            return row_texts(table, [by_name[column]]), by_text, "text"
    columns = " and ".join(f'"{column}"' for column in own)
    if present:
        missing = " and ".join(f'"{column}"' for column, there in own.items() if there is None)
        raise InputError(
            f"The text of a row of {items.source} is that of its columns {columns}, and {name} has no column "
            f"{missing}. Add it, or a column id."
        )
    raise InputError(
        f"The file of known rows has neither a column id nor one with the text ({columns}), so its rows "
        f"cannot be found among those of {items.source}. Add one."
    )


def _checked(
    found: Mapping[str, Mapping[int, str]], unmatched: int, name: str, what: str, source: str
) -> Known:
    of: dict[str, KnownRows] = {}
    notes = []
    for criterion, classes in found.items():
        names, numbers = np.unique(list(classes.values()), return_inverse=True)
        if len(classes) < MIN_KNOWN or len(names) < 2:
            raise InputError(
                f"{name} matches {counted(len(classes), 'row')} of {counted(len(names), 'class')} by "
                f'"{criterion}"; at least {MIN_KNOWN} rows of 2 classes are needed, and 20 are useful.'
            )
        places = np.fromiter(classes, np.int64)
        of[criterion] = KnownRows(places, numbers.astype(np.int64), tuple(names.tolist()))
    if not of:
        raise InputError(
            f"No row of {name} is a row of {source}: none has the same {what}. Copy the {what} as it stands "
            "there."
        )
    if unmatched:
        notes.append(f"{counted(unmatched, 'row')} of {name} with no such {what} in {source}: left out.")
    return Known(of, tuple(notes))
