"""Yes or no: whether two texts belong together, which is ClusterLLM's granularity question."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from localcluster.oracle.questions import NO, YES, pair_prompt
from localcluster.oracle.scorer import ModelScorer, scores_of_pairs
from localcluster.store.readings import Kind


class YesNoScorer(ModelScorer):
    """Evidence = log p("Yes") - log p("No") of a pair; a triplet is the difference of its two pairs.

    The pull of a model towards "Yes" is the same for both choices of a triplet and cancels.
    """

    name = "yes or no"
    way = "yes or no about each two {many}, asked in both orders"
    # Both pairs of a triplet, and a pair, twice.
    texts_read: Mapping[Kind, int] = MappingProxyType({"triplet": 8, "pair": 4})

    def triplets(self, triplets: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for the choice shown first, in nats, shape (m,)."""
        query, first, second = triplets.T
        # Both orders of each pair; swapping the choices of the triplet then asks nothing new.
        pairs = np.concatenate(
            [
                np.stack(ends, axis=1)
                for ends in ((query, first), (first, query), (query, second), (second, query))
            ]
        )
        as_given, turned, other, other_turned = scores_of_pairs(self._ask, pairs).reshape(4, len(triplets))
        return ((as_given + turned - other - other_turned) / 2).astype(np.float32)

    def pairs(self, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for "same", in nats, shape (m,)."""
        return scores_of_pairs(self._ask, pairs).astype(np.float32)

    def _ask(self, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        prompts = [
            pair_prompt(self.criterion, self._rows[a], self._rows[b], self._examples, self._wording)
            for a, b in pairs
        ]
        return self._log_odds(prompts, (YES, NO))
