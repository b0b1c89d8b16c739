"""Leave out the frame around the content of a text: fitted on a run's rows, used on new ones.

A part is left out where it is more likely frame than content (:mod:`~localcluster.boilerplate.weights`).
Rules that keep what might be the point:

* every row keeps the part that is most likely content, and a row of one part keeps all of it, so short
  commands and the lines of sensors are read whole;
* where that part is one that many rows share, the likeliest of the others is kept too;
* a part that recurs stays where the rows that have it are alike in what is kept of them too: then it
  goes with the class ("Status: overheated") and not with the sender.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from localcluster.boilerplate.context import context
from localcluster.boilerplate.density import Reference, density, rows_of
from localcluster.boilerplate.statistics import Recurrence, features, tokens_of
from localcluster.boilerplate.units import Unit, text_of_units, units_of
from localcluster.boilerplate.weights import weights_for

#: Rows with a template from which it can be told whether they are alike.
TELLING_ROWS = 5
#: Most templates that are looked at, the most frequent first.
TELLING_TEMPLATES = 300
#: Standard deviations above chance from which rows with a template count as alike. High, because hundreds
#: are tried, and because letters of one sender are a little alike without being one class.
TELLING_Z = 8.0
#: Share of the rows, and as many rows, from which a part is one that many rows share: not all that is read
#: of a row. Where the sentence embedder is another than the one the constants were fitted with, only such
#: parts are left out.
COMMON_SHARE, COMMON_ROWS = 0.1, 4
#: Share of the rows from which a part tells no row from another, whatever it says, and rows that show it.
EVERYWHERE_SHARE, EVERYWHERE_ROWS = 0.5, 8
#: Draws of as many rows that say what chance is.
DRAWS = 30

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Trimmed:
    """What models read of each text, and what was left out.

    Attributes
    ----------
    texts : tuple of str
        One per text given; the text itself where nothing was left out.
    left_out : tuple of tuple of str
        The parts of each text that are not read.
    """

    texts: tuple[str, ...]
    left_out: tuple[tuple[str, ...], ...]

    @property
    def n_parts(self) -> int:
        """Parts left out in all."""
        return sum(len(parts) for parts in self.left_out)

    @property
    def n_texts(self) -> int:
        """Texts of which something was left out."""
        return sum(bool(parts) for parts in self.left_out)


@dataclass(frozen=True)
class Trimmer:
    """Tells frame from content, by what recurs over the rows it was fitted on.

    Attributes
    ----------
    embedder : str
        SHA-256 of the sentence embedder whose vectors it reads.
    telling : frozenset of str
        Templates that are kept, because rows that have them are alike.
    """

    embedder: str
    recurrence: Recurrence
    reference: Reference
    telling: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def fit(
        cls, texts: Sequence[str], embedder: str, encode: Encode, titles: Sequence[int] | None = None
    ) -> tuple[Trimmer, Trimmed] | None:
        """Look at distinct texts; None where none has two parts, so that there is nothing to leave out.

        Parameters
        ----------
        embedder : str
            SHA-256 of the sentence embedder.
        encode : callable
            Vectors of texts by that embedder, float32, shape (n, d).
        titles : sequence of int, optional
            First lines of each text that are read whatever they say: columns of their own, such as a subject.
        """
        units = _units(texts, titles)
        several = [row for row in units if len(row) > 1]
        if not several:
            return None
        vectors = _encoded(several, encode)
        rows = rows_of(several)
        trimmer = cls(embedder, Recurrence.of(several), Reference.of(vectors, rows))
        parts = trimmer._parts(several, vectors, rows)
        trimmer = replace(trimmer, reference=trimmer.reference.judged(parts.first, rows))
        kept = trimmer._likely(parts)
        trimmer = replace(trimmer, telling=_telling(parts, kept))
        return trimmer, _trimmed(texts, units, kept | trimmer._told(parts))

    def trim(self, texts: Sequence[str], encode: Encode, titles: Sequence[int] | None = None) -> Trimmed:
        """What models read of new texts; what a text keeps does not depend on the texts beside it."""
        units = _units(texts, titles)
        several = [row for row in units if len(row) > 1]
        if not several:
            return Trimmed(tuple(texts), ((),) * len(texts))
        # Rows of their own: none of them is in the reference, even where it has the same text.
        parts = self._parts(several, _encoded(several, encode), -1 - rows_of(several))
        return _trimmed(texts, units, self._likely(parts) | self._told(parts))

    def _parts(
        self, several: Sequence[Sequence[Unit]], vectors: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> _Parts:
        columns = np.hstack([features(several, self.recurrence), density(vectors, rows, self.reference)])
        first = weights_for(self.embedder).first(columns, vectors)
        template = {text: self.recurrence.template(text) for text in {u.text for row in several for u in row}}
        templates = tuple(template[unit.text] for row in several for unit in row)
        return _Parts(several, vectors, rows, columns, first, templates)

    def _likely(self, parts: _Parts) -> NDArray[np.bool_]:
        """Which parts are likely content, or the likeliest of their row, bool, shape (n_units,)."""
        weights = weights_for(self.embedder)
        beside = context(parts.first, parts.vectors, parts.rows, self.reference)
        content = expit(weights.second(parts.first, beside, parts.columns))
        sharing = np.array([self.recurrence.templates.get(template, 1) for template in parts.templates])
        n = self.recurrence.n_rows
        common = sharing >= max(COMMON_ROWS, COMMON_SHARE * n)
        everywhere = sharing > max(EVERYWHERE_ROWS, EVERYWHERE_SHARE * n)
        content = np.where(everywhere, content * weights.keep_from / 2, content)
        kept: NDArray[np.bool_] = content >= weights.keep_from
        if not weights.reads_vectors:
            # Without vectors that the constants know, only what recurs in many rows is left out.
            kept |= ~common
            content = content + ~common
        kept |= np.array([unit.title for row in parts.several for unit in row])
        ends = np.cumsum([len(row) for row in parts.several])
        for row, start in zip(parts.several, ends - [len(row) for row in parts.several], strict=True):
            part = slice(int(start), int(start) + len(row))
            # A label, a name or a number alone says nothing: what stands beside it is what counts.
            speaks = np.array([not unit.label and self.recurrence.has_words(unit.text) for unit in row])
            likely = np.where(speaks, content[part], content[part] - 2.0)
            kept[int(start) + int(likely.argmax())] = True
            own = speaks & ~common[part]
            if own.any() and not kept[part][own].any():
                kept[int(start) + int(np.where(own, content[part], -1.0).argmax())] = True
        return kept

    def _told(self, parts: _Parts) -> NDArray[np.bool_]:
        """Which parts are kept because rows that have them are alike, bool, shape (n_units,)."""
        return np.array([template in self.telling for template in parts.templates], np.bool_)


@dataclass(frozen=True)
class _Parts:
    """The parts of all texts that have several, and what is computed of each once.

    Attributes
    ----------
    several : sequence of sequence of Unit
    vectors : float32, shape (n_units, d)
    rows : int64, shape (n_units,)
    columns : float32, shape (n_units, n_columns)
        Features and density.
    first : float32, shape (n_units,)
        Logit of being content, judged alone.
    templates : tuple of str
    """

    several: Sequence[Sequence[Unit]]
    vectors: NDArray[np.float32]
    rows: NDArray[np.int64]
    columns: NDArray[np.float32]
    first: NDArray[np.float32]
    templates: tuple[str, ...]


def _trimmed(texts: Sequence[str], units: Sequence[list[Unit]], kept: NDArray[np.bool_]) -> Trimmed:
    """Texts without the parts that are not kept; ``kept`` is about those of texts that have several."""
    ends = np.cumsum([len(row) for row in units if len(row) > 1])
    parts = iter(np.split(kept, ends[:-1]))
    read, left_out = [], []
    for text, row in zip(texts, units, strict=True):
        chosen = next(parts) if len(row) > 1 else np.ones(len(row), bool)
        gone = tuple(unit.text for unit, keep in zip(row, chosen, strict=True) if not keep)
        left_out.append(gone)
        whole = [unit for unit, keep in zip(row, chosen, strict=True) if keep]
        read.append(text_of_units(whole) if gone else text)
    return Trimmed(tuple(read), tuple(left_out))


def recurring(trimmed: Trimmed, recurrence: Recurrence, most: int = 5) -> list[tuple[str, int]]:
    """The templates left out most often, an example of each and its number of rows, most frequent first."""
    count: Counter[str] = Counter()
    example: dict[str, str] = {}
    for parts in trimmed.left_out:
        for part in parts:
            name = recurrence.template(part)
            # Names and numbers alone are no example that a reader recognizes.
            if any(token[0].isalpha() and not recurrence.is_name(token) for token in tokens_of(part)):
                example.setdefault(name, part)
                count[name] += 1
    return [(example[name], rows) for name, rows in count.most_common(most)]


def _units(texts: Sequence[str], titles: Sequence[int] | None) -> list[list[Unit]]:
    if titles is None:
        return [units_of(text) for text in texts]
    return [units_of(text, count) for text, count in zip(texts, titles, strict=True)]


def _encoded(several: Sequence[Sequence[Unit]], encode: Encode) -> NDArray[np.float32]:
    """Vectors of the units of all rows; a part that recurs is encoded once."""
    place: dict[str, int] = {}
    of_unit = [place.setdefault(unit.text, len(place)) for row in several for unit in row]
    vectors = np.asarray(encode(list(place)), dtype=np.float32)
    # An embedder of the user's own may return vectors of any length.
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return np.asarray(vectors / length, dtype=np.float32)[of_unit]


def _telling(parts: _Parts, kept: NDArray[np.bool_]) -> frozenset[str]:
    """Templates left out whose rows are alike in what is kept, far beyond chance."""
    several, vectors, rows = parts.several, parts.vectors, parts.rows
    sums = np.zeros((len(several), vectors.shape[1]))
    np.add.at(sums, rows[kept], vectors[kept])
    content = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    members: dict[str, set[int]] = {}
    for number in np.flatnonzero(~kept).tolist():
        members.setdefault(parts.templates[number], set()).add(int(rows[number]))
    n = len(several)
    frequent = sorted(
        (name for name, found in members.items() if TELLING_ROWS <= len(found) <= n // 2),
        key=lambda name: (-len(members[name]), name),
    )
    rng = np.random.default_rng(0)
    telling = []
    for name in frequent[:TELLING_TEMPLATES]:
        size = len(members[name])
        here = _alike(content[sorted(members[name])])
        chance = [_alike(content[rng.choice(n, size, replace=False)]) for _ in range(DRAWS)]
        if here > np.mean(chance) + TELLING_Z * max(float(np.std(chance)), 1e-3):
            telling.append(name)
    return frozenset(telling)


def _alike(vectors: NDArray[np.float64]) -> float:
    """Mean cosine of different rows."""
    size = len(vectors)
    return float((np.square(vectors.sum(axis=0)).sum() - size) / (size * (size - 1)))
