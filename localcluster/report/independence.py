"""How much one clustering of the rows tells about another, beside what chance alone would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import random_table
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

#: Shuffles of one clustering against the other. More than all of them is p <= 0.005.
SHUFFLES = 199
_SEED = 0
#: Adjusted mutual information from which two clusterings are called so. Below the first they are
#: independent for every use, whether or not the rows are many enough to find a trace of a relation.
WEAK, RELATED, SAME = 0.05, 0.2, 0.8
_EPS = float(np.finfo(np.float64).eps)

_SENTENCES = {
    "independent": "Knowing one says nothing, or almost nothing, about the other.",
    "weakly related": "Knowing one says a little about the other.",
    "related": "Knowing one narrows the other down.",
    "nearly the same clustering": "Both criteria divide the rows alike.",
}


@dataclass(frozen=True)
class Relation:
    """How two clusterings relate.

    Attributes
    ----------
    ami : float
        Adjusted mutual information (Vinh, Epps and Bailey 2010, arithmetic mean): 0 is what chance
        gives on average, 1 the same clustering.
    chance : float
        The highest of :data:`SHUFFLES` values after shuffling one of the two.
    verdict : str
        "independent", "weakly related", "related" or "nearly the same clustering".
    sentence : str
        What that means.
    """

    ami: float
    chance: float
    verdict: str
    sentence: str


def relation(first: NDArray[np.int64], second: NDArray[np.int64]) -> Relation:
    """Compare two clusterings of the same rows.

    A shuffle changes the table of counts and leaves its margins; the tables are therefore drawn given
    their margins (Patefield 1981), which is the same distribution at a cost that does not grow with the
    rows, and the same every time.

    Parameters
    ----------
    first, second : int64, shape (n_rows,)
    """
    table = np.asarray(contingency_matrix(first, second), dtype=np.int64)
    if min(table.shape, default=0) < 2:
        sentence = "One of the two has a single cluster, which says nothing about the other."
        return Relation(0.0, 0.0, "independent", sentence)
    n, rows, columns = int(table.sum()), table.sum(axis=1), table.sum(axis=0)
    expected = float(expected_mutual_information(table, n))
    mean_entropy = (_entropy(rows, n) + _entropy(columns, n)) / 2
    # As in scikit-learn: where all rows are apart in both, chance gives all there is.
    span = max(mean_entropy - expected, _EPS)

    def adjusted(counts: NDArray[np.int64]) -> float:
        mutual = _entropy(rows, n) + _entropy(columns, n) - _entropy(counts, n)
        return (mutual - expected) / span

    shuffled = random_table(rows, columns, seed=np.random.default_rng(_SEED))
    chance = max(adjusted(shuffled.rvs()) for _ in range(SHUFFLES))
    ami = adjusted(table)
    verdict = _verdict(ami, chance)
    return Relation(ami, chance, verdict, _SENTENCES[verdict])


def _verdict(ami: float, chance: float) -> str:
    if ami < WEAK or ami <= chance:
        return "independent"
    if ami < RELATED:
        return "weakly related"
    return "related" if ami < SAME else "nearly the same clustering"


def _entropy(counts: NDArray[np.int64], n: int) -> float:
    return float(np.log(n) - xlogy(counts, counts).sum() / n)
