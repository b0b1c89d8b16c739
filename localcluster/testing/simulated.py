"""An oracle that knows the labels and errs as told: for studies and tests, never in a run.

Nothing in the package imports this module, and the import contract keeps it out of ``run``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from localcluster.oracle.scorer import READS_NOTHING
from localcluster.store.keys import key_of

#: Size of every score. A simulated oracle is equally sure of right and wrong answers.
EVIDENCE = 2.0

_ERRS, _ABSTAINS, _IS_BIASED, _COIN = range(4)


class SimulatedScorer:
    """Answers from labels, with settable accuracy, order bias and abstention.

    What is answered depends on the question and the seed alone: not on what was asked before, nor,
    but for the order bias, on the order of its texts.

    Parameters
    ----------
    labels : sequence, shape (n,)
        Class of each distinct text.
    accuracy : float
        Probability that an informative question is answered rightly.
    order_bias : float
        Probability that one reading says "first" (for pairs "same") whatever the texts are.
    abstention : float
        Probability that a question gets no answer (a score of 0).
    uninformative : {"coin", "abstain"}
        What happens to a triplet of which both choices or neither share the query's class.
    """

    name = "simulated"
    # Its answers are no view that the partition was made from, so they may adapt an embedding.
    per_item = False
    knows_same = True
    texts_read = READS_NOTHING
    criterion = ""
    model = "simulated"

    def __init__(
        self,
        labels: Sequence[object] | NDArray[np.generic],
        accuracy: float = 1.0,
        order_bias: float = 0.0,
        abstention: float = 0.0,
        seed: int = 0,
        uninformative: Literal["coin", "abstain"] = "coin",
    ) -> None:
        for name, value in (("accuracy", accuracy), ("order_bias", order_bias), ("abstention", abstention)):
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}; it is a probability")
        self._labels = np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)
        self._accuracy, self._order_bias, self._abstention = accuracy, order_bias, abstention
        self._seed = seed
        self._uninformative = uninformative
        self.fingerprint = key_of(
            self.name, self._labels, accuracy, order_bias, abstention, seed, uninformative
        )

    def triplets(self, triplets: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for the choice shown first, shape (m,)."""
        query, first, second = triplets.T
        low, high = np.minimum(first, second), np.maximum(first, second)
        is_low, is_high = (self._labels[query] == self._labels[end] for end in (low, high))
        informative = is_low != is_high
        question = (query, low, high)
        right = self._draw(_ERRS, *question) < self._accuracy
        coin = self._draw(_COIN, *question) < 0.5
        says_low = np.where(informative, is_low == right, coin)
        silent = self._draw(_ABSTAINS, *question) < self._abstention
        if self._uninformative == "abstain":
            silent |= ~informative
        says_first = says_low == (first == low)
        return self._scores(says_first, silent, self._draw(_IS_BIASED, query, first, second))

    def pairs(self, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for "same", shape (m,)."""
        a, b = pairs.T
        low, high = np.minimum(a, b), np.maximum(a, b)
        right = self._draw(_ERRS, low, high) < self._accuracy
        says_same = (self._labels[a] == self._labels[b]) == right
        silent = self._draw(_ABSTAINS, low, high) < self._abstention
        return self._scores(says_same, silent, self._draw(_IS_BIASED, a, b))

    def _scores(
        self, says_first: NDArray[np.bool_], silent: NDArray[np.bool_], bias: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        says_first = says_first | (bias < self._order_bias)
        scores = np.where(says_first, EVIDENCE, -EVIDENCE)
        return np.where(silent, 0.0, scores).astype(np.float32)

    def _draw(self, purpose: int, *columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Uniform numbers in [0, 1) that belong to the questions, shape (m,)."""
        state = np.full(len(columns[0]), _mix(np.array([self._seed, purpose], np.int64))[1], np.uint64)
        state ^= _mix(np.array([self._seed], np.int64))[0]
        for column in columns:
            state = _mix(state ^ _mix(column))
        return np.asarray((state >> np.uint64(11)) / 2.0**53)


def _mix(values: NDArray[np.int64] | NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea, Flood 2014): a hash of 64-bit numbers that numpy can do on columns."""
    z = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))
