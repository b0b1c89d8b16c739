"""What a model says is a name only if it reads like one: small models echo the question and examples."""

from __future__ import annotations

import re
from collections.abc import Sequence

from localcluster.explain.tokens import ENGLISH_STOPS, near_same, words_of
from localcluster.items.cleaning import printable

MAX_NAME_WORDS = 5
MAX_NAME_CHARS = 40
#: Words of our own prompts, and words that say nothing about any cluster.
_EMPTY_WORDS = frozenset(
    {"text", "texts", "name", "title", "word", "words", "answer", "example", "examples", "sentence"}
    | {"group", "cluster", "criterion", "shared", "share", "common", "one", "two", "three", "label", "topic"}
    | {
        "none",
        "unknown",
        "other",
        "various",
        "mixed",
        "mix",
        "likely",
        "unclear",
        "specific",
        "indeed",
        "n/a",
    }
)
#: Meaningful beside another word ("Not delivered"), no name alone.
_GRAMMAR_WORDS = frozenset({"not", "no", "yes", "never", "nothing", "just", "really", "very", "clear"})
_REFUSALS = re.compile(
    r"\b(sorry|as an ai|language model|i am|i'm|i can(no|')t|sure|here (is|are)|certainly|of course|please)\b"
)
_CLOSERS = re.compile(r"[\n\r.,;:!?()\[\]{}<>|\"“”«»*_#`~=/\\]")
#: A phrase cut off before its noun reads like a mistake.
_DANGLING = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to"} | {"with"}
)


def clean_name(said: str) -> str:
    r"""First phrase of ``said``, printable, without markup, capitalized; empty if no name is left.

    >>> clean_name(' "refund request".\nText: I want')
    'Refund request'
    """
    phrase = _CLOSERS.split(said.strip().lstrip("\"'“”«*_#`- \t"), maxsplit=1)[0]
    words = printable(phrase).strip("-–'’ ").split()
    while words and words[-1].casefold() in _DANGLING:
        words.pop()
    while words and words[0].casefold() in ("a", "an", "the"):
        words.pop(0)
    name = " ".join(words)
    return name[:1].upper() + name[1:]


def is_name(name: str, criterion: str, exemplars: Sequence[str]) -> bool:
    """Whether ``name`` is short, says something, and is no echo of the question or of an example."""
    words = words_of(name)
    if not words or len(name.split()) > MAX_NAME_WORDS or len(name) > MAX_NAME_CHARS:
        return False
    if sum(c.isalpha() for c in name) < 2 or 2 * sum(c.isdigit() for c in name) > len(name):
        return False
    # "Positive or positivity" says one thing twice.
    if any(near_same(a, b) for i, a in enumerate(words) for b in words[i + 1 :]):
        return False
    said_before = set(words_of(criterion)) | _EMPTY_WORDS | _GRAMMAR_WORDS | ENGLISH_STOPS
    if all(any(near_same(w, s) for s in said_before) if len(w) > 3 else w in said_before for w in words):
        return False
    if _REFUSALS.search(name.casefold()):
        return False
    return not any(_copies(words, words_of(text)) for text in exemplars)


def _copies(name: list[str], example: list[str]) -> bool:
    """A whole example, or so long a beginning of one that it is read off rather than understood."""
    return name == example or (len(name) >= 4 and name == example[: len(name)])


def same_name(one: str, other: str) -> bool:
    """Whether two names would be taken for one: equal words, in any order and form."""
    a, b = words_of(one), words_of(other)
    if not a or not b:
        return one.casefold() == other.casefold()
    return all(any(near_same(x, y) for y in b) for x in a) and all(any(near_same(x, y) for x in a) for y in b)


def is_refusal(said: str) -> bool:
    """Whether ``said`` talks about itself instead of the texts."""
    return bool(_REFUSALS.search(said.casefold()))
