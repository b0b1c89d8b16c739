"""Which target embedding follows the criterion: asked of the oracle, on triplets that divide the candidates.

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
from localcluster.triplets.gate import Verdict, log_likelihood, margins, verdict

#: Questions that choose among a handful of candidates: a difference of 10 points of agreement is then beyond
#: noise (:data:`~localcluster.triplets.gate.GATE_Z` standard errors of half the disputed answers).
N_QUESTIONS = 256
#: Random triplets that the disputed ones are taken from.
_DRAWN = 4096


@dataclass(frozen=True)
class TargetChoice:
    """The candidate that the answers support.

    Attributes
    ----------
    likelihood : dict of str to float
        Mean log-likelihood (nats) that each candidate's margins give the answers, under the logistic curve
        that suits it best: -0.69 for margins that tell nothing.
    verdict : Verdict
        Of the best candidate against the default.
    """

    chosen: str
    likelihood: dict[str, float]
    answered: int
    verdict: Verdict


def disputed_triplets(
    candidates: Mapping[str, Sequence[View]], seed: int, n: int = N_QUESTIONS
) -> NDArray[np.int64]:
    """Triplets on which the candidates disagree most, int64, shape (m, 3).

    Parameters
    ----------
    candidates : mapping of str to sequence of View
        All over the same rows. A candidate's opinion is its views' mean margin, in standard deviations and
        bounded: triplets come first on which some are sure of one side and others of the other.
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
    opinions = np.stack([_opinion(views, drawn) for views in candidates.values()])
    dispute = opinions.std(axis=0)
    disputed = (opinions.max(axis=0) > 0) & (opinions.min(axis=0) < 0)
    order = np.lexsort((rng.permutation(len(drawn)), -dispute))
    return np.asarray(drawn[order[disputed[order]][:n]], dtype=np.int64)


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
    triplets = answers.questions[given]
    side = np.where(answers.first[given], 1.0, -1.0)
    likely = {name: log_likelihood(_margin(views, triplets) * side) for name, views in candidates.items()}
    found = {name: float(each.mean()) if len(each) else 0.0 for name, each in likely.items()}
    best = max(found, key=lambda name: (found[name], name == default))
    judged = verdict(likely[best] - likely[default])
    chosen = best if best != default and judged.adopted else default
    return TargetChoice(chosen, found, int(given.sum()), judged)


def _margin(views: Sequence[View], triplets: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.mean([margins(view.vectors, triplets) for view in views], axis=0))


def _opinion(views: Sequence[View], triplets: NDArray[np.int64]) -> NDArray[np.float64]:
    margin = _margin(views, triplets)
    return np.asarray(np.tanh(margin / max(float(margin.std()), 1e-9)))
