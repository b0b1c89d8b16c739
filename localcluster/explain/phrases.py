"""Short phrases that a cluster's rows use and the others' do not: names in the users' own words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from localcluster.explain.tokens import (
    ENGLISH_STOPS,
    has_unspaced,
    is_stop,
    looks_english,
    near_same,
    words_of,
)

#: Phrases kept per cluster.
N_PHRASES = 12
#: Words of a phrase, small ones inside it too ("track my parcel").
MAX_WORDS = 4
#: Rows read in all and at least per cluster, and characters of each: a theme shows in that many.
_MAX_ROWS = 6_000
_MIN_CLUSTER_ROWS = 40
_READ_CHARS = 400
#: A phrase of a cluster with this many rows must stand in two of them.
_MANY_ROWS = 6
#: Up to so many words before the first comma or after the last stop are an opening or a closing:
#: "Dear support team," and "Kind regards".
_SALUTATION_WORDS = 3
#: A word that stands there in this share of the rows that have it is no topic.
_SALUTATION_SHARE = 0.6
#: Rows that must have a word before where it stands says anything.
_SALUTATION_ROWS = 2

_BREAKS = re.compile(r"[.,;:!?()\[\]{}<>\"“”«»|/\\\n\r\t…]+|\s[-–—]+\s")
_LETTERS = re.compile(r"[^\W\d_]{2}")


class Phrases(NamedTuple):
    """What :func:`cluster_phrases` found.

    Attributes
    ----------
    own : list of tuple of str, length k
        Phrases per cluster, best first, lower case.
    salutations : frozenset of str
        Words that mostly open or close a row: greetings, thanks, signatures.
    """

    own: list[tuple[str, ...]]
    salutations: frozenset[str]


def cluster_phrases(texts: Sequence[str], labels: NDArray[np.int64], n: int = N_PHRASES) -> Phrases:
    """Phrases of one to four words that set each cluster apart, best first.

    A phrase lies between two signs of punctuation, begins and ends with a word that is no stop
    word, and may have small words inside. Its merit is the share of the cluster's rows that have
    it, times the logarithm of how much more often they have it than the other clusters' rows; a
    longer phrase gains a little, because it says more.

    Parameters
    ----------
    texts : sequence of str, length n_rows
        Rows without text are "".
    labels : int64, shape (n_rows,)
        In ``0..k-1``, no cluster empty.
    n : int
        At most so many per cluster.
    """
    k = int(labels.max()) + 1
    members = [_sample(np.flatnonzero(labels == c), k) for c in range(k)]
    stops = ENGLISH_STOPS if looks_english(texts) else frozenset[str]()
    split = [[_segments(texts[row]) for row in rows] for rows in members]
    salutations = _salutations([segments for rows in split for segments in rows])
    counts = [
        Counter(
            phrase
            for segments in rows
            for phrase in {p for words in segments for p in _phrases(words, stops, salutations)}
        )
        for rows in split
    ]
    everywhere: Counter[str] = Counter()
    for c, counted in enumerate(counts):
        # Shares, so that a large cluster does not decide alone what is frequent.
        for phrase, rows_with in counted.items():
            everywhere[phrase] += rows_with / len(members[c])  # type: ignore[assignment]
    own = []
    for rows, counted in zip(members, counts, strict=True):
        least = 2 if len(rows) >= _MANY_ROWS else 1
        ranked = sorted(
            (-_merit(phrase, n_with / len(rows), everywhere[phrase], len(rows), k), phrase)
            for phrase, n_with in counted.items()
            if n_with >= least
        )
        own.append(_varied([phrase for merit, phrase in ranked if merit < 0], n))
    return Phrases(own, salutations)


def _merit(phrase: str, share: float, total: float, n_rows: int, k: int) -> float:
    others = (total - share) / max(k - 1, 1)
    # Half a row more on both sides: one row of a small cluster is no infinite contrast.
    contrast = np.log((share + 0.5 / n_rows) / (others + 0.5 / n_rows))
    return float(share * contrast * (1 + 0.25 * phrase.count(" ")))


def _varied(phrases: Sequence[str], n: int) -> tuple[str, ...]:
    """The best, at most three of them with the same rarest words, so that one word is not all."""
    kept: list[str] = []
    for phrase in phrases:
        words = phrase.split()
        alike = sum(
            all(any(near_same(word, own) for own in other.split()) for word in words)
            or all(any(near_same(word, own) for own in words) for word in other.split())
            for other in kept
        )
        if alike < 3:
            kept.append(phrase)
        if len(kept) == n:
            break
    return tuple(kept)


def _sample(rows: NDArray[np.intp], k: int) -> NDArray[np.intp]:
    limit = max(_MIN_CLUSTER_ROWS, _MAX_ROWS // k)
    if len(rows) <= limit:
        return rows
    return rows[np.linspace(0, len(rows) - 1, limit).round().astype(np.intp)]


def _segments(text: str) -> list[list[str]]:
    """Words of a row between signs of punctuation."""
    parts = (words_of(part) for part in _BREAKS.split(text[:_READ_CHARS]))
    return [words for words in parts if words]


def _phrases(words: Sequence[str], stops: frozenset[str], salutations: frozenset[str]) -> Iterator[str]:
    for start, first in enumerate(words):
        if _is_edge(first, stops, salutations):
            for end in range(start + 1, min(start + MAX_WORDS, len(words)) + 1):
                own = words[start:end]
                if _is_edge(own[-1], stops, salutations) and len(set(own)) == len(own):
                    yield " ".join(own)


def _is_edge(word: str, stops: frozenset[str], salutations: frozenset[str]) -> bool:
    """Whether a phrase may begin or end with a word."""
    if word in salutations or is_stop(word, stops) or has_unspaced(word):
        return False
    return bool(_LETTERS.search(word))


def _salutations(rows: Sequence[Sequence[Sequence[str]]]) -> frozenset[str]:
    """Words that mostly stand in a short opening or closing of rows that go on, or went before."""
    inside: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    for segments in rows:
        ends = _ends(segments)
        spoken = {word for at, own in enumerate(segments) if at not in ends for word in own}
        outside.update(spoken)
        inside.update({word for at in ends for word in segments[at]} - spoken)
    return frozenset(
        word
        for word, n in inside.items()
        if n >= _SALUTATION_ROWS and n >= _SALUTATION_SHARE * (n + outside[word])
    )


def _ends(segments: Sequence[Sequence[str]]) -> frozenset[int]:
    """Places of the short openings and closings of a row."""
    if len(segments) < 2 or max(map(len, segments)) <= _SALUTATION_WORDS:
        return frozenset()
    ends = set()
    for order in (range(len(segments)), range(len(segments) - 1, -1, -1)):
        for at in order:
            if len(segments[at]) > _SALUTATION_WORDS:
                break
            ends.add(at)
    return frozenset(ends)
