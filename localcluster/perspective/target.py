"""Which target embedding follows the criterion: asked of the oracle, by triplets that the candidates dispute.

ESMC takes the state of one token at one layer for every data set. Which token carries the criterion depends
on model, wording and data; an oracle that was really asked can tell, because it does not read the states
that are on trial. One that reads them (answer distributions) would vote for itself and is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.oracle import Answers
from localcluster.perspective.gate import Verdict, margins, verdict

#: Questions that choose among a handful of candidates: a difference of 10 points of agreement is then beyond
#: noise (:data:`~localcluster.perspective.gate.GATE_Z` standard errors of half the disputed answers).
N_QUESTIONS = 256
#: Random triplets that the disputed ones are taken from.
_DRAWN = 4096


@dataclass(frozen=True)
class TargetChoice:
    """The candidate that the answers support.

    Attributes
    ----------
    chosen : str
    agreement : dict of str to float
        Share of the answers that each candidate's distances agree with, the surer answers counting more.
    answered : int
    verdict : Verdict
        Of the best candidate against the default.
    """

    chosen: str
    agreement: dict[str, float]
    answered: int
    verdict: Verdict


def disputed_triplets(
    candidates: Mapping[str, Sequence[View]], seed: int, n: int = N_QUESTIONS
) -> NDArray[np.int64]:
    """Triplets on which the candidates disagree most, int64, shape (m, 3).

    Parameters
    ----------
    candidates : mapping of str to sequence of View
        All over the same rows; a candidate's side is the sign of its views' mean margin.
    seed : int
    n : int
        At most so many.
    """
    rows = len(next(iter(candidates.values()))[0].vectors)
    if rows < 3:
        return np.empty((0, 3), np.int64)
    rng = np.random.default_rng(seed)
    drawn = np.stack([rng.integers(rows, size=_DRAWN) for _ in range(3)], axis=1)
    distinct = (drawn[:, 0] != drawn[:, 1]) & (drawn[:, 0] != drawn[:, 2]) & (drawn[:, 1] != drawn[:, 2])
    drawn = np.unique(drawn[distinct], axis=0)
    first = np.mean([_margin(views, drawn) > 0 for views in candidates.values()], axis=0)
    dispute = 0.5 - np.abs(first - 0.5)
    order = np.lexsort((rng.permutation(len(drawn)), -dispute))
    return drawn[order[: min(n, int((dispute > 0).sum()))]].astype(np.int64)


def choose_target(candidates: Mapping[str, Sequence[View]], answers: Answers, default: str) -> TargetChoice:
    """The candidate whose distances agree best with the answers, if clearly better than the default.

    Parameters
    ----------
    candidates : mapping of str to sequence of View
    answers : Answers
        To :func:`disputed_triplets`.
    default : str
        Name of the candidate that is taken where nobody can be asked.
    """
    given = ~answers.abstained
    triplets, weight = answers.questions[given], answers.confidence[given].astype(np.float64)
    side = np.where(answers.first[given], 1.0, -1.0)
    right = {name: np.sign(_margin(views, triplets)) * side > 0 for name, views in candidates.items()}
    total = max(float(weight.sum()), 1e-12)
    agreement = {name: float((weight * hits).sum() / total) for name, hits in right.items()}
    best = max(agreement, key=lambda name: (agreement[name], name == default))
    gain = right[best].astype(np.float64) - right[default]
    # Only answers on which the two differ say anything about which is better.
    found = verdict(gain[gain != 0])
    chosen = best if best != default and found.adopted else default
    return TargetChoice(chosen, agreement, int(given.sum()), found)


def _margin(views: Sequence[View], triplets: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.mean([margins(view.vectors, triplets) for view in views], axis=0))
