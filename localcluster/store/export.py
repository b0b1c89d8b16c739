"""``clusters.csv``, and predict's table: every column that came in, and four per criterion that we add."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl

from localcluster.items.cleaning import FORMULA_STARTS
from localcluster.results import CriterionResult
from localcluster.store.files import write_atomic

_MAX_SLUG = 40

#: What the third column of a criterion holds, and is called by: the confidence of a row in a run's partition,
#: or the clustering head's calibrated probability of its cluster. They differ, also for the same row.
Sureness: TypeAlias = Literal["confidence", "probability"]


def write_clusters_csv(
    path: Path,
    table: pl.DataFrame,
    criteria: Sequence[CriterionResult],
    sureness: Sureness = "confidence",
) -> None:
    """Write what :func:`clusters_csv` gives. The file is whole or absent.

    Raises
    ------
    RunFolderError
        When the file cannot be written.
    """
    write_atomic(path, clusters_csv(table, criteria, sureness))


def clusters_csv(
    table: pl.DataFrame, criteria: Sequence[CriterionResult], sureness: Sureness = "confidence"
) -> bytes:
    """The input table as CSV (UTF-8), with the columns of :func:`cluster_columns` after its own.

    Input columns are carried unchanged, so a cell that was a spreadsheet formula still is one; only
    what we add is guarded. Values that CSV has no form for (lists, structs, bytes) are written as
    JSON text.

    Parameters
    ----------
    table : polars.DataFrame
        As in :attr:`localcluster.items.Items.table`.
    criteria : sequence of CriterionResult
        Labels of shape ``(table.height,)``.
    sureness : {"confidence", "probability"}
        What ``CriterionResult.confidence`` holds.
    """
    flat = table.with_columns(
        pl.Series(name, list(map(_cell, table[name].to_list())), dtype=pl.String)
        for name, kind in table.schema.items()
        if kind.is_nested() or kind in (pl.Binary, pl.Duration)
    )
    added = cluster_columns(criteria, table.columns, sureness)
    text: str = pl.concat([flat, added], how="horizontal").write_csv()
    return text.encode("utf-8")


def cluster_columns(
    criteria: Sequence[CriterionResult], taken: Iterable[str] = (), sureness: Sureness = "confidence"
) -> pl.DataFrame:
    """``<slug>_cluster``, ``_name``, ``_confidence`` (or ``_probability``) and ``_check`` of each criterion.

    Parameters
    ----------
    taken : iterable of str
        Column names to avoid; a slug gets ``_2``, ``_3``, ... until none of its columns is taken.
    sureness : {"confidence", "probability"}
        What ``CriterionResult.confidence`` holds, and the third column is called by.

    Returns
    -------
    polars.DataFrame, one row per input row
        Labels are Int64, the third column Float64 rounded to 4 places, the fourth a word of
        :attr:`~localcluster.results.CriterionResult.checks`. A name that a spreadsheet would take for a
        formula begins with an apostrophe.
    """
    used = set(taken)
    columns: dict[str, pl.Series] = {}
    for result in criteria:
        names = np.array([guarded(card.name) for card in result.clusters], dtype=object)
        added: dict[str, pl.Series] = {
            "cluster": pl.Series(result.labels, dtype=pl.Int64),
            "name": pl.Series(names[result.labels].tolist(), dtype=pl.String),
            sureness: pl.Series(np.round(result.confidence.astype(np.float64), 4)),
            "check": pl.Series(result.checks, dtype=pl.String),
        }
        stem = _free_stem(slug(result.criterion), added, used)
        columns |= {f"{stem}_{suffix}": series for suffix, series in added.items()}
        used |= columns.keys()
    return pl.DataFrame(columns)


def slug(criterion: str) -> str:
    """A criterion as part of a column name: lower case letters and digits of any script, and ``_``.

    Examples
    --------
    >>> slug("What the customer wants!")
    'what_the_customer_wants'
    """
    words = re.sub(r"[\W_]+", "_", criterion.casefold()).strip("_")
    return words[:_MAX_SLUG].rstrip("_") or "criterion"


def _free_stem(stem: str, suffixes: Iterable[str], used: set[str]) -> str:
    candidate, number = stem, 1
    while any(f"{candidate}_{suffix}" in used for suffix in suffixes):
        number += 1
        candidate = f"{stem}_{number}"
    return candidate


def guarded(name: str) -> str:
    """``name`` with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{name}" if name.startswith(FORMULA_STARTS) else name


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
