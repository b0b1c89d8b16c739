"""Rows of several languages: which language each is in, and whether a criterion asks for it."""

from __future__ import annotations

import re
import unicodedata
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
#: The word for language in some languages.
WORD = re.compile(
    r"\b(?:languages?|sprachen?|langues?|idiomas?|lenguas?|linguas?|lingue|línguas?|talen|taal|språk|sprog|kieli"
    r"|język(?:a|i|iem|u|ów)?|jazyka?|limbă|limba|nyelv|dili?|γλώσσας?|язык(?:а|е|и|ов|ом|у)?|мов[аио])\b"
    r"|语言|語言|言語|언어|لغة|भाषा|שפה"
)
#: What else it may mean: a language that machines read, a way to speak, a quality of what is said.
OTHER_SENSE = re.compile(
    r"program|\bcod(?:e|ing)\b|\bscript|\bmarkup\b|\bquery\b|программ|编程|程式|プログラ"
    r"|\b(?:body|sign|offensive|abusive|foul|bad|strong|hateful|toxic|rude|vulgar|figurative|plain|simple|formal"
    r"|informal|inclusive) languages?\b"
    r"|\blanguage (?:levels?|quality|version|models?|skills?|proficiency|period|style|use|features?)\b"
    r"|\b(?:levels?|quality|version|proficiency|period|style|tone|use|mode|register|features?) "
    r"of (?:the )?language\b"
)
#: Margin from which a criterion that does not name language asks for it, in distances between other
#: criteria. By word and margin all 12 phrases of the training pool that ask for it are recognized, and 8 of
#: 1,031 others (``benchmarks/quality/languages.py`` prints them): by these, rows are compared as they are.
ASKS_FROM = 0.17

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class LanguageGroups:
    """The languages of a set of rows that has several.

    Attributes
    ----------
    names : tuple of str
        The most frequent first.
    of_rows : int64, shape (n,)
        Place in ``names``; -1 for rows of rarer languages, and of none: what these have in common is what
        makes them odd, not how a language is written.
    """

    names: tuple[str, ...]
    of_rows: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> LanguageGroups | None:
        """None where the texts are in one language, as far as can be told."""
        found = languages_of(texts)
        fewest = max(MIN_ROWS, MIN_SHARE * len(found))
        count = Counter(name for name in found if name != UNKNOWN)
        names = tuple(name for name, rows in count.most_common() if rows >= fewest)
        if len(names) < 2:
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
        return {self.names[place]: int(total[place]) for place in order}


def places_of(languages: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    """Place of each row's language in ``names``, int64, shape (n,); -1 where it is none of them."""
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(language, -1) for language in languages], np.int64)


def asks_for_language(criterion: str, encode: Encode) -> bool:
    """Whether rows are to be told apart by the language that they are written in.

    A criterion that has a word for language asks for it, unless the word means something else there ("body
    language"); of others, :func:`language_margin` tells.
    """
    words = unicodedata.normalize("NFC", criterion).casefold()
    if WORD.search(words):
        return OTHER_SENSE.search(words) is None
    return language_margin(criterion, encode) >= ASKS_FROM


def language_margin(criterion: str, encode: Encode) -> float:
    """How much nearer (cosine) a criterion is to those that ask for the language than to others.

    In mean distances between the others: embedders differ in how near any two phrases are.

    Parameters
    ----------
    encode : callable
        Vectors of phrases by a sentence embedder, float32, shape (n, d).
    """
    vectors = np.asarray(encode([criterion, *LANGUAGE_CRITERIA, *OTHER_CRITERIA]), np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    cosine = vectors[1:] @ vectors[0]
    language, other = cosine[: len(LANGUAGE_CRITERIA)], cosine[len(LANGUAGE_CRITERIA) :]
    others = vectors[1 + len(LANGUAGE_CRITERIA) :]
    among = (others @ others.T)[np.triu_indices(len(others), 1)].mean()
    return float((language.max() - other.max()) / max(1 - among, 1e-6))
