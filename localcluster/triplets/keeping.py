"""Adaptations that are trained once: taken up wherever the caller has kept what came of them.

This room knows no store. Who has one passes a :data:`Keep`; without it, everything is trained when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcluster.config import FINE_TUNING
from localcluster.embed import View
from localcluster.oracle import Answers
from localcluster.triplets.adaptation import Adaptation, AdaptMethod, adapt_embedder, resolve_method
from localcluster.triplets.finetune import weights_of, with_weights
from localcluster.triplets.gate import Verdict

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Arrays = dict[str, NDArray[Any]]
#: ``keep(name, inputs, compute)`` gives what ``compute()`` gives, or gave for the same inputs, of which there
#: may be arrays, texts and numbers. One value is kept per name.
Keep = Callable[[str, Sequence[object], Callable[[], Arrays]], Arrays]


def forget(name: str, inputs: Sequence[object], compute: Callable[[], Arrays]) -> Arrays:
    """The :data:`Keep` that keeps nothing."""
    return compute()


def adapt_once(
    view: View,
    answers: Answers,
    *,
    texts: Sequence[str],
    seed: int,
    method: AdaptMethod,
    model: SentenceTransformer | None,
    number: int,
    goes_on: bool,
    keep: Keep,
) -> Adaptation:
    """:func:`~localcluster.triplets.adaptation.adapt_embedder`, unless the same was trained before.

    Parameters
    ----------
    view : View
        Of the rows; what is adapted is compared as it is.
    answers, texts, seed, method, model
        As for ``adapt_embedder``; ``seed`` is its ``random_state``.
    number : int
        Of the round.
    goes_on : bool
        Whether another round may follow. Only then has the adaptation a ``model``, and are its weights kept:
        they are as large as the embedder, and otherwise nothing needs them beside the vectors.
    keep : callable
        Keyed by the caller with what identifies the embedder that the run began with. The weights that a
        later round starts from need no name of their own: the view was read with them.
    """
    chosen = resolve_method(method, model)
    vectors, groups = view.vectors, view.groups
    inputs = [chosen, seed, vectors, groups, texts, answers.questions, answers.probability, answers.abstained]

    @cache
    def trained() -> Adaptation:
        return adapt_embedder(
            vectors,
            answers,
            method=chosen,
            texts=texts,
            model=model,
            random_state=seed,
            transform=view.as_compared,
        )

    kept = keep(f"adapted-{number}", inputs, lambda: _to_arrays(trained()))
    found = _from_arrays(chosen, kept)
    if chosen not in FINE_TUNING or model is None or not (goes_on and found.verdict.adopted):
        return found

    def weights() -> Arrays:
        tuned = trained().model
        assert tuned is not None
        return weights_of(tuned)

    return replace(found, model=with_weights(model, keep(f"weights-{number}", inputs, weights)))


def _to_arrays(found: Adaptation) -> Arrays:
    judged = found.verdict
    return {
        "vectors": found.vectors,
        "trained_on": np.array([found.trained_on]),
        "verdict": np.array([judged.n, judged.mean, judged.z, judged.adopted], dtype=np.float64),
    }


def _from_arrays(method: str, kept: Mapping[str, NDArray[Any]]) -> Adaptation:
    n, mean, z, adopted = kept["verdict"].tolist()
    judged = Verdict(int(n), mean, z, bool(adopted))
    return Adaptation(method, kept["vectors"], int(kept["trained_on"][0]), judged)
