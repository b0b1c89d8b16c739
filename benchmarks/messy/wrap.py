"""Wrap the texts of a data set, row by row."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from random import Random

from .kinds import Kind

# What may stand before a line of a wrapped text: marks of a quote, or a time and a speaker.
_QUOTE = re.compile(r"^(?:[>|] ?)+", re.MULTILINE)
_SPEAKER = re.compile(
    r"^(?:\[\d\d:\d\d\] |\d\d:\d\d )[^:\n]{1,40}: |^[^:\n]{1,40} \(\d\d:\d\d\): ", re.MULTILINE
)


def kind_of_row(kinds: Sequence[Kind], seed: int, row: int) -> Kind:
    """
    Draw the kind of one row.

    Parameters
    ----------
    kinds : sequence of Kind
        What to draw from.
    seed : int
        The mailbox.
    row : int
        The number of the row.

    Returns
    -------
    Kind
        The kind. It depends on the seed and the row alone.

    Raises
    ------
    ValueError
        If there are no kinds.
    """
    if not kinds:
        raise ValueError("There are no kinds to wrap in. Give at least one.")
    return Random(f"{seed} {row}").choice(list(kinds))


def wrap_texts(texts: Sequence[str], kinds: Sequence[Kind], seed: int) -> list[str]:
    """
    Wrap each text in a kind drawn for its row.

    Parameters
    ----------
    texts : sequence of str
        The clean texts.
    kinds : sequence of Kind
        What to draw from. With a single kind all texts come in it.
    seed : int
        The mailbox: its firm, its forms and all draws follow from it.

    Returns
    -------
    list of str
        One wrapped text a row. Row i depends on text i, the seed and i, and on nothing else.
    """
    return [kind_of_row(kinds, seed, row).wrap(text, seed, row) for row, text in enumerate(texts)]


def holds(wrapped: str, text: str) -> bool:
    """
    Tell whether a wrapped text holds the clean one.

    Parameters
    ----------
    wrapped : str
        What came out.
    text : str
        What went in.

    Returns
    -------
    bool
        True if the text is there. Line breaks, marks of a quote, speakers before a line and the
        escapes of HTML do not count.
    """
    if _plain(text) in _plain(wrapped):
        return True
    without_tags = html.unescape(re.sub(r"<[^<>]*>", " ", wrapped))
    return " ".join(text.split()) in " ".join(without_tags.split())


def _plain(text: str) -> str:
    """Drop what may stand before a line, then make all blanks one."""
    return " ".join(_SPEAKER.sub("", _QUOTE.sub("", text)).split())
