"""Known classes of the rows: what scores a clustering and, but for their number, never reaches one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from localcluster.errors import ConfigError, InputError
from localcluster.items import Items
from localcluster.items.cleaning import is_blank, printable
from localcluster.items.columns import named_column
from localcluster.items.parsed import ParsedTable
from localcluster.scoring.metrics import scores

#: The only column of what :func:`texts_only` gives; numbers tell several apart.
TEXT = "text"
#: Characters of a label shown in an error.
LABEL_WIDTH = 40


@dataclass(frozen=True, eq=False)
class Classes:
    """The label field of one criterion.

    Attributes
    ----------
    field : str
        Its column.
    scored : bool, shape (n_rows,)
        Rows that have a label; the others are clustered and not scored.
    codes : int64, shape (n_scored,)
        Class of each scored row, ``0..n-1``.
    """

    field: str
    scored: NDArray[np.bool_]
    codes: NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of distinct labels."""
        return int(self.codes.max()) + 1

    def score(self, clusters: NDArray[np.int64]) -> dict[str, float]:
        """ACC, NMI and ARI of a clustering of all rows, on the rows that have a label."""
        return scores(self.codes, np.asarray(clusters)[self.scored])


def read_classes(items: Items, field: str) -> Classes:
    """Take the labels of one field.

    Raises
    ------
    InputError
        For a field that is absent (the message lists the columns), holds the texts or lists, or cannot score
        anything: no label, one label only, another label in each row.
    """
    column = named_column(items.table, field, items.source, "--label-field")
    if column in items.text_columns:
        raise InputError(
            f'{items.source}: column "{column}" is the label field and the text. '
            "Name the text with --text-column, or another label field with --label-field."
        )
    values = items.table[column]
    if values.dtype.is_nested() or values.dtype == pl.Binary:
        raise InputError(
            f'{items.source}: column "{column}" holds {values.dtype}, not one label a row. '
            "Name another with --label-field."
        )
    if values.dtype.is_float():
        values = values.fill_nan(None)
    labels = [label or "" for label in values.cast(pl.String).to_list()]
    scored = np.fromiter((not is_blank(label) for label in labels), dtype=np.bool_, count=len(labels))
    kept = [label.strip() for label, has in zip(labels, scored, strict=True) if has]
    _check_scorable(items.source, column, kept)
    codes = np.unique(np.asarray(kept, dtype=object), return_inverse=True)[1]
    return Classes(column, scored, codes.astype(np.int64))


def pair_up(by: Sequence[str], fields: Sequence[str]) -> list[tuple[str, str]]:
    """Each criterion with its label field, in order.

    Raises
    ------
    ConfigError
        Unless there are as many of one as of the other.
    """
    if len(by) != len(fields):
        raise ConfigError(
            f"--by was given {len(by)} times and --label-field {len(fields)} times. Give each criterion its "
            'own, in their order: --by "mood" --label-field mood --by "topic" --label-field subject'
        )
    return list(zip(by, fields, strict=True))


def texts_only(items: Items) -> Items:
    """The rows with their texts and no other column: all that a fit gets of a labelled table.

    Several columns stay apart, because a run reads the first lines of such a text, a subject, whatever they
    say. None keeps its name, which could tell of the labels.
    """
    columns = items.text_columns
    names = [TEXT] if len(columns) == 1 else [f"{TEXT} {number}" for number in range(1, len(columns) + 1)]
    table = items.table.select(pl.col(old).alias(new) for old, new in zip(columns, names, strict=True))
    return Items.from_parsed(ParsedTable(table), items.source, text_column=names)


def _check_scorable(source: str, column: str, labels: Sequence[str]) -> None:
    distinct = len(set(labels))
    if not labels:
        raise InputError(f'{source}: no row of column "{column}" has a label. Name another: --label-field.')
    if distinct == 1:
        only = printable(labels[0])[:LABEL_WIDTH]
        raise InputError(
            f'{source}: all {len(labels):,} labels in column "{column}" are "{only}"; agreement needs '
            "at least 2 distinct labels. Name another column with --label-field."
        )
    if distinct == len(labels) and distinct > 2:
        raise InputError(
            f'{source}: each of the {distinct:,} labels in column "{column}" occurs once, so they are no '
            "classes. Name another column with --label-field."
        )
