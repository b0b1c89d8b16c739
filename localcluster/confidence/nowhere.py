"""Rows that fit nowhere: unlike the rows of the run in their words, their spelling and their vectors.

A row is compared with how the run's rows differ among themselves, so that what is unusual among search
queries may be ordinary among poems. No list of words or languages takes part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows
from localcluster.confidence.commonness import PIECES, Commonness, pieces
from localcluster.items.cleaning import EMPTY_TEXT
from localcluster.items.item import Item

#: Rows that others are compared with, a random sample of the run's.
REFERENCE_ROWS = 1000
#: Distinct texts whose words are counted.
COUNTED_ROWS = 6000
#: Neighbours whose similarity counts: more than there are rows of one kind of nonsense in most tables.
NEAR = 15
#: Of the rows compared with: how near a row is to a good part of them.
FAR_SHARE = 0.1
#: What strangeness is made of; each is larger for a stranger row.
SIGNS = (*PIECES, "near", "far")
#: Bounds of a sign, in robust standard deviations below the run's median.
SIGN_BOUNDS = (-1.0, 8.0)
#: Logistic regression of "made up" on the signs, fitted with made-up rows in sets outside of every benchmark.
#: Source: scripts/confidence/fit.py, which prints these lines.
INTERCEPT = -6.467
WEIGHTS = (1.017, 1.095, 0.091, 0.830)
#: Flagged from here: by weights fitted without its set, 1.2% of a run's real rows are, and 3% of new ones.
NOWHERE_FROM = 0.25
#: Of the run's own rows with content, no more than this share is flagged, the strangest ones.
MAX_SHARE = 0.1
#: Share of the rows with words from which a text without any fits nowhere, however few rows there are.
WORDED_SHARE = 0.9


@dataclass(frozen=True)
class Surroundings:
    """What the rows of a run are like, by one criterion.

    Attributes
    ----------
    commonness : Commonness or None
        None where rows have no text of their own.
    reference : float16, shape (m, d)
        Vectors of a sample of the rows.
    middle, spread : float64, shape (4,)
        Median of each sign over the rows, and its robust standard deviation on the strange side.
    threshold : float
        Strangeness from which a row fits nowhere.
    worded : bool
        Whether nearly all rows have words, so that a text without letters or digits fits nowhere.
    """

    commonness: Commonness | None
    reference: NDArray[np.float16]
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    threshold: float = NOWHERE_FROM
    worded: bool = False

    def strangeness(self, items: Sequence[Item], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """How probably each new row is made up rather than one of the run's kind; float64, shape (n,).

        Parameters
        ----------
        vectors : float32, shape (n, d)
            As the clustering head reads them.
        """
        raw = signs_of(items, vectors, self.commonness, self.reference)
        return _strange(self.standardized(raw))

    def nowhere(self, items: Sequence[Item], vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which new rows fit nowhere, empty ones among them; shape (n,)."""
        flagged = (self.strangeness(items, vectors) >= self.threshold) | empty(items)
        return np.asarray(flagged | (wordless(items) & self.worded), dtype=np.bool_)

    def standardized(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Signs in robust standard deviations, larger for stranger rows, within :data:`SIGN_BOUNDS`."""
        return np.clip((self.middle - raw) / self.spread, *SIGN_BOUNDS)


def look_around(
    items: Sequence[Item], vectors: NDArray[np.float32], seed: int
) -> tuple[Surroundings, NDArray[np.bool_]]:
    """What the rows of a run are like, and which of them fit nowhere.

    Parameters
    ----------
    items : sequence of Item
        The distinct items.
    vectors : float32, shape (n, d)
        As the clustering head reads them.
    seed : int
        Of the samples.

    Returns
    -------
    nowhere : bool, shape (n,)
        Empty rows among them.
    """
    surroundings, raw = surveyed(items, vectors, seed)
    blank, mute = empty(items), wordless(items)
    worded = bool((~blank & ~mute).sum() >= WORDED_SHARE * (~blank).sum())
    if worded:
        blank |= mute
    strange = _strange(surroundings.standardized(raw))
    ordinary = np.sort(strange[~blank])[::-1]
    allowed = int(MAX_SHARE * len(ordinary))
    threshold = NOWHERE_FROM
    if len(ordinary) > allowed and ordinary[allowed] >= threshold:
        threshold = float(np.nextafter(ordinary[allowed], 2.0))
    found = Surroundings(
        surroundings.commonness,
        surroundings.reference,
        surroundings.middle,
        surroundings.spread,
        threshold,
        worded,
    )
    return found, np.asarray((strange >= threshold) | blank, dtype=np.bool_)


def surveyed(
    items: Sequence[Item], vectors: NDArray[np.float32], seed: int
) -> tuple[Surroundings, NDArray[np.float64]]:
    """Surroundings, and the raw signs of their own rows, each beside the others: float64, shape (n, 4)."""
    rng = np.random.default_rng([seed, 6])
    content = np.flatnonzero(~empty(items))
    counted = _some(content, COUNTED_ROWS, rng)
    compared = _some(content, REFERENCE_ROWS, rng)
    cut = [None if item.text is None else pieces(item.text) for item in items]
    texts = [found for row in counted.tolist() if (found := cut[row]) is not None]
    common = Commonness.of(texts) if texts else None
    reference = vectors[compared].astype(np.float16)
    raw = np.empty((len(items), len(SIGNS)))
    itself = np.zeros(len(items), np.bool_)
    itself[counted] = True
    for row, found in enumerate(cut):
        raw[row, : len(PIECES)] = _words(common, found, bool(itself[row]))
    raw[:, len(PIECES) :] = _nearness(vectors, reference, compared)
    known = raw[content] if len(content) else raw
    middle = np.median(known, axis=0)
    # The half of the rows that is nearer the strange side, without the strangest, which may be nonsense.
    spread = np.maximum((middle - np.quantile(known, 0.25, axis=0)) / 0.6745, _FLOORS)
    return Surroundings(common, reference, middle, spread), raw


#: Least spread of a sign: rows that are all alike do not make the next one strange by a hair.
_FLOORS = np.array([0.25, 0.15, 0.03, 0.03])


def empty(items: Sequence[Item]) -> NDArray[np.bool_]:
    """Which items have neither text nor picture; shape (n,)."""
    return np.array([item.image is None and item.text in (None, EMPTY_TEXT) for item in items], np.bool_)


def wordless(items: Sequence[Item]) -> NDArray[np.bool_]:
    """Which items are a text without letters or digits, such as a lone emoji; shape (n,)."""
    texts = [None if item.image is not None or item.text == EMPTY_TEXT else item.text for item in items]
    return np.array([text is not None and not any(map(str.isalnum, text)) for text in texts], np.bool_)


def _strange(signs: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-(INTERCEPT + signs @ np.array(WEIGHTS)))), dtype=np.float64)


def signs_of(
    items: Sequence[Item],
    vectors: NDArray[np.float32],
    common: Commonness | None,
    reference: NDArray[np.float16],
) -> NDArray[np.float64]:
    """Raw signs of new rows, smaller for stranger ones: float64, shape (n, 4), as in :data:`SIGNS`."""
    raw = np.empty((len(items), len(SIGNS)))
    for row, item in enumerate(items):
        found = None if item.text is None else pieces(item.text)
        raw[row, : len(PIECES)] = _words(common, found, False)
    raw[:, len(PIECES) :] = _nearness(vectors, reference, None)
    return raw


def _words(
    common: Commonness | None, found: tuple[NDArray[np.uint32], ...] | None, counted: bool
) -> NDArray[np.float64]:
    """Commonness of the pieces of a text; 0, as common as can be, where there is no text to look at."""
    if common is None or found is None:
        return np.zeros(len(PIECES))
    values = common.of_text(found, counted)
    # No word at all is stranger than any.
    return np.nan_to_num(values, nan=common.least)


def _nearness(
    vectors: NDArray[np.float32], reference: NDArray[np.float16], compared: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    """Mean cosine with the nearest rows, and cosine with the row at a tenth of the way; shape (n, 2)."""
    stored = unit_rows(reference.astype(np.float32))
    found = np.zeros((len(vectors), 2))
    own = np.full(len(vectors), -1, np.int64)
    if compared is not None:
        own[compared] = np.arange(len(compared))
    others = len(stored) - 1
    if others < 1:
        return found
    far = max(1, int(FAR_SHARE * others))
    for start in range(0, len(vectors), 512):
        part = own[start : start + 512]
        cosines = vectors[start : start + 512] @ stored.T
        inside = np.flatnonzero(part >= 0)
        cosines[inside, part[inside]] = -np.inf
        cosines = -np.sort(-cosines, axis=1)[:, :others]
        found[start : start + 512, 0] = cosines[:, :NEAR].mean(axis=1)
        found[start : start + 512, 1] = cosines[:, :far].mean(axis=1)
    return found


def _some(rows: NDArray[np.int64], limit: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if len(rows) <= limit:
        return rows
    return np.sort(rng.choice(rows, limit, replace=False)).astype(np.int64)
