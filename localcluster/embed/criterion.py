"""The criterion embedder: hidden states and answer distributions under a criterion's prompt (ESMC section 3).

One pass of the local model per row and wording gives the residual stream at several layers and, from
the last layer, the distribution over the next word: the model's own answer to the criterion's
question about that row. Each is a candidate view.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from localcluster.backends.base import ITEM_MEAN, Item, LocalModel, ProgressCallback, TokenSelector
from localcluster.embed.reading import Question, read_questions
from localcluster.embed.view import Place, Standardizer, View
from localcluster.embed.wordings import Wording

#: Depth of the candidate layers as a share of the model's blocks. Earlier layers carry the words of
#: the text rather than the criterion: NMI 0.00 - 0.02 with sentiment at a third to two thirds of the depth of
#: the starter model (benchmarks/quality/default_table.py prints the layers).
LAYER_DEPTHS = (0.8, 0.93, 1.0)
#: Answer words kept: those whose log-probability varies most over the rows.
ANSWER_WORDS = 500
#: Candidate places, the default first.
PLACES: tuple[Place, ...] = ("last", "keyword", "item")
#: Rows per matrix product with the unembedding.
LENS_CHUNK = 256


def candidate_layers(n_layers: int, depths: Sequence[float] = LAYER_DEPTHS) -> tuple[int, ...]:
    """Layers (1-based, the last is ``n_layers``) at the given depths, ascending, without repeats.

    >>> candidate_layers(30)
    (24, 28, 30)
    """
    return tuple(sorted({max(1, round(depth * n_layers)) for depth in depths}))


def selector_of(criterion: str, places: Sequence[Place]) -> TokenSelector:
    """Token places of a prompt that asks by ``criterion``."""
    at: dict[Place, int | str] = {"last": -1, "keyword": criterion, "item": ITEM_MEAN}
    return TokenSelector(tuple(at[place] for place in places))


def read_states(
    model: LocalModel,
    criterion: str,
    texts: Sequence[str | Item],
    wording: Wording,
    progress: ProgressCallback | None = None,
) -> NDArray[np.float32]:
    """Last-token hidden states at the candidate layers, float32, shape (n, n_layers_kept, width)."""
    layers = candidate_layers(model.info.n_layers)
    items = [Item(text) if isinstance(text, str) else text for text in texts]
    return read_questions(model, [Question(criterion, wording)], items, layers, progress=progress)[:, 0, 0]


def answer_logprobs(
    model: LocalModel,
    states: NDArray[np.float32],
    words: NDArray[np.int64] | None = None,
    layer: int | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Log-probabilities of the next word, restricted to the words that tell rows apart.

    Parameters
    ----------
    states : float32, shape (n, width)
        Of ``layer``.
    words : int64, shape (m,), optional
        Token ids to keep; found from the rows when not given.
    layer : int, optional
        The last one (after the final norm) if not given; earlier layers are decoded as if they were the last
        (logit lens).

    Returns
    -------
    logprobs : float32, shape (n, m)
    words : int64, shape (m,)
    """
    layer = model.info.n_layers if layer is None else layer
    chunks = [states[i : i + LENS_CHUNK] for i in range(0, len(states), LENS_CHUNK)]
    if words is None:
        total = np.zeros(model.info.n_vocab)
        square = np.zeros(model.info.n_vocab)
        for chunk in chunks:
            logprobs = log_softmax(model.logit_lens(chunk, layer), axis=1).astype(np.float64)
            total += logprobs.sum(axis=0)
            square += (logprobs**2).sum(axis=0)
        variance = square / len(states) - (total / len(states)) ** 2
        words = np.argsort(-variance, kind="stable")[:ANSWER_WORDS].astype(np.int64)
    kept = [log_softmax(model.logit_lens(chunk, layer), axis=1)[:, words] for chunk in chunks]
    return np.concatenate(kept).astype(np.float32), words


def criterion_views(model: LocalModel, states: NDArray[np.float32], wording: Wording) -> list[View]:
    """Views that one wording gives: one per candidate layer, and the answer distributions.

    Parameters
    ----------
    states : float32, shape (n, n_candidate_layers, width)
        From :func:`read_states`.
    """
    return [*state_views(model, states, wording), answer_view(model, states[:, -1], wording)]


def state_views(
    model: LocalModel, states: NDArray[np.float32], wording: Wording, place: Place = "last"
) -> list[View]:
    """Raw hidden states of one token as views, one per candidate layer.

    Parameters
    ----------
    states : float32, shape (n, n_candidate_layers, width)
    place : {"last", "keyword", "item"}
        Which token's states these are.
    """
    views = []
    for position, layer in enumerate(candidate_layers(model.info.n_layers)):
        raw = states[:, position]
        standardizer = Standardizer.fit(raw)
        where = "" if place == "last" else f" {place}"
        name = f"states {wording.name}{where}@{layer}"
        views.append(
            View(name, "states", standardizer.apply(raw), standardizer, wording.name, layer, place=place)
        )
    return views


def answer_view(
    model: LocalModel, states: NDArray[np.float32], wording: Wording, layer: int | None = None
) -> View:
    """The answer distributions of :func:`answer_logprobs` as a view.

    Parameters
    ----------
    states : float32, shape (n, width)
        Of the last token.
    layer : int, optional
        Where the states are from; the last layer if not given.
    """
    layer = model.info.n_layers if layer is None else layer
    logprobs, kept = answer_logprobs(model, states, layer=layer)
    vocabulary = model.vocabulary()
    words = tuple(vocabulary[token] for token in kept)
    raw = centre_rows(logprobs)
    standardizer = Standardizer.centring(raw)
    vectors = standardizer.apply(raw)
    name = f"answers {wording.name}" + ("" if layer == model.info.n_layers else f"@{layer}")
    tokens = tuple(int(token) for token in kept)
    return View(name, "answers", vectors, standardizer, wording.name, layer, words, tokens)


def centre_rows(logprobs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row minus its mean: how likely the words are relative to each other."""
    return np.asarray(logprobs - logprobs.mean(axis=1, keepdims=True), dtype=np.float32)
