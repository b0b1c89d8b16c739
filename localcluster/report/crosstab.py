"""How the clusterings of one run relate: a table of counts for every two, and all in one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.cluster import contingency_matrix

from localcluster.report.independence import Relation, relation
from localcluster.results import CriterionResult

#: A person does not read a larger table; smaller clusters are added up in a last row and column.
MAX_ROWS, MAX_COLUMNS = 25, 12
#: With more tables than this, one is shown at a time.
MAX_TABLES = 3


@dataclass(frozen=True)
class CrossTable:
    """Counts of rows by two criteria.

    Attributes
    ----------
    anchor : str
        Of the table on the page.
    first, second : str
        The criteria.
    row_names, column_names : list of str
        Cluster names, perhaps with a last "smaller clusters".
    shares : list of list of float
        Each count as a share of its row, for shading.
    """

    anchor: str
    first: str
    second: str
    row_names: list[str]
    column_names: list[str]
    counts: list[list[int]]
    shares: list[list[float]]
    relation: Relation


@dataclass(frozen=True)
class Comparison:
    """All pairs of criteria.

    Attributes
    ----------
    tables : list of CrossTable
        In the order of pairs: first with second, first with third, ...
    matrix : list of list of (CrossTable or None)
        The same by both criteria; None on the diagonal.
    choose : bool
        Whether the tables are so many that one is shown at a time.
    """

    criteria: list[str]
    tables: list[CrossTable]
    matrix: list[list[CrossTable | None]]
    choose: bool


def compare(criteria: Sequence[CriterionResult]) -> Comparison | None:
    """Compare every two clusterings of a run; None where there is only one."""
    if len(criteria) < 2:
        return None
    matrix: list[list[CrossTable | None]] = [[None] * len(criteria) for _ in criteria]
    tables = []
    for i, j in combinations(range(len(criteria)), 2):
        table = cross_table(criteria[i], criteria[j], f"pair-{i + 1}-{j + 1}")
        matrix[i][j] = matrix[j][i] = table
        tables.append(table)
    return Comparison([c.criterion for c in criteria], tables, matrix, len(tables) > MAX_TABLES)


def cross_table(first: CriterionResult, second: CriterionResult, anchor: str = "pair-1-2") -> CrossTable:
    """Count the rows in every pair of clusters of two criteria."""
    counts = np.asarray(contingency_matrix(first.labels, second.labels), dtype=np.int64)
    counts, row_names = _folded(counts, [c.name for c in first.clusters], MAX_ROWS)
    across, column_names = _folded(counts.T, [c.name for c in second.clusters], MAX_COLUMNS)
    counts = across.T
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return CrossTable(
        anchor,
        first.criterion,
        second.criterion,
        row_names,
        column_names,
        counts.tolist(),
        shares.tolist(),
        relation(first.labels, second.labels),
    )


def _folded(counts: NDArray[np.int64], names: list[str], limit: int) -> tuple[NDArray[np.int64], list[str]]:
    """Keep the first ``limit`` rows (labels are ordered by size) and add up the rest."""
    if len(names) <= limit + 1:
        return counts, names
    rest = f"{len(names) - limit} smaller clusters"
    return np.vstack([counts[:limit], counts[limit:].sum(axis=0)]), [*names[:limit], rest]
