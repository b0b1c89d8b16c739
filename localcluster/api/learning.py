"""What learns from answers and from a clustering, as functions: the adapted embedding and the head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from localcluster import heads
from localcluster.api.arrays import numbered, unit_vectors
from localcluster.api.asking import as_answers
from localcluster.errors import ConfigError, InputError
from localcluster.heads import FittedHead
from localcluster.heads.fit import FRACTIONS
from localcluster.oracle import Answers
from localcluster.triplets import Adaptation, AdaptMethod, adapt

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Advance = Callable[[int, int], None]


def adapt_embedder(
    vectors: ArrayLike,
    answers: Answers | tuple[ArrayLike, ArrayLike],
    *,
    method: AdaptMethod = "auto",
    texts: Sequence[str] | None = None,
    model: SentenceTransformer | None = None,
    random_state: int = 0,
    progress: Advance | None = None,
) -> Adaptation:
    """Adapt an embedding to answered triplets; held-out answers say whether that is better.

    Parameters
    ----------
    vectors : shape (n, d)
        Any embedding of the rows.
    answers : Answers, or (triplets, probability)
        From :func:`ask_triplets`, or of any other oracle: row numbers, shape (m, 3), and the probability that
        choice 1 is the closer, shape (m,), NaN for no answer. 0 and 1 are labels of a person.
    method : {"auto", "head", "lora", "full"}
        ``"head"`` learns a linear map of the vectors in seconds; ``"lora"`` and ``"full"`` fine-tune
        a copy of ``model``, as ClusterLLM does, and need ``texts``. ``"auto"`` fine-tunes where there are
        a model and a GPU.
    texts : sequence of str, length n, optional
    model : SentenceTransformer, optional
    random_state : int
        Of the split into training and held-out answers, and of the training.
    progress : callable, optional

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
    if method not in ("auto", "head", "lora", "full"):
        raise ConfigError(f'method={method!r} adapts nothing. Use "auto", "head", "lora" or "full".')
    if method in ("lora", "full") and (model is None or texts is None):
        raise ConfigError(
            f'method="{method}" fine-tunes an embedder. Give model= (a sentence-transformers object) and '
            'texts=, or use method="head".'
        )
    given = answers if isinstance(answers, Answers) else as_answers(*answers, len(points))
    # Without texts there is nothing to fine-tune on, whatever the machine.
    trained = model if texts is not None else None
    return adapt(points, texts or (), given, random_state, method, trained, progress)


def fit_head(
    vectors: ArrayLike,
    labels: ArrayLike,
    *,
    confidence: ArrayLike | None = None,
    fractions: tuple[float, ...] = FRACTIONS,
    random_state: int = 0,
    progress: Advance | None = None,
) -> FittedHead:
    """Train ESMC's clustering head on the confident rows of any clustering.

    Parameters
    ----------
    vectors : shape (n, d)
        Any embedding; rows are scaled to unit length, and so must new rows be that the head assigns.
    labels : shape (n,)
        Any clustering. The head numbers clusters ``0..k-1`` in the sorted order of labels.
    confidence : shape (n,), optional
        Ranks the rows of a cluster; their closeness to its centre if not given.
    fractions : tuple of float
        Shares of each cluster that are tried as teachers.
    random_state : int
    progress : callable, optional

    Returns
    -------
    FittedHead
        ``head.predict(unit_vectors)`` and ``head.predict_proba``; ``labels`` and ``proba`` of the rows.

    Raises
    ------
    ConfigError
        Fractions outside of (0, 1], or none.
    InputError
        Vectors that are no finite numbers, or labels or confidences of another number of rows.
    """
    if len(fractions) == 0 or not all(0 < share <= 1 for share in fractions):
        raise ConfigError(f"fractions={fractions!r}: give shares above 0 and at most 1, such as (0.3, 1.0).")
    points = unit_vectors(vectors)
    known = numbered(labels, len(points))
    if confidence is not None and np.shape(confidence) != known.shape:
        raise InputError(
            f"The confidences have shape {np.shape(confidence)}, and there are {len(known):,} rows. Give one "
            "for each."
        )
    return heads.fit_head(
        points,
        known,
        k=int(known.max()) + 1,
        seed=random_state,
        confidence=None if confidence is None else np.asarray(confidence, dtype=np.float64),
        fractions=fractions,
        progress=progress,
    )
