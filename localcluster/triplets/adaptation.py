"""Adapt the sentence embedding to the oracle's answers; held-out answers say whether to adopt it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from localcluster.arrays import unit_vectors
from localcluster.backends.engines import AUTO
from localcluster.config import ADAPTATIONS, FINE_TUNING, listed
from localcluster.errors import ConfigError
from localcluster.oracle import Answers
from localcluster.oracle.answers import answers_from
from localcluster.triplets.finetune import finetune
from localcluster.triplets.gate import Verdict, support_of_embedding, verdict
from localcluster.triplets.linear_map import fit_linear_map

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: One of :data:`~localcluster.config.ADAPT_CHOICES`.
AdaptMethod: TypeAlias = str
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


def resolve_method(method: AdaptMethod, model: SentenceTransformer | None) -> str:
    """What ``auto`` stands for: full fine-tuning on CUDA, the linear map elsewhere.

    On two CPU cores a fine-tuning takes minutes per round and the map seconds
    (``benchmarks/quality/triplets.py adaptation``).
    """
    if method in ADAPTATIONS:
        return method
    return "full" if model is not None and torch.cuda.is_available() else "head"


def adapt_embedder(
    vectors: ArrayLike,
    answers: Answers | tuple[ArrayLike, ArrayLike],
    *,
    method: AdaptMethod = "auto",
    texts: Sequence[str] | None = None,
    model: SentenceTransformer | None = None,
    random_state: int = 0,
    transform: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None,
    progress: Advance | None = None,
) -> Adaptation:
    """Adapt an embedding to answered triplets; held-out answers say whether that is better.

    Four fifths of the answers train, the others judge; all answers about one query are on one side.

    Parameters
    ----------
    vectors : shape (n, d)
        Any embedding of the rows.
    answers : Answers, or (triplets, probability)
        From :func:`~localcluster.oracle.ask_triplets`, or of any other oracle: row numbers, shape (m, 3), and
        the probability that choice 1 is the closer, shape (m,), NaN for no answer. 0 and 1 are labels of a
        person.
    method : {"auto", "head", "lora", "full"}
        ``"head"`` learns a linear map of the vectors in seconds; ``"lora"`` and ``"full"`` fine-tune
        a copy of ``model``, as ClusterLLM does, and need ``texts``. ``"auto"`` fine-tunes where there are
        a model and a GPU.
    texts : sequence of str, length n, optional
    model : SentenceTransformer, optional
    random_state : int
        Of the split into training and held-out answers, and of the training.
    transform : callable, optional
        What made ``vectors`` of those of ``model``. It is done to the vectors of the fine-tuned model, too,
        before they are judged and returned; these are taken as they are if not given.
    progress : callable, optional
        ``progress(done, total)`` in steps of a fine-tuning.

    Returns
    -------
    Adaptation
        ``vectors`` adapted, and ``verdict``: use them only if ``verdict.adopted``.

    Raises
    ------
    ConfigError
        Fine-tuning without ``texts`` or ``model``, or an unknown method.
    """
    points = unit_vectors(vectors, None if texts is None else len(texts))
    if method not in (AUTO, *ADAPTATIONS):
        known = listed([f'"{name}"' for name in (AUTO, *ADAPTATIONS)])
        raise ConfigError(f"method={method!r} adapts nothing. Use {known}.")
    if method in FINE_TUNING and (model is None or texts is None):
        raise ConfigError(
            f'method="{method}" fine-tunes an embedder. Give model= (a sentence-transformers object) and '
            'texts=, or use method="head".'
        )
    given = answers if isinstance(answers, Answers) else answers_from(*answers, len(points))
    # Without texts there is nothing to fine-tune on, whatever the machine.
    chosen = resolve_method(method, None if texts is None else model)
    held_out = _split(given.questions[:, 0], random_state)
    train = ~held_out & ~given.abstained
    query, first, second = given.questions[train].T
    says = given.first[train]
    positive, negative = np.where(says, first, second), np.where(says, second, first)
    weight = given.confidence[train]
    if len(query) < MIN_TRAINED:
        return Adaptation(chosen, points, 0, verdict(np.empty(0)), model)
    tuned_model = None
    if chosen not in FINE_TUNING or model is None or texts is None:
        adapted = fit_linear_map(points, query, positive, negative, weight, random_state).apply(points)
    else:
        tuned = finetune(
            model, texts, query, positive, negative, weight, random_state, chosen, progress=progress
        )
        tuned_model, adapted = tuned.model, tuned.encode(texts)
        if transform is not None:
            adapted = transform(adapted)
    judged = verdict(support_of_embedding(points, adapted, select(given, held_out)))
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
