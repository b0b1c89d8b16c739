"""Rows of several languages: which language each is in, and whether a criterion asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.languages.identify import UNKNOWN, languages_of

#: Rows of a language, and share of all rows, from which it is one of several.
MIN_ROWS, MIN_SHARE = 4, 0.02
#: Ways to ask for the language of a text, and other criteria that people give.
LANGUAGE_CRITERIA = (
    "language",
    "which language it is written in",
    "English, German, French or Spanish",
    "mother tongue",
    "Sprache",
    "langue",
    "idioma",
    "taal",
    "język",
)
OTHER_CRITERIA = (
    "topic",
    "main subject",
    "sentiment",
    "emotion",
    "style",
    "what the writer wants",
    "what is praised or criticised",
    "kind of product",
    "country",
    "formality",
    "person",
    "time",
    "place",
    "quality",
    "reason",
    "category",
    "grammar",
    "political view",
    "genre",
)
#: Margin from which a criterion asks for the language. All 12 phrases of the training pool that do are above
#: it, and 19 of 1,031 others, most of which name language or speech ("programming language", "offensive
#: language"): by these, rows are compared as they are (``benchmarks/quality/languages.py`` prints them).
ASKS_FROM = 0.12

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class LanguageGroups:
    """The languages of a set of rows that has several.

    Attributes
    ----------
    names : tuple of str
        The most frequent first; ``""`` are the rows whose language is not known, if these are many.
    of_rows : int64, shape (n,)
        Place in ``names``; -1 for rows of rarer languages.
    """

    names: tuple[str, ...]
    of_rows: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> LanguageGroups | None:
        """None where the texts are in one language, as far as can be told."""
        found = languages_of(texts)
        fewest = max(MIN_ROWS, MIN_SHARE * len(found))
        names = tuple(name for name, rows in Counter(found).most_common() if rows >= fewest)
        if sum(name != UNKNOWN for name in names) < 2:
            return None
        return cls(names, places_of(found, names))

    def rows(self, counts: NDArray[np.int64]) -> dict[str, int]:
        """Rows of each language that is known, the most frequent first.

        Parameters
        ----------
        counts : int64, shape (n,)
            Rows that each of these stands for, where texts that occur twice are one.
        """
        known = self.of_rows >= 0
        total = np.zeros(len(self.names), np.int64)
        np.add.at(total, self.of_rows[known], counts[known])
        order = np.argsort(-total, kind="stable").tolist()
        return {self.names[place]: int(total[place]) for place in order if self.names[place] != UNKNOWN}


def places_of(languages: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    """Place of each row's language in ``names``, int64, shape (n,); -1 where it is none of them."""
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(language, -1) for language in languages], np.int64)


def asks_for_language(criterion: str, encode: Encode) -> bool:
    """Whether rows are to be told apart by the language that they are written in.

    See :func:`language_margin`.
    """
    return language_margin(criterion, encode) >= ASKS_FROM


def language_margin(criterion: str, encode: Encode) -> float:
    """How much nearer (cosine) a criterion is to those that ask for the language than to others.

    Parameters
    ----------
    encode : callable
        Vectors of phrases by a sentence embedder, float32, shape (n, d).
    """
    vectors = np.asarray(encode([criterion, *LANGUAGE_CRITERIA, *OTHER_CRITERIA]), np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    cosine = vectors[1:] @ vectors[0]
    language, other = cosine[: len(LANGUAGE_CRITERIA)], cosine[len(LANGUAGE_CRITERIA) :]
    return float(language.max() - other.max())
