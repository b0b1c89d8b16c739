"""Reading items by one or several criteria, each item as few times as the model allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import LAST_TOKEN, LocalModel, ProgressCallback, Prompt, TokenSelector
from localcluster.embed.wordings import Wording
from localcluster.errors import ModelError
from localcluster.items.item import Item


@dataclass(frozen=True)
class Question:
    """A criterion in one wording: what is asked about every item."""

    criterion: str
    wording: Wording

    def prompt(self, item: Item) -> Prompt:
        """The question about ``item`` with the answer begun."""
        return self.wording.prompt(self.criterion, item)


def read_questions(
    model: LocalModel,
    questions: Sequence[Question],
    items: Sequence[Item],
    layers: Sequence[int],
    at: TokenSelector = LAST_TOKEN,
    progress: ProgressCallback | None = None,
) -> NDArray[np.float32]:
    """Hidden states of every question about every item.

    Prompts that share a long beginning go to the model together, which reads that beginning once: all
    questions about an image, whose prompts begin with it, and one question about all texts, whose prompts
    begin with the question (a small model answers better when it knows what it reads for).

    Parameters
    ----------
    progress : callable, optional
        ``progress(done, total)`` in items, of all questions together.

    Returns
    -------
    float32, shape (n_items, n_questions, n_places, n_layers, width)

    Raises
    ------
    ModelError
        The model's states are not finite numbers.
    """
    n, q = len(items), len(questions)
    together = [i for i, item in enumerate(items) if item.image is not None]
    alone = [i for i, item in enumerate(items) if item.image is None]
    states = np.empty((n, q, len(at.places), len(layers), model.info.width), np.float32)
    done = 0

    def advance(count: int, _: int) -> None:
        if progress is not None:
            progress((done + count) // max(q, 1), n)

    if together:
        prompts = [question.prompt(items[i]) for i in together for question in questions]
        read = model.hidden_states(prompts, layers, at, progress=advance)
        states[together] = read.reshape(len(together), q, *read.shape[1:])
        done += len(prompts)
    if alone:
        for number, question in enumerate(questions):
            prompts = [question.prompt(items[i]) for i in alone]
            states[alone, number] = model.hidden_states(prompts, layers, at, progress=advance)
            done += len(prompts)
    if not np.isfinite(states).all():
        bad = int((~np.isfinite(states.reshape(n, -1))).any(axis=1).sum())
        raise ModelError(
            f"The model {model.info.name} returned states that are not finite numbers for {bad:,} of {n:,} "
            "rows. Its file is damaged or its engine computes wrongly. Check with: localcluster models "
            "verify; or try the other engine (--engine, engine)."
        )
    return states
