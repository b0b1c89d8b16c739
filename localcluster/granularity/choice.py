"""The choice of k: a number, the range that the answers leave open, and the whole curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from localcluster.errors import ConfigError
from localcluster.evidence import KEvidence
from localcluster.granularity.change_point import change_point_posterior, k_grid
from localcluster.granularity.consistency import f_beta_curve
from localcluster.granularity.pairs import PairSample

Method = Literal["change point", "F-beta", "expected F-beta"]
#: Share of the posterior, or of the resamples, that the stated range holds.
RANGE_MASS = 0.9
#: Resamples of the pairs behind the range of an F-beta.
RESAMPLES = 200


@dataclass(frozen=True)
class Granularity:
    """The chosen number of clusters and what speaks for it.

    Attributes
    ----------
    k : int
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
    sample: PairSample,
    probability: NDArray[np.float32],
    abstained: NDArray[np.bool_],
    k_min: int,
    k_max: int,
    *,
    method: Method = "change point",
    seed: int = 0,
) -> Granularity:
    """Choose the number of clusters that the pairwise answers speak for.

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
        there to be compared with (benchmarks/granularity.py).
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
            f"A number of clusters from {k_min} to {k_max} was asked for. Give a range "
            "from at least 2 upwards (-k 5:50, or k_min=5 and k_max=50)."
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
        low, middle, high = _quantiles(ks, values)
    else:
        if method == "F-beta":
            same, weight = (same > 0.5).astype(np.float64), np.ones(len(kept))
        values = f_beta_curve(step, same, ks, weight=weight)
        middle = int(ks[values.argmax()])
        low, high = _bootstrap(step, same, weight, ks, seed)
        low, high = min(low, middle), max(high, middle)
    curve = tuple((int(k), float(value)) for k, value in zip(ks, values, strict=True))
    return Granularity(middle, low, high, curve, method, len(sample), len(kept))


def _quantiles(ks: NDArray[np.int64], posterior: NDArray[np.float64]) -> tuple[int, int, int]:
    below = posterior.cumsum()
    tail = (1 - RANGE_MASS) / 2
    at = np.searchsorted(below, (tail, 0.5, 1 - tail)).clip(max=len(ks) - 1)
    low, middle, high = (int(k) for k in ks[at])
    return low, middle, high


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
