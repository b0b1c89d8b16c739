"""Texts as the models read them; the table keeps them as they came."""

from __future__ import annotations

import re
import unicodedata

#: What the models read in place of a row without any visible character.
EMPTY_TEXT = "(empty)"

#: A spreadsheet takes a cell that begins so for a formula and runs it (OWASP, "CSV injection");
#: so do full-width signs in some of the world.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_LINE_END = re.compile(r"\r\n?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def readable(text: str | None) -> str:
    r"""A text as the models read it; ``""`` for a missing one.

    Line ends become ``\n``. Other control characters than tab become spaces: they carry no meaning
    in a prompt, and NUL ends a C string. Unicode is not normalized; white space and markup stay.

    Examples
    --------
    >>> readable("a\x00b\r\nc")
    'a b\nc'
    """
    if text is None:
        return ""
    return _CONTROL.sub(" ", _LINE_END.sub("\n", text))


def has_control_characters(text: str) -> bool:
    """Whether :func:`readable` puts spaces in place of something."""
    return _CONTROL.search(text.replace("\r", "\n")) is not None


def is_blank(text: str) -> bool:
    """Whether a text has no visible character: only white space, zero-width or other format characters."""
    return not any(c.isprintable() and c != " " for c in text)


def printable(text: str) -> str:
    r"""``text`` on one line, without control, format and private characters.

    >>> printable("a\x1b[0m\u202eb\n c")
    'a [0m b c'
    """
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join("".join(kept).split())


def as_path(name: str) -> str:
    """A file's name that is a path still and no formula in a spreadsheet.

    >>> as_path("=1+1.png"), as_path("a.png")
    ('./=1+1.png', 'a.png')
    """
    return f"./{name}" if name.startswith(FORMULA_STARTS) else name


def well_formed(text: str) -> str:
    r"""Replace lone surrogates (``"\ud800"`` is legal in JSON, but in no UTF-8 file) by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
