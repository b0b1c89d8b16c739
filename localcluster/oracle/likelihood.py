"""Likelihood: how much likelier a text becomes when the model is to match another one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from localcluster.oracle.questions import likelihood_prompt, neutral_prompt, scored_text
from localcluster.oracle.scorer import ModelScorer, scores_of_pairs
from localcluster.store.readings import Kind


class LikelihoodScorer(ModelScorer):
    """Evidence = log p(choice | "same category as" query) - log p(choice | nothing to match).

    A pointwise mutual information. A model that is too small to answer a question still predicts
    text. Worked examples have no place in it, and an image has no likelihood.
    """

    name = "likelihood"
    way = "how much likelier a {one} becomes after “like this one: …”"
    reads_images = False
    takes_examples = False
    knows_same = False
    # The text that is to be matched, and one to score with and without it, per pair of texts.
    texts_read: Mapping[Kind, int] = MappingProxyType({"triplet": 6, "pair": 6})

    def triplets(self, triplets: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for the choice shown first, in nats, shape (m,)."""
        pairs = np.concatenate([triplets[:, [0, 1]], triplets[:, [0, 2]]])
        first, second = scores_of_pairs(self._ask, pairs).reshape(2, len(triplets))
        return (first - second).astype(np.float32)

    def pairs(self, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Information of the first text about the second, in nats, shape (m,)."""
        return scores_of_pairs(self._ask, pairs).astype(np.float32)

    def _ask(self, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        neutral = self._neutral_terms(pairs[:, 1])
        # One prompt per query, however many texts are to match it.
        answers: dict[int, list[int]] = {}
        for query, answer in pairs.tolist():
            answers.setdefault(query, []).append(answer)
        prompts = [likelihood_prompt(self.criterion, self._text(query)) for query in answers]
        continuations = [[scored_text(self._text(row)) for row in rows] for rows in answers.values()]
        logp = self._score(prompts, continuations)
        found = {
            (query, row): value
            for (query, rows), values in zip(answers.items(), logp, strict=True)
            for row, value in zip(rows, values.tolist(), strict=True)
        }
        conditional = np.array([found[query, answer] for query, answer in pairs.tolist()])
        return conditional - neutral

    def _text(self, row: int) -> str:
        shown = self._rows[row]
        return shown if isinstance(shown, str) else shown.text or ""

    def _neutral_terms(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        # Read again in every call, for the reason given at scores_of_pairs.
        distinct, place = np.unique(rows, return_inverse=True)
        scored = [scored_text(self._text(row)) for row in distinct.tolist()]
        (logp,) = self._score([neutral_prompt()], [scored])
        return logp[place]
