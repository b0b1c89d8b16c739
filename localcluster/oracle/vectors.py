"""Scorers that read each text once: two texts belong together when the model says the same of both.

By far the best way to ask a small model, and linear in rows: it need not compare, only describe.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import LocalModel, ProgressCallback
from localcluster.embed import Embedder, View
from localcluster.embed.view import Standardizer
from localcluster.embed.wordings import IS, Wording
from localcluster.oracle.examples import Example
from localcluster.oracle.rows import Row, as_item
from localcluster.oracle.scorer import READS_NOTHING
from localcluster.store.keys import key_of

#: Tokens of a short answer; a category is named in fewer.
SHORT_ANSWER_TOKENS = 12
#: What is embedded for an answer without words, so that such answers are alike.
NO_ANSWER = "nothing"
#: Short answers generated between two progress reports.
_CHUNK = 64


class VectorScorer:
    """Evidence from the cosine of vectors that were read once per text.

    The evidence for a choice is its cosine with the query, minus that of the other choice.

    Parameters
    ----------
    name : str
        E.g. ``"answer distributions"``.
    vectors : float32, shape (n, d)
        Unit rows, one per distinct text.
    fingerprint : str, optional
        Key of everything the vectors depend on; of the vectors themselves when not given.
    criterion, model : str, optional
        For the record only.
    """

    per_item = True
    knows_same = False
    texts_read = READS_NOTHING

    def __init__(
        self,
        name: str,
        vectors: NDArray[np.float32],
        fingerprint: str | None = None,
        *,
        criterion: str = "",
        model: str = "",
    ) -> None:
        self.name = name
        self.fingerprint = key_of("vectors", name, vectors if fingerprint is None else fingerprint)
        self.criterion = criterion
        self.model = model
        self._vectors = vectors

    def triplets(self, triplets: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine with the first choice minus cosine with the second, shape (m,)."""
        first, second = self.pairs(triplets[:, [0, 1]]), self.pairs(triplets[:, [0, 2]])
        return first - second

    def pairs(self, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine of the two texts, shape (m,)."""
        a, b = self._vectors[pairs[:, 0]], self._vectors[pairs[:, 1]]
        return np.asarray(np.einsum("ij,ij->i", a, b), dtype=np.float32)


class AnswerScorer(VectorScorer):
    """The answer distributions that a run has read anyway, compared: nothing is asked again."""

    name = "answer distributions"
    way = "one question about each {one}, the likely answers compared between {many}"
    reads_images = True

    @classmethod
    def about(
        cls,
        model: LocalModel,
        criterion: str,
        rows: Sequence[Row],
        answers: View | None,
        examples: Sequence[Example] = (),
    ) -> AnswerScorer:
        """The scorer of these answer distributions."""
        if answers is None:
            raise ValueError("answer distributions are compared, and none were read")
        # The vectors' own hash stands in the key: they depend on all rows, through the choice of words.
        return cls(cls.name, answers.vectors, criterion=criterion, model=model.info.sha256)


def short_answer_vectors(
    model: LocalModel,
    embedder: Embedder,
    criterion: str,
    rows: Sequence[Row],
    wording: Wording = IS,
    progress: ProgressCallback | None = None,
) -> NDArray[np.float32]:
    """What the model says of each row in a few words, embedded by the sentence embedder.

    Returns
    -------
    float32, shape (n, d)
        Unit rows, centred, because all answers to one question have much in common.
    """
    answers: list[str] = []
    for start in range(0, len(rows), _CHUNK):
        prompts = [wording.prompt(criterion, as_item(row)) for row in rows[start : start + _CHUNK]]
        said = model.generate(prompts, SHORT_ANSWER_TOKENS)
        answers += [first_line(answer) or NO_ANSWER for answer in said]
        if progress is not None:
            progress(len(answers), len(rows))
    vectors = embedder.encode(answers)
    return Standardizer.centring(vectors).apply(vectors)


def first_line(answer: str) -> str:
    r"""The answer itself, without what a model goes on to say after it.

    >>> first_line(" card arrival.\nExplanation: ...")
    'card arrival.'
    """
    lines = answer.strip().splitlines()
    return lines[0].strip() if lines else ""
