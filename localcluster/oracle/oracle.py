"""The oracle: asks a scorer each question once, in both orders, and keeps every reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from localcluster.backends.base import ProgressCallback
from localcluster.oracle.answers import MIN_CONFIDENCE, Answers
from localcluster.oracle.calibration import Calibration
from localcluster.oracle.rows import Row, content, label
from localcluster.oracle.scorer import Scorer
from localcluster.store.answers import AnswerStore
from localcluster.store.keys import key_of
from localcluster.store.readings import Answer, Decision, Kind, Purpose, Reading

#: Questions asked between two writes to the store: what a killed run may have to ask again.
CHUNK = 32

_Ask = Callable[[NDArray[np.int64]], NDArray[np.float32]]


class Oracle:
    """Answers triplet and pair questions about texts, each asked once for good.

    Parameters
    ----------
    rows : sequence of str or Item
        Distinct rows that questions number; the same as the scorer's.
    store : AnswerStore, optional
        Where readings are looked up and kept; without it they are forgotten with the batch.
    calibration : Calibration, optional
        Of this scorer for the kind of question that will be asked. Without it the probability is
        the sigmoid of the mean score.
    chunk : int
        Questions asked between two writes to the store.

    Attributes
    ----------
    asked, recalled : int
        Readings that were asked of the scorer and that the store had.
    """

    def __init__(
        self,
        scorer: Scorer,
        rows: Sequence[Row],
        store: AnswerStore | None = None,
        calibration: Calibration | None = None,
        chunk: int = CHUNK,
    ) -> None:
        self.scorer = scorer
        self.calibration = calibration
        self.asked = 0
        self.recalled = 0
        self._rows = rows
        self._store = store
        self._chunk = chunk

    def ask_triplets(self, triplets: NDArray[np.int64], progress: ProgressCallback | None = None) -> Answers:
        """Which choice of each triplet is closer to its query.

        Parameters
        ----------
        triplets : int64, shape (m, 3)
            Query, choice 1, choice 2.
        progress : callable, optional
            ``progress(done, total)`` in questions.
        """
        return self._ask("triplet", triplets, self.scorer.triplets, progress)

    def ask_pairs(self, pairs: NDArray[np.int64], progress: ProgressCallback | None = None) -> Answers:
        """Whether the two texts of each pair, shape (m, 2), belong together."""
        return self._ask("pair", pairs, self.scorer.pairs, progress)

    def record(self, answers: Answers, purpose: Purpose, round: int, *, run: str = "") -> None:
        """Write what was made of the readings into the store, in the place of an earlier such record."""
        if self._store is None:
            return
        kind: Kind = "triplet" if answers.questions.shape[1] == len(_SWAPPED["triplet"]) else "pair"
        yes, no = _ANSWERS[kind]
        given, swapped = self._keys(kind, answers.questions), self._keys(kind, _swap(kind, answers.questions))
        says = [
            "abstained" if abstained else yes if first else no
            for abstained, first in zip(answers.abstained, answers.first, strict=True)
        ]
        decisions = [
            Decision(kind, purpose, round, shown, turned, answer, float(p))
            for shown, turned, answer, p in zip(given, swapped, says, answers.probability, strict=True)
        ]
        self._store.decide(self.scorer.criterion, purpose, round, decisions, run)

    def _ask(
        self, kind: Kind, questions: NDArray[np.int64], ask: _Ask, progress: ProgressCallback | None
    ) -> Answers:
        _check(kind, questions, len(self._rows))
        both = np.concatenate([questions, _swap(kind, questions)])
        keys = self._keys(kind, both)
        scores = self._stored(keys)
        self.recalled += len(scores)
        m = len(questions)
        for start in range(0, m, self._chunk):
            stop = min(start + self._chunk, m)
            # Both orders of a question in one call: scorers that do not depend on the order ask once.
            places = [*range(start, stop), *range(m + start, m + stop)]
            missing = {keys[place]: place for place in places if keys[place] not in scores}
            if missing:
                scores |= self._read(kind, list(missing), both[list(missing.values())], ask)
            if progress is not None:
                progress(stop, m)
        found = np.array([scores[key] for key in keys], dtype=np.float32).reshape(2, m).T
        if kind == "triplet":
            found[:, 1] *= -1
        return self._decided(kind, questions, found)

    def _read(
        self, kind: Kind, keys: Sequence[str], questions: NDArray[np.int64], ask: _Ask
    ) -> dict[str, float]:
        # As float32, so that a recalled score is the very number that was read.
        scores = dict(zip(keys, ask(questions).astype(np.float32).tolist(), strict=True))
        self.asked += len(scores)
        if self._store is not None:
            scorer = self.scorer
            self._store.add(
                [
                    Reading(key, kind, scorer.name, scorer.criterion, scorer.model, texts, scores[key])
                    for key, texts in zip(keys, map(self._shown, questions), strict=True)
                ]
            )
        return scores

    def _stored(self, keys: Sequence[str]) -> dict[str, float]:
        return {} if self._store is None else self._store.get(list(dict.fromkeys(keys)))

    def _keys(self, kind: Kind, questions: NDArray[np.int64]) -> list[str]:
        fingerprint = self.scorer.fingerprint
        return [
            key_of(fingerprint, kind, [content(self._rows[row]) for row in question.tolist()])
            for question in questions
        ]

    def _shown(self, question: NDArray[np.int64]) -> tuple[str, ...]:
        return tuple(label(self._rows[row]) for row in question.tolist())

    def _decided(self, kind: Kind, questions: NDArray[np.int64], scores: NDArray[np.float32]) -> Answers:
        mean = scores.astype(np.float64).mean(axis=1)
        if self.calibration is None:
            middle, probability = 0.0, expit(mean).astype(np.float32)
        elif self.calibration.kind != kind:
            raise ValueError(
                f"the calibration is of {self.calibration.kind} questions, not of {kind} questions"
            )
        else:
            middle, probability = self.calibration.curve.middle, self.calibration.probability(mean)
        unsure = np.abs(2 * probability - 1) < MIN_CONFIDENCE
        return Answers(questions, scores, probability, unsure | (mean == 0), middle)


#: Columns of a question with its two choices (or texts) swapped.
_SWAPPED: dict[Kind, list[int]] = {"triplet": [0, 2, 1], "pair": [1, 0]}
_ANSWERS: dict[Kind, tuple[Answer, Answer]] = {
    "triplet": ("choice 1", "choice 2"),
    "pair": ("same", "different"),
}


def _swap(kind: Kind, questions: NDArray[np.int64]) -> NDArray[np.int64]:
    return questions[:, _SWAPPED[kind]]


def _check(kind: Kind, questions: NDArray[np.int64], n_texts: int) -> None:
    columns = len(_SWAPPED[kind])
    if questions.ndim != 2 or questions.shape[1] != columns:
        raise ValueError(f"{kind} questions have shape (m, {columns}), not {questions.shape}")
    if questions.size and not 0 <= questions.min() <= questions.max() < n_texts:
        raise ValueError(
            f"questions number rows {questions.min()} to {questions.max()} of {n_texts} distinct texts"
        )
