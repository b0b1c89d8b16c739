"""One sentence about a cluster: the model's where the texts bear it out, else the best example."""

from __future__ import annotations

import re
from collections.abc import Sequence

from localcluster.backends.base import Item, LocalModel, ProgressCallback
from localcluster.explain.fit import Fit
from localcluster.explain.guard import is_refusal
from localcluster.explain.offensive import is_offensive
from localcluster.explain.prompts import (
    DESCRIPTION_STARTS,
    description_prompt,
    kind_of,
)
from localcluster.explain.tokens import ENGLISH_STOPS, looks_english, near_same, words_of
from localcluster.items.cleaning import EMPTY_TEXT, printable

_SENTENCE_TOKENS = 32
_TEXTS = 4
#: Characters of a quoted example, and of the row that it is cut from.
_QUOTED_CHARS = 140
_READ_CHARS = 600
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
    fit: Fit | None = None,
) -> list[str]:
    """One sentence per cluster; where its texts do not bear it out, its best example instead.

    Parameters
    ----------
    names : sequence of str, length k
    read : sequence of sequence of Item, length k
        Rows of each cluster, the best example first.
    words : sequence of sequence of str, length k
    progress : callable
    fit : Fit, optional
        Refuses a sentence that is nearer to another cluster's rows.
    """
    kind = kind_of(read)
    begun = DESCRIPTION_STARTS[kind]
    prompts = [
        description_prompt(criterion, name, own[:_TEXTS]) for name, own in zip(names, read, strict=True)
    ]
    said = model.generate(prompts, _SENTENCE_TOKENS, progress=progress)
    claims = [_first_sentence(text) for text in said]
    near = [True] * len(claims) if fit is None else fit.bears_out(claims)
    english = looks_english([row.text or "" for own in read for row in own])
    sentences = []
    for claim, fits, name, own, keys in zip(claims, near, names, read, words, strict=True):
        known = [*words_of(" ".join(keys)), *words_of(name), *words_of(criterion)]
        texts = [row.text or "" for row in own]
        good = fits and is_grounded(claim, known, texts) and not is_offensive(claim, english)
        # A sentence said of two clusters tells neither apart, an echo of the question nothing.
        good = good and claims.count(claim) == 1 and not _echoes(claim, criterion)
        sentences.append(f"{begun} {claim}." if good else from_example(own, keys, name))
    return sentences


def _echoes(claim: str, criterion: str) -> bool:
    """Whether a claim has no word of its own beside those of the criterion."""
    asked = words_of(criterion)
    said = (word for word in words_of(claim) if word not in ENGLISH_STOPS)
    return all(any(near_same(word, own) for own in asked) for word in said)


def from_example(rows: Sequence[Item], words: Sequence[str], name: str) -> str:
    """The fallback: the first row that has a text, quoted; of pictures, what the model says.

    >>> from_example([Item("Where is my card?")], ["card"], "Card")
    'For example: “Where is my card?”'
    """
    line = next(
        (line for line in (printable(row.text[:_READ_CHARS]) for row in rows if row.text) if line), ""
    )
    if not line or line == EMPTY_TEXT:
        return description_from_words(words, name, kind_of([rows]))
    return f"For example: “{_shortened(line)}”"


def _shortened(line: str) -> str:
    """The beginning of a line, cut between two words where it has any."""
    if len(line) <= _QUOTED_CHARS:
        return line
    cut = line[: _QUOTED_CHARS - 3]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[_QUOTED_CHARS // 2 :] else cut}..."


def description_from_words(words: Sequence[str], name: str = "", kind: str = "text") -> str:
    """For rows without a text to quote: which words are frequent, or said of images, and no more.

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
