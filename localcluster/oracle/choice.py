"""Choice tokens: ClusterLLM's own question, answered by the probability of "Choice 1" and "Choice 2"."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from localcluster.oracle.questions import choice_continuations, options_prompt, triplet_prompt
from localcluster.oracle.scorer import ModelScorer
from localcluster.store.readings import Kind


class ChoiceScorer(ModelScorer):
    """Evidence = log p("Choice 1") - log p("Choice 2"), after the answer was begun with "Choice".

    Small models name the same choice whatever stands there, which two orders of the same question
    bring to light. A pair is a question with the choices "same" and "different", asked in both
    orders of these, because the order of two texts would not show a bias between them.
    """

    name = "choice tokens"
    way = "“Choice 1 or Choice 2?”, asked in both orders"
    # A triplet twice; a pair twice, each time with "same" as the first choice and as the second.
    texts_read: Mapping[Kind, int] = MappingProxyType({"triplet": 6, "pair": 8})

    def triplets(self, triplets: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for the choice shown first, in nats, shape (m,)."""
        prompts = [
            triplet_prompt(
                self.criterion,
                self._rows[query],
                self._rows[first],
                self._rows[second],
                self._examples,
                self._wording,
            )
            for query, first, second in triplets
        ]
        return self._log_odds(prompts, choice_continuations(self._wording)).astype(np.float32)

    def pairs(self, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for "same", in nats, shape (m,)."""
        # All prompts of one order of the choices first: they share their fixed words.
        prompts = [
            options_prompt(
                self.criterion, self._rows[a], self._rows[b], same_first, self._examples, self._wording
            )
            for same_first in (True, False)
            for a, b in pairs
        ]
        odds = self._log_odds(prompts, choice_continuations(self._wording))
        same_is_first, same_is_second = odds[: len(pairs)], odds[len(pairs) :]
        return ((same_is_first - same_is_second) / 2).astype(np.float32)
