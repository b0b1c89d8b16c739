"""By which criteria the fast reader was taught, and what it was worth on criteria that taught it nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from localcluster.embed.sentence import Embedder

#: Beside the weights, made by ``scripts/train_reader/measure.py``.
FILE = "held_out.json"
#: Criteria that an estimate is made from, and the cosine in which their weights fall to a third.
NEAREST, FALLS_IN = 12, 0.08
#: A criterion with no phrase nearer than this is unlike all that is known: the lowest tenth of the pool's own
#: criteria, each against those of other sets (``scripts/train_reader/measure.py`` prints it).
FAR_BELOW = 0.4


@dataclass(frozen=True)
class Likely:
    """What is to be expected of a reading, from criteria like the one asked.

    Attributes
    ----------
    nearest : str
        The phrase most like it, of those that taught the reader or were measured.
    likeness : float
        Cosine of the two.
    reader, sentence : float
        Expected agreement with people's classes (adjusted mutual information of k-means) of the reader and of
        the sentence embedder.
    """

    nearest: str
    likeness: float
    reader: float
    sentence: float

    @property
    def far(self) -> bool:
        """Whether nothing is known of criteria like this one."""
        return self.likeness < FAR_BELOW


@dataclass(frozen=True)
class Checked:
    """A criterion that taught the reader nothing, and the agreement measured on it."""

    phrase: str
    reader: float
    sentence: float


@dataclass(frozen=True)
class ReaderRecord:
    """What is known of a reader.

    Attributes
    ----------
    taught : tuple of str
        Phrases of the criteria that taught it.
    checked : tuple of Checked
    """

    taught: tuple[str, ...]
    checked: tuple[Checked, ...]

    @classmethod
    def load(cls, path: Path) -> ReaderRecord:
        """Read what ``scripts/train_reader/measure.py`` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        checked = (Checked(row["phrase"], row["reader"], row["sentence"]) for row in told["held out"])
        return cls(tuple(told["taught"]), tuple(checked))

    def likely(self, criteria: Sequence[str], embedder: Embedder) -> list[Likely]:
        """What is to be expected by each criterion: the mean over those like it, the more alike the heavier."""
        phrases = list(dict.fromkeys([*self.taught, *(each.phrase for each in self.checked)]))
        measured = [phrases.index(each.phrase) for each in self.checked]
        vectors = embedder.encode([*phrases, *criteria])
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        found = []
        for cosines in vectors[len(phrases) :] @ vectors[: len(phrases)].T:
            place = int(cosines.argmax())
            near = cosines[measured]
            few = np.argsort(-near, kind="stable")[:NEAREST]
            weights = np.exp((near[few] - near[few[0]]) / FALLS_IN)
            weights /= weights.sum()
            scores = np.array([[self.checked[row].reader, self.checked[row].sentence] for row in few])
            reader, sentence = (weights @ scores).tolist()
            found.append(Likely(phrases[place], float(cosines[place]), reader, sentence))
        return found
