"""A text in parts: lines, speaker tags and sentences, each with its place in the text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace

#: Characters looked at; a text goes on behind them as one last unit.
MAX_CHARACTERS = 20_000
#: Most units of a text; what follows belongs to the last.
MAX_UNITS = 200
#: An unfinished line at least this long goes on in the next one: mails are wrapped at 60 to 80 columns.
WRAPPED_FROM = 50

_TAG = re.compile(r"</?[a-zA-Z][^<>\n@]{0,400}>|<!--[^\n]{0,400}?-->")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6});")
_BREAK = re.compile(r"<(?:br|p|div|tr|li|h\d|table|ul|ol|/p|/div|/tr|/li|/h\d)\b[^<>]*>", re.IGNORECASE)
_QUOTE = re.compile(r"^[ \t]*>[> \t]*")
_LABEL = re.compile(r"^[ \t]*(?:\[?[\d:.,/ \t-]{4,22}\]?[ \t]*)?([^\W\d_][\w .'/()-]{0,30}?):[ \t]+(?=\S)")
#: What closes a sentence belongs to it: the marks behind its last sign are the group.
_SENTENCE = re.compile(r"(?<=[.!?…。！？])([\"')\]]*)[ \t]+(?=\S)|(?<=[。！？])(?=\S)")
#: A full stop that ends no sentence: behind "Ms" or "Tel", or before what begins none ("no. 5", "p. m.").
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:[A-Z][a-z]{0,2}|[a-z]{1,3}|[A-Z])\.$")
_FINISHED = re.compile(r"[.!?…。！？:;,\"')\]>-]\s*$")


@dataclass(frozen=True)
class Unit:
    """A part of a text that is kept or left out as a whole.

    Attributes
    ----------
    text : str
        Without the white space and quotation marks (``>``) around it.
    line : int
        Number of its line, from 0.
    quoted : bool
        Whether its line begins with ``>``.
    label : bool
        Whether it is what stands before a colon at the beginning of a line ("Customer:").
    title : bool
        Whether it is from a column of its own, such as a subject, which is always read.
    """

    text: str
    line: int
    quoted: bool = False
    label: bool = False
    title: bool = False


def plain_text(text: str) -> str:
    r"""A text without HTML: tags become line ends or nothing, entities become characters.

    A text with fewer than two tags and entities is left as it is: ``a < b`` is no markup.

    Examples
    --------
    >>> plain_text("<p>Hello&nbsp;there</p><p>Bye</p>")
    '\nHello there\n\nBye\n'
    >>> plain_text("if a<b and b>c")
    'if a<b and b>c'
    """
    if len(_TAG.findall(text)) + len(_ENTITY.findall(text)) < 2:
        return text
    bare = _TAG.sub("", _BREAK.sub("\n", text))
    return html.unescape(bare).replace("\xa0", " ")


def units_of(text: str, titles: int = 0) -> list[Unit]:
    r"""The units of a text in order; none for a text without visible characters.

    Parameters
    ----------
    titles : int
        First lines that are columns of their own.

    Examples
    --------
    >>> [unit.text for unit in units_of("Hi Ann,\nmy card is lost. What now?\nBob")]
    ['Hi Ann,', 'my card is lost.', 'What now?', 'Bob']
    """
    found: list[Unit] = []
    for number, (line, quoted) in enumerate(_joined_lines(plain_text(text[:MAX_CHARACTERS]))):
        if label := _LABEL.match(line):
            found.append(Unit(line[: label.end()].strip(), number, quoted, label=True))
            line = line[label.end() :]
        found.extend(Unit(part, number, quoted) for part in _sentences(line))
    rest = text[MAX_CHARACTERS:]
    if len(found) > MAX_UNITS or rest.strip():
        tail = " ".join([*(unit.text for unit in found[MAX_UNITS - 1 :]), rest]).strip()
        line_of_tail = found[min(len(found), MAX_UNITS) - 1].line if found else 0
        found = [*found[: MAX_UNITS - 1], Unit(tail, line_of_tail)]
    return [replace(unit, title=True) if unit.line < titles else unit for unit in found]


def text_of_units(units: list[Unit]) -> str:
    r"""Units as a text again, lines kept apart.

    Examples
    --------
    >>> text_of_units([Unit("my card is lost.", 1), Unit("What now?", 1), Unit("Bob", 2)])
    'my card is lost. What now?\nBob'
    """
    parts: list[str] = []
    for before, unit in zip([None, *units], units, strict=False):
        if before is not None:
            parts.append(" " if before.line == unit.line else "\n")
        parts.append(unit.text)
    return "".join(parts)


def _sentences(line: str) -> list[str]:
    found: list[str] = []
    for part in (part.strip() for part in _SENTENCE.sub(r"\1\n", line).split("\n")):
        if not part:
            continue
        open_end = found and _ABBREVIATED.search(found[-1])
        if open_end and (not part[0].isupper() or found[-1].split()[-1][0].isupper()):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def _joined_lines(text: str) -> list[tuple[str, bool]]:
    """Lines with visible characters and whether they are quoted; a hard-wrapped sentence is one line."""
    found: list[tuple[str, bool]] = []
    open_line = False
    for raw in text.split("\n"):
        mark = _QUOTE.match(raw)
        line, quoted = (raw[mark.end() :] if mark else raw).strip(), mark is not None
        if not line:
            open_line = False
            continue
        if open_line and found[-1][1] == quoted and line[:1].islower():
            found[-1] = (f"{found[-1][0]} {line}", quoted)
        else:
            found.append((line, quoted))
        open_line = len(line) >= WRAPPED_FROM and not _FINISHED.search(line)
    return found
