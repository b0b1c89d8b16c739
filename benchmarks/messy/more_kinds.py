"""
More shaping kinds: other tongues, crowds, records and manners.

:mod:`benchmarks.messy.kinds` enters them into its table under the names of the functions.
"""

from __future__ import annotations

from .draw import Draw
from .parts import amid, paragraphs


def _letter_in(tongue: str, text: str, draw: Draw) -> str:
    """A letter whose every word but the text is of one language."""
    head = draw.say(f"{tongue}_subject") if draw.chance(0.35) else ""
    body = amid(text, draw.several(f"{tongue}_aside", 0, 2), draw)
    if draw.chance(0.5):
        body = f"{draw.say(f'{tongue}_opening')}{draw.rng.choice((' ', chr(10) * 2))}{body}"
    end = f"{draw.say(f'{tongue}_closing')}\n{draw.say(f'{tongue}_signature')}"
    small = "\n".join(draw.several(f"{tongue}_small", 0, 2))
    return paragraphs(head, draw.say(f"{tongue}_greeting"), body, end, small)


def german_letter(text: str, draw: Draw) -> str:
    """A letter, stiff or warm, that is German all through."""
    return _letter_in("de", text, draw)


def northern_letter(text: str, draw: Draw) -> str:
    """A Dutch or a Swedish letter."""
    return _letter_in(draw.rng.choice(("nl", "sv")), text, draw)


def southern_letter(text: str, draw: Draw) -> str:
    """An Italian or a Portuguese letter."""
    return _letter_in(draw.rng.choice(("it", "pt")), text, draw)


def eastern_letter(text: str, draw: Draw) -> str:
    """A Polish or a Turkish letter."""
    return _letter_in(draw.rng.choice(("pl", "tr")), text, draw)


def asian_letter(text: str, draw: Draw) -> str:
    """A Japanese or a Chinese letter."""
    return _letter_in(draw.rng.choice(("ja", "zh")), text, draw)


#: All of them, in the order in which they are listed.
MORE = (
    german_letter,
    northern_letter,
    southern_letter,
    eastern_letter,
    asian_letter,
)
