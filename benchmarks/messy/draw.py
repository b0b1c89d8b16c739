"""Draw words from the pools: a template's symbols are filled until none is left."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from random import Random

from .pools import POOLS
from .pools._grammar import words

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = words("""
    January February March April May June July August September October November December
""")

#: What both roles share: parts of dates and times, which are no wording.
_CLOCK: Mapping[str, Callable[[Random], str]] = {
    "br": lambda rng: "\n",
    "day": lambda rng: rng.choice(DAYS),
    "day3": lambda rng: rng.choice(DAYS)[:3],
    "month": lambda rng: rng.choice(MONTHS),
    "mon": lambda rng: rng.choice(MONTHS)[:3],
    "dd": lambda rng: str(rng.randint(1, 28)),
    "th": lambda rng: str(rng.randint(4, 20)),
    "mo": lambda rng: f"{rng.randint(1, 12):02d}",
    "year": lambda rng: str(rng.randint(2004, 2025)),
    "h": lambda rng: str(rng.randint(2, 11)),
    "hh": lambda rng: f"{rng.randint(7, 21):02d}",
    "mi": lambda rng: f"{rng.randint(0, 59):02d}",
}
_PLACE = re.compile(r"\{(\w+)\}|([~^])")


class Draw:
    """
    Words for one row.

    Parameters
    ----------
    role : str
        The half of the pools to draw from, "shaping" or "judging".
    seed : int
        One mailbox. The same seed has the same firm and the same forms.
    row : int
        The number of the row in the mailbox.
    salt : str
        A word that tells this draw apart from others for the same row.

    Notes
    -----
    A symbol's prefix says how long a draw holds. ``box_firm`` is a ``firm`` that all rows of a seed
    share. ``set_form`` is a template that they share, filled for each row anew. ``my_first`` is a
    ``first`` drawn once for the row. Without a prefix each place is drawn anew.
    """

    def __init__(self, role: str, seed: int, row: int, salt: str) -> None:
        self.role = role
        self.seed = seed
        self.rng = Random(f"{seed} {row} {salt}")
        self._rules = POOLS[role]
        self._mine: dict[str, str] = {}

    def say(self, symbol: str) -> str:
        """
        Draw one template of a symbol and fill it.

        Parameters
        ----------
        symbol : str
            A key of the role's pools, with or without a prefix.

        Returns
        -------
        str
            The words.
        """
        return self._expand(symbol, self.rng)

    def several(self, symbol: str, low: int, high: int) -> list[str]:
        """
        Draw from `low` to `high` different templates of a symbol and fill them.

        Parameters
        ----------
        symbol : str
            A key of the role's pools.
        low, high : int
            The least and the greatest number of templates.

        Returns
        -------
        list of str
            The words, in the order drawn.
        """
        rules = self._rules[symbol]
        count = min(self.rng.randint(low, high), len(rules))
        return [self._fill(rule, self.rng) for rule in self.rng.sample(rules, count)]

    def chance(self, probability: float) -> bool:
        """
        Throw a coin.

        Parameters
        ----------
        probability : float
            0 is never, 1 is always.

        Returns
        -------
        bool
            What the coin says.
        """
        return self.rng.random() < probability

    def fill(self, template: str) -> str:
        """
        Fill a template's symbols.

        Parameters
        ----------
        template : str
            Words with symbols in braces, ``~`` for a digit and ``^`` for a capital letter.

        Returns
        -------
        str
            The words.
        """
        return self._fill(template, self.rng)

    def raw(self, symbol: str) -> str:
        """
        Draw one template of a symbol and leave it as it is.

        Parameters
        ----------
        symbol : str
            A key of the role's pools.

        Returns
        -------
        str
            The template.
        """
        return self.rng.choice(self._rules[symbol])

    def _expand(self, symbol: str, rng: Random) -> str:
        if symbol in _CLOCK:
            return _CLOCK[symbol](rng)
        prefix, _, rest = symbol.partition("_")
        if prefix == "box":
            return self._once(symbol, rest, Random(f"{self.seed} {self.role} {symbol}"))
        if prefix == "my":
            return self._once(symbol, rest, rng)
        if prefix == "set":
            shared = Random(f"{self.seed} {self.role} {symbol}")
            return self._fill(shared.choice(self._rules[rest]), rng)
        if symbol == "mail":
            name = self._fill("{my_first}.{my_last}", rng)
            return f"{_ascii(name)}@{self._expand('host', rng)}"
        if symbol == "slug":
            return _ascii(self._expand("box_firm", rng)).replace(".", "-")
        return self._fill(rng.choice(self._rules[symbol]), rng)

    def _once(self, key: str, symbol: str, rng: Random) -> str:
        if key not in self._mine:
            self._mine[key] = self._expand(symbol, rng)
        return self._mine[key]

    def _fill(self, template: str, rng: Random) -> str:
        def word(place: re.Match[str]) -> str:
            if place[1]:
                return self._expand(place[1], rng)
            return rng.choice("0123456789" if place[2] == "~" else "ABCDEFGHKLMNPRSTUVWXYZ")

        return _PLACE.sub(word, template)


def _ascii(name: str) -> str:
    """Write a name as part of an address: lower case, no accents, only letters and dots."""
    name = name.translate(str.maketrans("øłıØŁ", "oliOL"))
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.]+", "-", plain.lower()).strip("-.")
