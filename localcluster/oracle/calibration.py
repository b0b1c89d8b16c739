"""How far a scorer can be trusted, found on questions whose answer the geometry makes nearly certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.oracle.logistic import LogisticCurve, fit_logistic
from localcluster.store.readings import Kind

#: A scorer whose accuracy on easy questions may be below this (low end of the interval) is at chance
#: for what it is needed for. Above a half, because several scorers are tried and one may be lucky.
MIN_ACCURACY = 0.55
#: Fewer easy questions than this decide nothing.
MIN_QUESTIONS = 16
#: Order bias above which a reading follows the place of a choice and not its text: 95% name one place.
ORDER_BIAS_LIMIT = 0.45
#: Standard normal quantile of the 95% interval.
_Z = 1.959964
#: Parts of the questions that are each judged by a threshold found on the others.
_FOLDS = 8


@dataclass(frozen=True)
class Calibration:
    """What calibration found out about one scorer and kind of question.

    Attributes
    ----------
    kind : {"triplet", "pair"}
    n : int
        Easy questions it was asked, each in both orders.
    accuracy : float
        Share of them answered rightly by the mean of both orders; an abstention is half right.
    low, high : float
        95% Wilson interval of it.
    order_consistency : float
        Share of questions where both orders give the same answer.
    order_bias : float
        Share of all readings that name the first choice (for pairs: "same"), minus a half, which is
        what the truth would give.
    slope, intercept : float
        P(choice 1, or "same") = sigmoid(slope * mean score + intercept); no intercept for triplets.
    reason : str
        In words for the user, with the numbers.
    """

    scorer: str
    kind: Kind
    n: int
    accuracy: float
    low: float
    high: float
    order_consistency: float
    order_bias: float
    slope: float
    intercept: float
    accepted: bool
    reason: str

    @property
    def curve(self) -> LogisticCurve:
        """The fitted curve, without the limit that :meth:`probability` sets."""
        return LogisticCurve(self.slope, self.intercept)

    def probability(self, mean_scores: NDArray[np.floating]) -> NDArray[np.float32]:
        """Of choice 1 or "same", float32, shape (m,); never surer than ``n`` questions can make one."""
        # Laplace's rule: after n right answers out of n, the next is wrong with probability 1 / (n + 2).
        least = 1 / (self.n + 2)
        return np.clip(self.curve.probability(mean_scores), least, 1 - least).astype(np.float32)


def calibrate(
    scorer: str,
    kind: Kind,
    scores: NDArray[np.floating],
    truth: NDArray[np.bool_],
    order_bias_limit: float = ORDER_BIAS_LIMIT,
) -> Calibration:
    """Judge a scorer by its answers to easy questions, and fit its probabilities.

    Parameters
    ----------
    kind : {"triplet", "pair"}
    scores : shape (m, 2)
        Evidence for choice 1 (or "same") in the order given and in the swapped one, as
        :attr:`~localcluster.oracle.answers.Answers.scores` has it.
    truth : bool, shape (m,)
        Whether choice 1 (or "same") is right.
    order_bias_limit : float
        Largest order bias, 0 to 0.5, of a triplet scorer that is accepted.
    """
    mean = scores.mean(axis=1)
    n = len(mean)
    pair = kind == "pair"
    curve = fit_logistic(mean, truth, with_intercept=pair)
    side = np.sign(scores - curve.middle)
    consistency = float((side[:, 0] == side[:, 1]).mean()) if n else 0.0
    right = _right(mean - _held_out_thresholds(mean, truth) if pair else mean, truth)
    low, high = wilson(right, n)
    bias = _first_share(np.sign(scores), pair) - 0.5
    reason = _refusal(scorer, right, n, low, 0.0 if pair else bias, order_bias_limit)
    words = reason or (
        f'"{scorer}" answered {_of(right, n)} easy questions correctly ({right / n:.0%}, at least '
        f"{low:.0%}). It gave {consistency:.0%} of them the same answer in both orders."
    )
    return Calibration(
        scorer,
        kind,
        n,
        right / n if n else 0.5,
        low,
        high,
        consistency,
        bias,
        curve.slope,
        curve.intercept,
        not reason,
        words,
    )


def choose_scorer(calibrations: Sequence[Calibration]) -> Calibration | None:
    """The accepted scorer with the best low end of its accuracy; None where all are refused.

    Equals are told apart by order consistency, then by their place in the sequence.
    """
    accepted = [c for c in calibrations if c.accepted]
    return max(accepted, key=lambda c: (c.low, c.order_consistency), default=None)


def wilson(right: float, n: int, z: float = _Z) -> tuple[float, float]:
    """95% interval of a share (Wilson 1927), or of ``z``; the whole range where nothing was asked.

    >>> low, high = wilson(58, 64)
    >>> round(low, 2), round(high, 2)
    (0.81, 0.96)
    """
    if n == 0:
        return 0.0, 1.0
    share, spread = right / n, z**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def _held_out_thresholds(scores: NDArray[np.floating], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Threshold for each question, found without it: one found with it would flatter the scorer."""
    thresholds = np.zeros(len(scores))
    fold = np.arange(len(scores)) % _FOLDS
    for part in range(min(_FOLDS, len(scores))):
        curve = fit_logistic(scores[fold != part], truth[fold != part], with_intercept=True)
        thresholds[fold == part] = curve.middle
    return thresholds


def _right(evidence: NDArray[np.floating], truth: NDArray[np.bool_]) -> float:
    """Number of right answers; no evidence is half a one."""
    return float(np.where(evidence == 0, 0.5, (evidence > 0) == truth).sum())


def _first_share(side: NDArray[np.floating], pair: bool) -> float:
    """Share of readings for the choice shown first (for pairs: "same"); no side is half of each."""
    if not side.size:
        return 0.5
    shown_first = side if pair else side * np.array([1, -1])
    return float((shown_first.mean() + 1) / 2)


def _refusal(scorer: str, right: float, n: int, low: float, bias: float, bias_limit: float) -> str:
    """Why a scorer is refused; nothing where it is accepted."""
    if n < MIN_QUESTIONS:
        return (
            f'"{scorer}" was not used: only {n} easy questions could be made from these rows, and '
            f"{MIN_QUESTIONS} are needed to judge it."
        )
    if abs(bias) > bias_limit:
        place = "first" if bias > 0 else "second"
        return (
            f'"{scorer}" was not used: it named the {place} choice in {0.5 + abs(bias):.0%} of {2 * n} '
            "readings, whatever text stood there."
        )
    if low < MIN_ACCURACY:
        return (
            f'"{scorer}" was not used: it answered {_of(right, n)} easy questions correctly '
            f"({right / n:.0%}). That is too close to guessing: only {low:.0%} is sure, and "
            f"{MIN_ACCURACY:.0%} is needed."
        )
    return ""


def _of(right: float, n: int) -> str:
    return f"{right:g} of {n}"
