"""Rows read once for what measures or fits confidence: raw vectors on disk, views over any part of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from localcluster.embed import WORDINGS, View, answer_logprobs, centre_rows, criterion_views, sentence_view
from localcluster.embed.criterion import read_states
from localcluster.items.cleaning import EMPTY_TEXT
from localcluster.store import key_of


@dataclass
class Rows:
    """Texts as the models read them, and what the models made of each.

    ``sentence`` has shape (n, d); ``states`` shape (n, layers, width), or None without language model.
    """

    texts: list
    sentence: np.ndarray
    states: np.ndarray | None
    wording: str
    model: object

    def views(self, part):
        """Views of the rows ``part``, standardized on them as a run does."""
        views = [sentence_view(self.sentence[part])]
        if self.states is not None:
            wording = next(w for w in WORDINGS if w.name == self.wording)
            views += criterion_views(self.model, self.states[part], wording)
        return views

    def like(self, views, part):
        """Other rows in the space of ``views``, as ``predict`` makes them."""
        layers = sorted({view.layer for view in views if view.kind == "states"})
        return [replace(view, vectors=self._like(view, part, layers)) for view in views]

    def _like(self, view: View, part, layers):
        if view.kind == "sentence":
            return view.standardizer.apply(self.sentence[part])
        if view.kind == "states":
            return view.standardizer.apply(self.states[part, layers.index(view.layer)])
        logprobs = answer_logprobs(self.model, self.states[part, -1], np.array(view.tokens))[0]
        return view.standardizer.apply(centre_rows(logprobs))


def read(texts, criterion, wording, models, cache: Path, kept_only=False) -> Rows:
    """Read texts by a criterion under one wording; sentences alone where ``criterion`` is None.

    With ``kept_only``, :class:`FileNotFoundError` for what has not been read yet.
    """
    texts = [text if text.strip() else EMPTY_TEXT for text in texts]
    cache.mkdir(parents=True, exist_ok=True)

    def kept(name, inputs, compute):
        path = cache / f"{name}-{key_of(name, *inputs)[:24]}.npy"
        if not path.exists() and not kept_only:
            array = compute()
            np.save(path.with_suffix(".part.npy"), array)
            path.with_suffix(".part.npy").rename(path)
        return np.load(path)

    sentence = kept("sentence", [models.embedder.sha256, texts], lambda: models.embedder.encode(texts))
    states = None
    if criterion is not None:
        asked = next(w for w in WORDINGS if w.name == wording)
        inputs = [models.llm.info.sha256, criterion, wording, texts]
        states = kept("states", inputs, lambda: read_states(models.llm, criterion, texts, asked))
    return Rows(texts, sentence, states, wording, models.llm)
