"""The choice of k: a number, the range that the answers leave open, and the whole curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from localcluster.arrays import check_choice, unit_vectors
from localcluster.errors import ConfigError, InputError
from localcluster.evidence import KEvidence
from localcluster.granularity.change_point import change_point_posterior, k_grid
from localcluster.granularity.consistency import f_beta_curve
from localcluster.granularity.hierarchy import build_hierarchy
from localcluster.granularity.pairs import PairSample, sample_pairs
from localcluster.oracle import Answers
from localcluster.papers import GRANULARITY_K_MAX, GRANULARITY_K_MIN, GRANULARITY_PAIRS_PER_STEP
from localcluster.partition.usual_k import RANGE_MASS, ends_of_range

Method = Literal["change point", "F-beta", "expected F-beta"]
#: Resamples of the pairs behind the range of an F-beta.
RESAMPLES = 200


@dataclass(frozen=True)
class Granularity:
    """The chosen number of clusters and what speaks for it.

    Attributes
    ----------
    low, high : int
        Plausible range, ends included: 90% of the posterior, or of the choices over resampled pairs.
    curve : tuple of (int, float)
        Number of clusters and its value, ascending in k: posterior probability, or consistency.
    method : {"change point", "F-beta", "expected F-beta"}
    asked, answered : int
        Pairs asked, and those not abstained from.
    """

    k: int
    low: int
    high: int
    curve: tuple[tuple[int, float], ...]
    method: Method
    asked: int
    answered: int

    def evidence(self) -> KEvidence:
        """For the record."""
        return KEvidence(
            self.k,
            self.method,
            self.curve,
            self.low,
            self.high,
            pairs_asked=self.asked,
            pairs_answered=self.answered,
        )


def choose_granularity(
    vectors: ArrayLike,
    same: Callable[[NDArray[np.int64]], Answers | ArrayLike],
    *,
    k_min: int = GRANULARITY_K_MIN,
    k_max: int = GRANULARITY_K_MAX,
    per_step: int = GRANULARITY_PAIRS_PER_STEP,
    method: Method = "change point",
    random_state: int = 0,
) -> Granularity:
    """Choose the number of clusters by answers about pairs over a hierarchy (ClusterLLM section 3.2).

    Parameters
    ----------
    vectors : shape (n, d)
        Any embedding; Ward's hierarchy is built on it.
    same : callable
        Is given pairs of row numbers, int64, shape (m, 2), once, and returns :class:`Answers`
        (:func:`~localcluster.oracle.ask_pairs`) or the probability that each is the same, shape (m,); NaN for
        no answer.
    k_min, k_max : int
        Fewest and most clusters to consider.
    per_step : int
        Pairs per merge between them.
    method : {"change point", "F-beta", "expected F-beta"}
        ``"F-beta"`` is the paper's.
    random_state : int

    Returns
    -------
    Granularity
        ``k`` with its plausible range ``low`` to ``high`` and the ``curve`` over all k.

    Raises
    ------
    InputError
        ``same`` does not give one probability per pair.
    ConfigError
        An unknown method, or a range of k that the rows cannot have.
    """
    check_choice("method", method, get_args(Method))
    points = unit_vectors(vectors)
    hierarchy = build_hierarchy(points, random_state)
    k_max = min(k_max, hierarchy.n_leaves)
    sample = sample_pairs(hierarchy, k_min, k_max, per_step, random_state, vectors=points)
    given = same(sample.pairs)
    if isinstance(given, Answers):
        probability, abstained = given.probability, given.abstained
    else:
        probability = np.asarray(given, dtype=np.float32)
        if probability.shape != (len(sample),):
            raise InputError(
                f"same() was given {len(sample):,} pairs and returned shape {probability.shape}; return the "
                "probability of each."
            )
        abstained = np.isnan(probability)
        if ((probability < 0) | (probability > 1)).any():
            raise InputError("same() returned probabilities outside 0 to 1.")
    return k_by_answers(sample, probability, abstained, k_min, k_max, method=method, seed=random_state)


def k_by_answers(
    sample: PairSample,
    probability: NDArray[np.float32],
    abstained: NDArray[np.bool_],
    k_min: int,
    k_max: int,
    *,
    method: Method = "change point",
    seed: int = 0,
) -> Granularity:
    """Choose the number of clusters that answers about pairs of a sample speak for.

    Parameters
    ----------
    sample : PairSample
        What was asked.
    probability : float32, shape (m,)
        Calibrated P(same) of each pair.
    abstained : bool, shape (m,)
        Answers to leave out.
    k_min, k_max : int
        Fewest and most clusters to consider.
    method : {"change point", "F-beta", "expected F-beta"}
        ``"change point"`` takes the posterior's median
        (:mod:`~localcluster.granularity.change_point`). ``"F-beta"`` is the paper's
        rule on hard answers; ``"expected F-beta"`` weighs probabilities by the sampling weights. Both are
        there to be compared with (benchmarks/quality/granularity.py).
    seed : int
        Of the resamples behind an F-beta's range.

    Raises
    ------
    ConfigError
        When the range is empty, or answers and pairs differ in number.

    Notes
    -----
    Without any answer the change point's posterior is the prior: k is the middle of the range in log k, and
    the range stays about as wide as it was given.
    """
    if not 2 <= k_min <= k_max:
        raise ConfigError(
            f"{k_min} to {k_max} is not a range for the number of clusters. Begin with 2 or more, and end "
            "with no smaller number (-k 5:50, or k_min=5 and k_max=50)."
        )
    if not len(sample) == len(probability) == len(abstained):
        raise ConfigError(
            f"{len(sample)} pairs came with {len(probability)} probabilities and {len(abstained)} marks of "
            "abstention; give one of each per pair."
        )
    kept = np.flatnonzero(~abstained)
    step, weight = sample.step[kept], sample.weight[kept]
    same = probability[kept].astype(np.float64)
    ks = k_grid(k_min, k_max)
    if method == "change point":
        values = change_point_posterior(step, same, ks)
        low, middle, high = ends_of_range(ks, values)
    else:
        if method == "F-beta":
            same, weight = (same > 0.5).astype(np.float64), np.ones(len(kept))
        values = f_beta_curve(step, same, ks, weight=weight)
        middle = int(ks[values.argmax()])
        low, high = _bootstrap(step, same, weight, ks, seed)
        low, high = min(low, middle), max(high, middle)
    curve = tuple((int(k), float(value)) for k, value in zip(ks, values, strict=True))
    return Granularity(middle, low, high, curve, method, len(sample), len(kept))


def _bootstrap(
    step: NDArray[np.int64],
    same: NDArray[np.float64],
    weight: NDArray[np.float64],
    ks: NDArray[np.int64],
    seed: int,
) -> tuple[int, int]:
    rng = np.random.default_rng(seed)
    chosen = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, max(len(step), 1), len(step))
        chosen.append(ks[f_beta_curve(step[drawn], same[drawn], ks, weight=weight[drawn]).argmax()])
    low, high = np.quantile(chosen, [(1 - RANGE_MASS) / 2, (1 + RANGE_MASS) / 2], method="nearest")
    return int(low), int(high)
