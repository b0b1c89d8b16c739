"""What a scorer is, and what the scorers that ask a language model have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import LocalModel, Prompt
from localcluster.errors import ModelError
from localcluster.oracle.examples import Example
from localcluster.oracle.questions import STANDARD, TEMPLATE, QuestionWording, about_images
from localcluster.oracle.rows import Row, have_images
from localcluster.store.keys import key_of
from localcluster.store.readings import Kind

if TYPE_CHECKING:
    from typing_extensions import Self

    from localcluster.embed import View

#: Log-probabilities are floored here, so that the difference of two impossible answers is no evidence
#: instead of no number.
LOG_FLOOR = -1e4
#: Of a scorer that asks the model nothing per question.
READS_NOTHING: Mapping[Kind, int] = MappingProxyType({"triplet": 0, "pair": 0})


class Scorer(Protocol):
    """One way to read answers to triplet and pair questions from a model.

    Questions are row numbers of distinct texts. A scorer reads each in the order given and only in
    that one; the :class:`~localcluster.oracle.oracle.Oracle` swaps choices.

    Attributes
    ----------
    name : str
        As users read it, e.g. ``"choice tokens"``.
    way : str
        How it asks, as the report says it; ``{one}`` and ``{many}`` stand for the noun of the rows.
    reads_images : bool
        Whether it can ask about rows with an image.
    per_item : bool
        Whether the cost is in the items (read once, any number of questions) and not in the questions.
    knows_same : bool
        Whether evidence for "same" has a zero of its own, because the model was asked whether two texts
        belong together. A cosine or a likelihood only orders pairs: where "same" ends is then what
        calibration took for near, and says nothing about how fine the clusters should be.
    texts_read : mapping of kind to int
        Texts that the model reads for one question in both orders: the measure of its cost. 0 where rows
        were read before.
    fingerprint : str
        Key of everything a score depends on besides the texts of the question.
    model : str
        SHA-256 of the model's weights, or what stands for it.
    """

    name: str
    way: str
    reads_images: bool
    per_item: bool
    knows_same: bool
    texts_read: Mapping[Kind, int]

    @classmethod
    def about(
        cls,
        model: LocalModel,
        criterion: str,
        rows: Sequence[Row],
        answers: View | None,
        examples: Sequence[Example] = (),
    ) -> Self:
        """Make the scorer for these rows; ``answers`` are answer distributions, where they have been read."""
        ...

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def criterion(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102

    def triplets(self, triplets: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for the choice shown first.

        Parameters
        ----------
        triplets : int64, shape (m, 3)
            Query, first choice, second choice.

        Returns
        -------
        float32, shape (m,)
            Positive for the first choice, negative for the second, 0 for an abstention; finite.
        """
        ...

    def pairs(self, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Evidence for "same", shape (m,), of pairs of shape (m, 2) in the order given; zero is arbitrary."""
        ...


class ModelScorer:
    """Base of the scorers that ask a language model about each question.

    Parameters
    ----------
    rows : sequence of str or Item
        Distinct rows that questions number.
    examples : sequence of Example
        Worked examples shown before each question.
    """

    name = ""
    way = ""
    reads_images = True
    #: Whether worked examples have a place in its questions.
    takes_examples = True
    #: Raised when what a scorer asks or computes changes.
    version = 1
    per_item = False
    knows_same = True
    texts_read: Mapping[Kind, int] = READS_NOTHING

    def __init__(
        self,
        model: LocalModel,
        criterion: str,
        rows: Sequence[Row],
        examples: Sequence[Example] = (),
        wording: QuestionWording = STANDARD,
    ) -> None:
        self._llm = model
        self.criterion = criterion
        self._rows = rows
        self._examples = tuple(examples)
        self._wording = about_images(wording) if have_images(rows) else wording
        info = model.info
        self.model = info.sha256
        # Not the engine or device: they agree up to rounding, and answers must survive a change of machine.
        self.fingerprint = key_of(
            (self.name, self.version, TEMPLATE),
            (info.sha256, info.quantization, info.context_length),
            criterion,
            _worded(self._wording),
            [asdict(example) for example in self._examples],
        )

    @classmethod
    def about(
        cls,
        model: LocalModel,
        criterion: str,
        rows: Sequence[Row],
        answers: View | None,
        examples: Sequence[Example] = (),
    ) -> Self:
        """The scorer for these rows."""
        return cls(model, criterion, rows, examples if cls.takes_examples else ())

    def _log_odds(
        self,
        prompts: Sequence[Prompt],
        continuations: tuple[str, str],
    ) -> NDArray[np.float64]:
        """Log-probability of the first continuation minus that of the second, shape (n_prompts,)."""
        logp = self._score(prompts, [continuations] * len(prompts))
        return np.array([first - second for first, second in logp], dtype=np.float64)

    def _score(
        self,
        prompts: Sequence[Prompt],
        continuations: Sequence[Sequence[str]],
    ) -> list[NDArray[np.float64]]:
        if not prompts:
            return []
        logp = self._llm.score(prompts, continuations)
        bad = sum(bool(np.isnan(row).any()) for row in logp)
        if bad:
            raise ModelError(
                f"The model {self._llm.info.name} gave no number for {bad:,} of {len(prompts):,} questions. "
                "Its file is damaged or its engine computes wrongly; check with: localcluster models verify"
            )
        return [np.maximum(row, LOG_FLOOR) for row in logp]


def _worded(wording: QuestionWording) -> dict[str, object]:
    words = asdict(wording)
    # Came with images: questions about texts keep the keys, and so the answers, they had.
    return {k: v for k, v in words.items() if k != "thing" or v != QuestionWording.thing}


def scores_of_pairs(
    compute: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    pairs: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Scores of ordered pairs of rows, float64, shape (m,), each computed once however often it occurs.

    Nothing is remembered for the next call: an engine's numbers depend on what stands in the same batch, and
    a resumed run, which remembers nothing either, must ask the same prompts together.

    Parameters
    ----------
    compute : callable
        ``compute(pairs)`` gives float64 scores, shape (n,), of distinct pairs, shape (n, 2).
    pairs : int64, shape (m, 2)
    """
    if not len(pairs):
        return np.empty(0)
    # Sorted, so that prompts about one text stand together and share it as a prefix.
    distinct, place = np.unique(pairs, axis=0, return_inverse=True)
    return compute(distinct.astype(np.int64))[place.ravel()]
