"""How two clusterings of the same rows relate: a table of counts and one sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from localcluster.results import CriterionResult

#: A person does not read a larger table; smaller clusters are added up in a last row and column.
MAX_ROWS, MAX_COLUMNS = 25, 12


@dataclass(frozen=True)
class CrossTable:
    """Counts of rows by two criteria.

    Attributes
    ----------
    first, second : str
        The criteria.
    row_names, column_names : list of str
        Cluster names, perhaps with a last "smaller clusters".
    counts : list of list of int
    shares : list of list of float
        Each count as a share of its row, for shading.
    nmi : float
    sentence : str
        What the NMI says, in words.
    """

    first: str
    second: str
    row_names: list[str]
    column_names: list[str]
    counts: list[list[int]]
    shares: list[list[float]]
    nmi: float
    sentence: str


def cross_table(first: CriterionResult, second: CriterionResult) -> CrossTable:
    """Count the rows in every pair of clusters of two criteria."""
    counts = np.asarray(contingency_matrix(first.labels, second.labels), dtype=np.int64)
    counts, row_names = _folded(counts, [c.name for c in first.clusters], MAX_ROWS)
    across, column_names = _folded(counts.T, [c.name for c in second.clusters], MAX_COLUMNS)
    counts = across.T
    nmi = float(normalized_mutual_info_score(first.labels, second.labels))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return CrossTable(
        first.criterion,
        second.criterion,
        row_names,
        column_names,
        counts.tolist(),
        shares.tolist(),
        nmi,
        nmi_in_words(nmi),
    )


def nmi_in_words(nmi: float) -> str:
    """What a normalized mutual information says to someone who never met one."""
    for bound, words in (
        (0.05, "The two clusterings are independent: knowing one says almost nothing about the other."),
        (0.2, "The two clusterings are mostly independent: knowing one says a little about the other."),
        (0.5, "The two clusterings overlap in part: knowing one narrows the other down."),
        (0.8, "The two clusterings are closely related: knowing one nearly tells the other."),
    ):
        if nmi < bound:
            return words
    return "The two clusterings are nearly the same: both criteria divide the rows alike."


def _folded(counts: NDArray[np.int64], names: list[str], limit: int) -> tuple[NDArray[np.int64], list[str]]:
    """Keep the first ``limit`` rows (labels are ordered by size) and add up the rest."""
    if len(names) <= limit + 1:
        return counts, names
    rest = f"{len(names) - limit} smaller clusters"
    return np.vstack([counts[:limit], counts[limit:].sum(axis=0)]), [*names[:limit], rest]
