"""A scorer on trial: asked easy questions a few at a time, and no more once they cannot change its fate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from localcluster.oracle.answers import Answers, joined
from localcluster.oracle.calibration import (
    MIN_ACCURACY,
    MIN_QUESTIONS,
    ORDER_BIAS_LIMIT,
    Calibration,
    calibrate,
    wilson,
)
from localcluster.store.readings import Kind

#: Numbers of easy questions after which a scorer is looked at, and the most that one is judged by. A scorer
#: that asks the model about every question costs seconds per ten of them.
LOOKS = (8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128)
ALL_QUESTIONS = LOOKS[-1]
#: A scorer that is right in half of this many answers or fewer is taken to guess.
GUESSES_BY = 32

#: Standard normal quantile of the 99% interval: several looks are taken, and one may be unlucky.
_SURE = 2.575829

#: Asks some of the easy questions, shape (m, 3) or (m, 2).
Ask = Callable[[NDArray[np.int64]], Answers]


def try_out(
    scorer: str,
    kind: Kind,
    ask: Ask,
    questions: NDArray[np.int64],
    truth: NDArray[np.bool_],
    best: Calibration | None,
) -> tuple[Calibration, Answers]:
    """Ask easy questions in small batches, for as long as they can still get the scorer chosen.

    What is asked next depends on the answers so far alone, so a repeated trial asks the same.

    Parameters
    ----------
    kind : {"triplet", "pair"}
    ask : callable
    questions : int64, shape (m, 3) or (m, 2)
        As many as may be asked.
    truth : bool, shape (m,)
    best : Calibration or None
        Of the accepted scorer that this one would have to beat.

    Returns
    -------
    calibration : Calibration
        Of the answers that were given; its reason says where and why the trial was stopped.
    """
    total = len(questions)
    answers = ask(questions[:0])
    found = calibrate(scorer, kind, answers.scores, truth[:0])
    if total < MIN_QUESTIONS:
        return replace(found, reason=_too_few(scorer, total)), answers
    needed = rights_needed(total, best)
    if needed is None:
        return replace(found, reason=_not_asked(scorer, total, best)), answers
    for stop in [*(look for look in LOOKS if look < total), total]:
        answers = joined([answers, ask(questions[len(answers) : stop])])
        found = calibrate(scorer, kind, answers.scores, truth[:stop])
        if stop < total and (why := hopeless(found, total, needed, best)):
            return _stopped(found, why), answers
    return found, answers


def rights_needed(total: int, best: Calibration | None) -> float | None:
    """Fewest right answers among ``total`` that get a scorer chosen; None where not even all of them do.

    An abstention counts half. A scorer that only equals the best one is taken where its two orders agree more
    often, so it is given the benefit of the doubt.

    >>> rights_needed(128, None), rights_needed(16, None)
    (81.5, 13.0)
    """
    for halves in range(2 * total + 1):
        low, _ = wilson(halves / 2, total)
        beats = best is None or (low, 1.0) > (best.low, best.order_consistency)
        if low >= MIN_ACCURACY and beats:
            return halves / 2
    return None


def hopeless(found: Calibration, total: int, needed: float, best: Calibration | None) -> str:
    """Why the questions left, up to ``total``, are not worth asking; ``""`` where they are."""
    n, right = found.n, found.accuracy * found.n
    goal = "pass" if best is None else f'beat "{best.scorer}"'
    if right + total - n < needed - 1e-9:
        return f"even if it answered all others correctly, it could not {goal}"
    if n < MIN_QUESTIONS:
        return ""
    if found.kind == "triplet" and abs(found.order_bias) > ORDER_BIAS_LIMIT:
        return "its answers follow the place of a choice and not its text"
    _, high = wilson(right, n, _SURE)
    if high < needed / total:
        return (
            f"it answers hardly more than {high:.0%} correctly, and it needs {needed / total:.0%} to {goal}"
        )
    if n >= GUESSES_BY and found.accuracy <= 0.5:
        return "it is no better than guessing"
    return ""


def _stopped(found: Calibration, why: str) -> Calibration:
    rights = f"{found.accuracy * found.n:g} of them answered correctly"
    told = f"stopped after {found.n} questions, {rights}: {why}."
    if found.accepted:
        return replace(found, reason=f"{found.reason} It was {told}")
    return replace(found, reason=f'"{found.scorer}" was not used: {told}')


def _too_few(scorer: str, total: int) -> str:
    return (
        f'"{scorer}" was not used: only {total} easy questions could be made from these rows, and '
        f"{MIN_QUESTIONS} are needed to judge it."
    )


def _not_asked(scorer: str, total: int, best: Calibration | None) -> str:
    goal = "pass" if best is None else f'beat "{best.scorer}"'
    return (
        f'"{scorer}" was not used and was asked no question: even with right answers to all {total} easy '
        f"questions that it may be asked, it could not {goal}."
    )
