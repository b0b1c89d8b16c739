"""Which scorer to trust: all of them answer easy questions, the best one that is not at chance is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcluster.evidence import ScorerEvidence
from localcluster.oracle.answers import Answers
from localcluster.oracle.calibration import MIN_QUESTIONS, Calibration, calibrate, choose_scorer
from localcluster.oracle.easy import easy_pairs, easy_triplets
from localcluster.oracle.oracle import Oracle
from localcluster.oracle.rows import Row
from localcluster.oracle.scorer import Scorer
from localcluster.oracle.trial import ALL_QUESTIONS, try_out
from localcluster.store.answers import AnswerStore
from localcluster.store.readings import Kind

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Panel:
    """The scorers' results on easy questions and the oracle that came out of them.

    Attributes
    ----------
    kind : {"triplet", "pair"}
    calibrations : tuple of Calibration
        One per scorer that was tried.
    oracle : Oracle or None
        Asks the chosen scorer, calibrated; None where all were refused.
    asked, recalled : int
        Readings for calibration: new ones, and those that the store had.
    """

    kind: Kind
    calibrations: tuple[Calibration, ...]
    oracle: Oracle | None
    asked: int
    recalled: int

    @property
    def why(self) -> str:
        """One sentence: which scorer answers, or why none does."""
        if self.oracle is None or self.oracle.calibration is None:
            tried = len(self.calibrations)
            return (
                f"None of {tried} ways to ask the language model was clearly better than guessing on easy "
                "questions, so its answers were not used."
            )
        return f"{self.oracle.calibration.reason} It was the best of {len(self.calibrations)} ways to ask."

    def evidence(self) -> tuple[ScorerEvidence, ...]:
        """The scorers for the record, without their curves' coefficients."""
        names = [field.name for field in fields(ScorerEvidence)]
        return tuple(
            ScorerEvidence(**{name: _rounded(getattr(calibration, name)) for name in names})
            for calibration in self.calibrations
        )


def hold_panel(
    kind: Kind,
    scorers: Sequence[Scorer],
    rows: Sequence[Row],
    geometry: Sequence[NDArray[np.float32]],
    seed: int,
    *,
    store: AnswerStore | None = None,
    run: str = "",
    texts: int | None = None,
    progress: Advance | None = None,
) -> Panel:
    """Ask every scorer easy questions, as long as they can still get it chosen, and choose.

    Parameters
    ----------
    kind : {"triplet", "pair"}
    rows : sequence of str or Item
    geometry : sequence of float32, shape (n, d)
        Unit rows of the views: a question is easy where all agree. A view that a scorer reads must not be
        among them, or that scorer cannot fail.
    run : str
        Under whose name the store records the decisions.
    texts : int, optional
        Texts that the model may read for all trials together; no limit if not given. However few, a scorer
        may be asked the 16 questions that decide.
    progress : callable, optional
        ``progress(done, total)`` in scorers.
    """
    draw = easy_triplets if kind == "triplet" else easy_pairs
    questions, truth = draw(geometry, ALL_QUESTIONS, seed)
    calibrations: list[Calibration] = []
    oracles: dict[str, Oracle] = {}
    left = texts
    for place, scorer in enumerate(scorers):
        oracle = oracles[scorer.name] = Oracle(scorer, rows, store)
        if scorer.per_item:
            answers = _ask(oracle, kind, questions)
            found = calibrate(scorer.name, kind, answers.scores, truth)
        else:
            cost = scorer.texts_read[kind]
            most = ALL_QUESTIONS
            if left is not None and cost:
                # An equal part for each that is still to come; what one does not use is left to the others.
                part = left // sum(other.texts_read[kind] > 0 for other in scorers[place:])
                most = max(part // cost, MIN_QUESTIONS)
            found, answers = try_out(
                scorer.name,
                kind,
                partial(_ask, oracle, kind),
                questions[:most],
                truth[:most],
                choose_scorer(calibrations),
            )
            left = None if left is None else left - cost * found.n
        calibrations.append(found)
        # The store keeps one set of decisions per purpose and number, and the panels of the two kinds may
        # differ in length: even numbers are triplets, odd ones pairs.
        oracle.record(answers, "calibration", 2 * place + (kind == "pair"), run=run)
        if progress is not None:
            progress(place + 1, len(scorers))
    best = choose_scorer(calibrations)
    if best is not None:
        oracles[best.scorer].calibration = best
    return Panel(
        kind,
        tuple(calibrations),
        None if best is None else oracles[best.scorer],
        sum(oracle.asked for oracle in oracles.values()),
        sum(oracle.recalled for oracle in oracles.values()),
    )


def _ask(oracle: Oracle, kind: Kind, questions: NDArray[np.int64]) -> Answers:
    return oracle.ask_triplets(questions) if kind == "triplet" else oracle.ask_pairs(questions)


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
