"""One sentence about a cluster: the model's where the texts bear it out, else the cluster's words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from localcluster.backends.base import Item, LocalModel, ProgressCallback
from localcluster.explain.guard import is_refusal
from localcluster.explain.prompts import (
    DESCRIPTION_STARTS,
    SENTENCE_GRAMMAR,
    bound,
    description_prompt,
    kind_of,
)
from localcluster.explain.tokens import ENGLISH_STOPS, near_same, words_of
from localcluster.items.cleaning import printable

_SENTENCE_TOKENS = 32
_TEXTS = 4
_MIN_WORDS, _MAX_WORDS = 2, 22
#: Share of a sentence's content words that the cluster's texts, words or name must contain.
_GROUNDED = 0.75
#: Share of the content words that must differ: small models go round in circles.
_VARIED = 0.8
#: So long a run of words from one example is copied, not said.
_COPIED_RUN = 6
_END = re.compile(r"[.!?](\s|$)|\n")


def describe(
    criterion: str,
    names: Sequence[str],
    read: Sequence[Sequence[Item]],
    words: Sequence[Sequence[str]],
    model: LocalModel,
    progress: ProgressCallback,
) -> list[str]:
    """One sentence per cluster; what its texts and words do not bear out is replaced by its words."""
    kind = kind_of(read)
    begun = DESCRIPTION_STARTS[kind]
    prompts = [
        description_prompt(criterion, name, own[:_TEXTS]) for name, own in zip(names, read, strict=True)
    ]
    said = bound(model, prompts, _SENTENCE_TOKENS, SENTENCE_GRAMMAR, progress)
    sentences = []
    for text, name, own, keys in zip(said, names, read, words, strict=True):
        claim = _first_sentence(text)
        known = [*words_of(" ".join(keys)), *words_of(name), *words_of(criterion)]
        good = is_grounded(claim, known, [row.text or "" for row in own])
        sentences.append(f"{begun} {claim}." if good else description_from_words(keys, name, kind))
    return (
        sentences
        if len(set(sentences)) == len(sentences)
        else _without_repeats(sentences, words, names, kind)
    )


def description_from_words(words: Sequence[str], name: str = "", kind: str = "text") -> str:
    """The fallback: says which words are frequent, or said of images, and claims no more.

    >>> description_from_words(["card", "arrived", "delivery"])
    'Rows that often say "card", "arrived" and "delivery".'
    """
    shown = [f'"{word}"' for word in words[:3]]
    if not shown:
        return f"Rows grouped as {name}." if name else "Rows that share no word that others lack."
    listed = " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
    return (
        f"Images of which the model says {listed}." if kind == "image" else f"Rows that often say {listed}."
    )


def is_grounded(claim: str, known: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether a claim is a short sentence whose words are the cluster's own, yet copied from no text."""
    said = words_of(claim)
    if not _MIN_WORDS <= len(said) <= _MAX_WORDS or is_refusal(claim):
        return False
    content = [word for word in said if word not in ENGLISH_STOPS]
    if not content or len(set(content)) < _VARIED * len(content):
        return False
    vocabulary = {*known, *(word for text in texts for word in words_of(text))}
    found = sum(any(near_same(word, own) for own in vocabulary) for word in content)
    if found < _GROUNDED * len(content):
        return False
    run = min(_COPIED_RUN, len(said))
    lines = [f" {' '.join(words_of(text))} " for text in texts]
    runs = [f" {' '.join(said[i : i + run])} " for i in range(len(said) - run + 1)]
    return not any(r in line for r in runs for line in lines)


def _first_sentence(said: str) -> str:
    """Up to the first full stop; empty if the model was cut off in the middle of a sentence."""
    end = _END.search(said)
    return printable(said[: end.start()]).strip(" \"'“”:") if end else ""


def _without_repeats(
    sentences: Sequence[str], words: Sequence[Sequence[str]], names: Sequence[str], kind: str
) -> list[str]:
    """A sentence said of two clusters tells neither apart; both get their words."""
    return [
        description_from_words(words[c], names[c], kind) if sentences.count(s) > 1 else s
        for c, s in enumerate(sentences)
    ]
