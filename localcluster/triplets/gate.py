"""Do no harm: nothing is adopted that held-out answers do not support beyond noise.

Two checks, both one-sided and both on answers that the change under judgement has not seen:

* a **move** of rows between clusters is checked by asking about moved rows once more, with other exemplars
  of the old and the new cluster;
* an **adapted embedding** is checked by the likelihood that it gives held-out triplet answers, beside that
  of the embedding it would replace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from localcluster.oracle import Answers

#: Standard errors that the mean support must be above zero: once in a hundred by luck where there is none.
GATE_Z = 2.33
#: Fewer held-out answers than this support nothing.
MIN_HELD_OUT = 16


@dataclass(frozen=True)
class Verdict:
    """What held-out answers say about a change.

    Attributes
    ----------
    n : int
        Held-out answers that count.
    mean : float
        Support per answer: above zero in favour.
    z : float
        ``mean`` in the standard errors that it has where there is no support.
    stopped : bool
        Whether questions were left out because no answers to them could have changed this.
    """

    n: int
    mean: float
    z: float
    adopted: bool
    stopped: bool = False


def verdict(support: NDArray[np.floating]) -> Verdict:
    """One-sided test that the mean support is above zero.

    Parameters
    ----------
    support : shape (m,)
        One number per held-out answer, above zero in favour of the change.
    """
    n = len(support)
    if n < MIN_HELD_OUT:
        return Verdict(n, float(support.mean()) if n else 0.0, 0.0, False)
    # Spread around zero, which is where no support would put the mean. Around the mean it shrinks where luck
    # has been one-sided: of 20 coin flips, 15 heads would pass, which happens twice in a hundred times.
    mean, spread = float(support.mean()), float(np.sqrt(np.square(support, dtype=np.float64).mean()))
    z = mean / spread * np.sqrt(n) if spread > 0 else 0.0
    return Verdict(n, mean, float(z), bool(z >= GATE_Z))


def out_of_reach(support: NDArray[np.floating], left: int) -> bool:
    """Whether a change is not adopted whatever the answers to the questions left.

    Parameters
    ----------
    support : shape (m,)
        +1 or -1 per answer so far.
    left : int
        Questions not asked yet.

    Examples
    --------
    >>> out_of_reach(np.ones(0), 15), out_of_reach(np.ones(0), 16), out_of_reach(-np.ones(4), 12)
    (True, False, True)
    """
    n = len(support) + left
    # An answer in favour raises z more than an abstention does, so all of them in favour is the best case.
    return n < MIN_HELD_OUT or bool((support.sum() + left) / np.sqrt(n) < GATE_Z)


def support_of_moves(answers: Answers) -> NDArray[np.float64]:
    """Support for moves, float64, shape (m,), from questions whose choice 1 stands for the new cluster.

    An answer counts as +-1, not by its confidence: a few loud answers must not decide.
    """
    given = ~answers.abstained
    return np.where(answers.first[given], 1.0, -1.0)


def margins(vectors: NDArray[np.float32], triplets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cosine of query and choice 1 minus that of query and choice 2, float64, shape (m,)."""
    query, first, second = (vectors[column] for column in triplets.T)
    return np.asarray(np.einsum("ij,ij->i", query, first - second, dtype=np.float64))


def support_of_embedding(
    base: NDArray[np.float32], adapted: NDArray[np.float32], answers: Answers
) -> NDArray[np.float64]:
    """Gain in log-likelihood of each held-out answer, float64, shape (m,).

    Each embedding predicts the answers by a logistic curve of its own margin; the width of the
    curve is fitted for each, so that stretching all distances gains nothing.

    Parameters
    ----------
    base, adapted : float32, shape (n, d)
        Unit rows; the widths d may differ.
    """
    given = ~answers.abstained
    triplets, side = answers.questions[given], np.where(answers.first[given], 1.0, -1.0)
    return log_likelihood(margins(adapted, triplets) * side) - log_likelihood(margins(base, triplets) * side)


def log_likelihood(right_by: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each answer under the best logistic curve without intercept, shape (m,)."""
    if not len(right_by):
        return right_by
    scale = max(float(np.abs(right_by).mean()), 1e-9)

    def loss(slope: float) -> float:
        return float(np.logaddexp(0, -slope * right_by / scale).mean())

    slope = minimize_scalar(loss, bounds=(0.0, 20.0), method="bounded").x
    return np.asarray(-np.logaddexp(0, -slope * right_by / scale))
