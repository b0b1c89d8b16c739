"""Answers of an oracle to a batch of questions, with how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from localcluster.arrays import questions_about
from localcluster.errors import InputError

#: Below this confidence (|2p - 1|) a question is left unanswered; p is between 0.475 and 0.525 then.
MIN_CONFIDENCE = 0.05


@dataclass(frozen=True, eq=False)
class Answers:
    """What the two readings of each question come to.

    Attributes
    ----------
    questions : int64, shape (m, 3) or (m, 2)
        Triplets (query, choice 1, choice 2) or pairs, as row numbers of distinct texts.
    scores : float32, shape (m, 2)
        Evidence for choice 1, or for "same", read in the order given and in the swapped order.
    probability : float32, shape (m,)
        That choice 1 is right, or that the pair is the same.
    abstained : bool, shape (m,)
        No answer: use neither side.
    middle : float
        Score of an even chance: 0 for triplets, where choices are alike.
    """

    questions: NDArray[np.int64]
    scores: NDArray[np.float32]
    probability: NDArray[np.float32]
    abstained: NDArray[np.bool_]
    middle: float = 0.0

    def __len__(self) -> int:
        return len(self.questions)

    @property
    def first(self) -> NDArray[np.bool_]:
        """Whether choice 1 (or "same") is the likelier, shape (m,); meaningless where abstained."""
        return np.asarray(self.probability > 0.5)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """How far from a coin flip, 0 to 1, shape (m,)."""
        return np.asarray(np.abs(2 * self.probability - 1), dtype=np.float32)

    @property
    def consistent(self) -> NDArray[np.bool_]:
        """Whether both orders give evidence for the same side, shape (m,)."""
        side = np.sign(self.scores - self.middle)
        return np.asarray(side[:, 0] == side[:, 1])


def joined(batches: Sequence[Answers]) -> Answers:
    """Several batches of answers to questions of one kind as one."""
    return Answers(
        np.concatenate([batch.questions for batch in batches]),
        np.concatenate([batch.scores for batch in batches]),
        np.concatenate([batch.probability for batch in batches]),
        np.concatenate([batch.abstained for batch in batches]),
        batches[0].middle,
    )


def answers_from(triplets: ArrayLike, probability: ArrayLike, n: int) -> Answers:
    """Answers of any oracle to triplets about ``n`` rows, from the probability of choice 1; NaN for none."""
    asked = questions_about(n, triplets, 3)
    p = np.asarray(probability, dtype=np.float32)
    if p.shape != (len(asked),) or ((p < 0) | (p > 1)).any():
        raise InputError(
            f"{len(asked):,} triplets came with probabilities of shape {p.shape}; give one from 0 to 1 "
            "for each."
        )
    abstained = ~(np.abs(2 * p - 1) >= MIN_CONFIDENCE)
    p = np.where(np.isnan(p), np.float32(0.5), p)
    clipped = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    score = np.log(clipped / (1 - clipped)).astype(np.float32)
    return Answers(asked, np.stack([score, score], axis=1), p, abstained)


def estimated_accuracy(answers: Answers) -> float:
    """Share of the given answers expected to be right, without labels; 0.5 where none was given."""
    given = ~answers.abstained
    if not given.any():
        return 0.5
    p = answers.probability[given].astype(np.float64)
    return float(np.maximum(p, 1 - p).mean())
