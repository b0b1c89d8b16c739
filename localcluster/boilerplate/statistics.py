"""How parts of texts recur over rows: counted once on a run's rows, looked up for new ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.boilerplate.units import Unit

#: What stands for a name in a template, and for any number.
NAME, NUMBER = "*", "0"
#: Share of rows up to which a word that is always written with a capital is taken for a name.
RARE = 0.02
#: A word is always written with a capital where this share of the rows that have it do so.
ALWAYS = 0.9
#: Counts of things seen once are not kept: a thing that is not there was seen once, or never.
KEPT_FROM = 2

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d[\d.,:/-]*|[^\w\s]")


@dataclass(frozen=True)
class Recurrence:
    """Counts over the rows of a run, all of them numbers of rows.

    Attributes
    ----------
    templates : dict of str to int
        Rows with a unit of this template.
    words, capitals : dict of str to int
        Rows with a word, and with it written with a capital first letter.
    opening, closing : dict of str to int
        Rows with a word in their first, and in their last two, units.
    """

    n_rows: int
    templates: dict[str, int]
    words: dict[str, int]
    capitals: dict[str, int]
    opening: dict[str, int]
    closing: dict[str, int]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Unit]]) -> Recurrence:
        """Count over rows that have two units or more: in them a part can recur without the whole."""
        words: Counter[str] = Counter()
        capitals: Counter[str] = Counter()
        opening: Counter[str] = Counter()
        closing: Counter[str] = Counter()
        several = [row for row in rows if len(row) > 1]
        for row in several:
            tokens = [tokens_of(unit.text) for unit in row]
            flat = {token for part in tokens for token in part}
            words.update({token.casefold() for token in flat})
            capitals.update({token.casefold() for token in flat if token[:1].isupper()})
            opening.update({token.casefold() for token in tokens[0]})
            closing.update({token.casefold() for part in tokens[-2:] for token in part})
        counted = cls(len(several), {}, dict(words), dict(capitals), dict(opening), dict(closing))
        templates = Counter(name for row in several for name in {counted.template(unit.text) for unit in row})
        return cls(len(several), *(_kept(table) for table in (templates, words, capitals, opening, closing)))

    def template(self, text: str) -> str:
        """A unit with its names and numbers left open; the same for units that differ in these only."""
        kept: list[str] = []
        for token in tokens_of(text):
            if token[0].isdigit():
                word = NUMBER
            elif not token[0].isalpha():
                continue
            elif self.is_name(token):
                word = NAME
            else:
                word = token.casefold()
            if not (kept and word in (NAME, NUMBER) and kept[-1] == word):
                kept.append(word)
        return " ".join(kept)

    def is_name(self, token: str) -> bool:
        """Whether a word looks like a name: rare, and never written without a capital."""
        word = token.casefold()
        rows = self.words.get(word, 1)
        if not token[:1].isupper() or len(token) < 2 or rows > max(RARE * self.n_rows, KEPT_FROM):
            return False
        return word not in self.words or self.capitals.get(word, 1) >= ALWAYS * rows

    def rows_with(self, text: str) -> int:
        """Rows with a part like this one; 1 for a part that is nowhere else."""
        return self.templates.get(self.template(text), 1)

    def has_words(self, text: str) -> bool:
        """Whether a part holds a word of at least two letters that is no name."""
        return any(
            len(token) > 1 and token[0].isalpha() and not self.is_name(token) for token in tokens_of(text)
        )


def tokens_of(text: str) -> list[str]:
    """Words, numbers and signs of a text, in order."""
    return _TOKEN.findall(text)


#: Names of the columns of :func:`features`, in order.
FEATURES = (
    "rows with its template, log",
    "rows with its template, share",
    "is the first unit",
    "is the last unit",
    "is the second or third last unit",
    "place from the start, share",
    "units of the row, log",
    "characters, log",
    "is a label",
    "is quoted",
    "follows a quoted unit or stands below a label block",
    "numbers, share of tokens",
    "names, share of tokens",
    "signs, share of tokens",
    "ends as a sentence does",
    "rows with its words, mean share",
    "rows with its rarest word, share",
    "its words open rows rather than stand anywhere",
    "its words close rows rather than stand anywhere",
)


def features(rows: Sequence[Sequence[Unit]], counted: Recurrence) -> NDArray[np.float32]:
    """What is known of every unit without reading it, float32, shape (n_units, len(FEATURES)).

    Parameters
    ----------
    rows : sequence of sequence of Unit
        Units of all rows in order.
    """
    # Parts that recur are most of many a mailbox: what depends on their words alone is computed once.
    worded = {text: _of_words(text, counted) for text in dict.fromkeys(u.text for row in rows for u in row)}
    found = [_of_unit(row, place, worded[row[place].text]) for row in rows for place in range(len(row))]
    return np.array(found, dtype=np.float32).reshape(-1, len(FEATURES))


@dataclass(frozen=True)
class _Words:
    """Features of a unit that depend on its text alone."""

    rows: float
    share: float
    numbers: float
    names: float
    signs: float
    seen: float
    rarest: float
    opening: float
    closing: float


def _of_words(text: str, counted: Recurrence) -> _Words:
    n = max(counted.n_rows, 1)
    tokens = tokens_of(text)
    words = [token for token in tokens if token[0].isalpha()]
    rows = counted.rows_with(text)
    seen = [counted.words.get(word.casefold(), 1) / n for word in words] or [0.0]
    count = max(len(tokens), 1)
    return _Words(
        float(np.log(rows)),
        rows / n,
        sum(token[0].isdigit() for token in tokens) / count,
        sum(counted.is_name(word) for word in words) / count,
        (len(tokens) - len(words)) / count,
        float(np.mean(seen)),
        float(min(seen)),
        _lean(words, counted.opening, counted),
        _lean(words, counted.closing, counted),
    )


def _of_unit(row: Sequence[Unit], place: int, words: _Words) -> list[float]:
    unit, last = row[place], len(row) - 1
    labels = sum(each.label for each in row[:place])
    return [
        words.rows,
        words.share,
        float(place == 0),
        float(place == last),
        float(0 < last - place <= 2),
        place / max(last, 1),
        float(np.log(len(row))),
        float(np.log1p(len(unit.text))),
        float(unit.label),
        float(unit.quoted),
        float(any(each.quoted for each in row[:place])) + float(np.log1p(labels)) / 2,
        words.numbers,
        words.names,
        words.signs,
        float(unit.text[-1:] in ".!?…。！？"),
        words.seen,
        words.rarest,
        words.opening,
        words.closing,
    ]


def _lean(words: Sequence[str], there: dict[str, int], counted: Recurrence) -> float:
    """Mean share of the rows with a word that have it in that place, drawn to a third where few rows do."""
    shares = [
        (there.get(word.casefold(), 0) + 1) / (counted.words.get(word.casefold(), 1) + 3) for word in words
    ]
    return float(np.mean(shares)) if shares else 0.33


def _kept(table: Counter[str]) -> dict[str, int]:
    return {key: count for key, count in sorted(table.items()) if count >= KEPT_FROM}
