"""What an answer store holds: the model's readings of questions, and what a run made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["triplet", "pair"]
Purpose = Literal["calibration", "training", "held out", "granularity"]
Answer = Literal["choice 1", "choice 2", "same", "different", "abstained"]


@dataclass(frozen=True)
class Reading:
    """One model reading of one question in the order shown.

    Attributes
    ----------
    key : str
        SHA-256 (hex) over all that the score depends on, the texts in the order shown included.
    kind : "triplet" or "pair"
    scorer : str
        E.g. ``"choice tokens"``.
    model : str
        SHA-256 of the model's file.
    texts : tuple of str
        As shown: (query, first choice, second choice), or (first, second) of a pair.
    score : float
        Evidence for the choice shown first, or for "same"; in nats or the scorer's unit, finite.
    """

    key: str
    kind: Kind
    scorer: str
    criterion: str
    model: str
    texts: tuple[str, ...]
    score: float


@dataclass(frozen=True)
class Decision:
    """What a run made of the two readings of a question.

    Attributes
    ----------
    kind : "triplet" or "pair"
    purpose : "calibration", "training", "held out" or "granularity"
    shown, swapped : str
        :attr:`Reading.key` of the question as given, and with its two choices swapped.
    answer : "choice 1", "choice 2", "same", "different" or "abstained"
    probability : float
        Calibrated, of choice 1 or of "same".
    """

    kind: Kind
    purpose: Purpose
    round: int
    shown: str
    swapped: str
    answer: Answer
    probability: float


@dataclass(frozen=True)
class ReadingCount:
    """How many readings a store holds of one kind by one scorer under one criterion.

    Attributes
    ----------
    repeated : int
        Readings that were added more than once; 0 when nothing was asked twice.
    """

    criterion: str
    kind: Kind
    scorer: str
    readings: int
    repeated: int
