"""Every target embedding of a criterion: wording x token x layer x raw state or logit lens."""

from __future__ import annotations

from localcluster.embed import PLACES, WORDINGS, Question, answer_view, read_questions, selector_of
from localcluster.embed.view import Standardizer
from localcluster.store import key_of

RAW, LENS = "raw state", "logit lens"


def every_target(model, items, folder, criterion, layers):
    """Pairs of (wording, token, layer, form) and vectors; what was read is kept in the folder."""
    for wording in WORDINGS:
        question = Question(criterion, wording)
        key = key_of("every target", model.info.sha256, items.sha256, criterion, wording.name, layers, PLACES)

        def read(question=question):
            at = selector_of(criterion, PLACES)
            return {"states": read_questions(model, [question], items.items, layers, at)[:, 0]}

        states = folder.arrays(f"targets-{key[:16]}", key, read)["states"]
        for p, place in enumerate(PLACES):
            for number, layer in enumerate(layers):
                raw = states[:, p, number]
                yield (wording.name, place, layer, RAW), Standardizer.fit(raw).apply(raw)
                yield (wording.name, place, layer, LENS), answer_view(model, raw, wording, layer).vectors
