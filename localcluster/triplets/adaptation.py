"""Adapt the sentence embedding to the oracle's answers; held-out answers say whether to adopt it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from localcluster.oracle import Answers
from localcluster.triplets.finetune import finetune
from localcluster.triplets.gate import Verdict, support_of_embedding, verdict
from localcluster.triplets.linear_map import fit_linear_map

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

AdaptMethod = Literal["auto", "none", "head", "lora", "full"]
Advance = Callable[[int, int], None]

#: Share of the answers that judges an adapted embedding and never trains it.
HELD_OUT_SHARE = 0.2
#: Fewer answers than this train nothing: one to learn from and one that says when to stop.
MIN_TRAINED = 2


@dataclass(frozen=True)
class Adaptation:
    """An adapted embedding and whether held-out answers support it.

    Attributes
    ----------
    method : str
        What was done, ``auto`` resolved.
    vectors : float32, shape (n, d)
        Adapted unit rows, adopted or not.
    trained_on : int
        Answers that trained it.
    verdict : Verdict
        Of the held-out answers, per answer in nats.
    model : SentenceTransformer or None
        The fine-tuned embedder, where one was; a next round starts from it.
    """

    method: str
    vectors: NDArray[np.float32]
    trained_on: int
    verdict: Verdict
    model: SentenceTransformer | None = None


def resolve_method(method: AdaptMethod, model: SentenceTransformer | None) -> Literal["head", "lora", "full"]:
    """What ``auto`` stands for: full fine-tuning on CUDA, the linear map elsewhere.

    On two CPU cores a fine-tuning takes minutes per round and the map seconds
    (``benchmarks/triplets.py adaptation``).
    """
    if method in ("head", "lora", "full"):
        return method
    return "full" if model is not None and torch.cuda.is_available() else "head"


def adapt(
    vectors: NDArray[np.float32],
    texts: Sequence[str],
    answers: Answers,
    seed: int,
    method: AdaptMethod = "auto",
    model: SentenceTransformer | None = None,
    progress: Advance | None = None,
) -> Adaptation:
    """Train on four fifths of the answers, judge on the rest.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows of the embedding as it is.
    texts : sequence of str
        Distinct texts; used by fine-tuning only.
    answers : Answers
        To triplets. All answers about one query go to the same side of the split.
    seed : int
    method : {"auto", "head", "lora", "full"}
    model : SentenceTransformer, optional
        The embedder, for fine-tuning.

    Returns
    -------
    Adaptation
    """
    chosen = resolve_method(method, model)
    held_out = _split(answers.questions[:, 0], seed)
    train = ~held_out & ~answers.abstained
    query, first, second = answers.questions[train].T
    says = answers.first[train]
    positive, negative = np.where(says, first, second), np.where(says, second, first)
    weight = answers.confidence[train]
    if len(query) < MIN_TRAINED:
        return Adaptation(chosen, vectors, 0, verdict(np.empty(0)), model)
    tuned_model = None
    if chosen == "head":
        adapted = fit_linear_map(vectors, query, positive, negative, weight, seed).apply(vectors)
    else:
        if model is None:
            raise ValueError(f'adaptation "{chosen}" needs the embedder\'s weights; give model=')
        tuned = finetune(model, texts, query, positive, negative, weight, seed, chosen, progress=progress)
        tuned_model, adapted = tuned.model, tuned.encode(texts)
    judged = verdict(support_of_embedding(vectors, adapted, select(answers, held_out)))
    return Adaptation(chosen, adapted, int(train.sum()), judged, tuned_model)


def select(answers: Answers, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Answers:
    """Some of the answers."""
    return Answers(
        answers.questions[rows],
        answers.scores[rows],
        answers.probability[rows],
        answers.abstained[rows],
        answers.middle,
    )


def _split(query: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Which answers are held out, shape (m,): a fifth of the queries with all that was asked about them."""
    queries = np.unique(query)
    if not len(queries):
        return np.zeros(0, np.bool_)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(queries, max(1, round(HELD_OUT_SHARE * len(queries))), replace=False)
    return np.isin(query, chosen)
