"""How much of a text occurs in other texts: its words, and its runs of three characters."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Kinds of pieces that texts are taken apart into.
PIECES = ("word", "trigram")
#: Characters of a text that are looked at.
MAX_CHARACTERS = 5000

_WORD = re.compile(r"\w+")
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def pieces(text: str) -> tuple[NDArray[np.uint32], ...]:
    """Hashes of the distinct pieces of a text, one array for each of :data:`PIECES`; ascending.

    Examples
    --------
    >>> [len(found) for found in pieces("to be or not to be")]
    [4, 13]
    """
    shown = text[:MAX_CHARACTERS].casefold()
    words = _WORD.findall(shown)
    hashed = np.array([zlib.crc32(word.encode("utf-8", "replace")) for word in words], np.uint64)
    line = " " + " ".join(shown.split()) + " "
    codes = np.frombuffer(line.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    trigrams = (codes[:-2] * _GOLDEN + codes[1:-1]) * _GOLDEN + codes[2:]
    return (_short(hashed), _short(trigrams * _GOLDEN))


@dataclass(frozen=True)
class Commonness:
    """In how many texts every piece occurs.

    Attributes
    ----------
    hashes : tuple of uint32, shape (m,)
        Distinct pieces, ascending, for each of :data:`PIECES`.
    counts : tuple of int32, shape (m,)
        Texts that hold each.
    n : int
        Texts counted.
    """

    hashes: tuple[NDArray[np.uint32], ...]
    counts: tuple[NDArray[np.int32], ...]
    n: int

    @classmethod
    def of(cls, texts: Sequence[tuple[NDArray[np.uint32], ...]]) -> Commonness:
        """Count the pieces of texts."""
        hashes, counts = [], []
        for kind in range(len(PIECES)):
            every = [text[kind] for text in texts]
            joined = np.concatenate(every) if every else np.empty(0, np.uint32)
            found, times = np.unique(joined, return_counts=True)
            hashes.append(found)
            counts.append(times.astype(np.int32))
        return cls(tuple(hashes), tuple(counts), len(texts))

    def of_text(self, text: tuple[NDArray[np.uint32], ...], counted: bool) -> NDArray[np.float64]:
        """Mean over a text's pieces of the log of the share of other texts that hold it.

        Parameters
        ----------
        text : tuple of uint32 arrays
            What :func:`pieces` gives.
        counted : bool
            Whether the text is one of those counted: then it does not count for itself.

        Returns
        -------
        float64, shape (2,)
            At most 0; nan for a kind of which the text has none.
        """
        others = max(self.n - int(counted), 1)
        found = np.full(len(PIECES), np.nan)
        for kind, hashed in enumerate(text):
            if not len(hashed):
                continue
            held = self._counts(kind, hashed) - int(counted)
            found[kind] = float(np.log((np.maximum(held, 0) + 0.5) / (others + 0.5)).mean())
        return found

    @property
    def least(self) -> float:
        """What a text gets of which no piece occurs elsewhere."""
        return float(np.log(0.5 / (self.n + 0.5)))

    def _counts(self, kind: int, hashed: NDArray[np.uint32]) -> NDArray[np.int64]:
        known = self.hashes[kind]
        if not len(known):
            return np.zeros(len(hashed), np.int64)
        at = np.minimum(np.searchsorted(known, hashed), len(known) - 1)
        return np.where(known[at] == hashed, self.counts[kind][at], 0).astype(np.int64)


def _short(hashed: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Hashes mixed once more and cut to 32 bits: distinct ones, ascending."""
    mixed = (hashed ^ (hashed >> np.uint64(32))) * _GOLDEN
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))
