"""
Kinds of wrapping: what the texts of a real mailbox come in.

**Shaping** kinds: letter, letter_aside, letter_numbers, quoted_reply, subject_body, german_frame,
call_transcript, web_form, crm_note, rambling, long_mail, german_letter, northern_letter,
southern_letter, eastern_letter, asian_letter, survey_answer, store_review, messenger, social_post,
forum_post, machine_mail, invitation, visit_note, log_export, bug_template, minutes, courtly_letter,
one_line_mail, terse_note.

**Judging** kinds: letter_disclaimer, postscript, forwarded, french_frame, spanish_frame, chat,
html_leftovers, mobile, ticket_system, voicemail, thread.

The constants of localcluster may only be set while looking at shaping kinds. The judging kinds are
for measuring what then stands, as are the judging data sets of benchmarks/README.md. Their names,
sentences and layouts come from another half of the pools, so a word list or a threshold that fits
the shaping kinds by heart gains nothing there.

A kind sees the text, the seed and the row's number. It never sees a label.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .draw import Draw
from .more_kinds import MORE
from .parts import amid as _amid
from .parts import folded as _folded
from .parts import paragraphs as _paragraphs
from .parts import quoted as _quoted

Role = Literal["shaping", "judging"]
Compose = Callable[[str, Draw], str]

_CHAT_LINES = ("[{time}] {who}: {line}", "{time} {who}: {line}", "{who} ({time}): {line}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Kind:
    """
    One kind of wrapping.

    Parameters
    ----------
    name : str
        Its name.
    role : {"shaping", "judging"}
        Whether constants may be set while looking at it, or whether it judges them.
    wrap : callable
        ``wrap(text, seed, row)`` gives the wrapped text. The same three give the same text.
    """

    name: str
    role: Role
    wrap: Callable[[str, int, int], str]


_TABLE: list[Kind] = []


def _kind(role: Role) -> Callable[[Compose], Compose]:
    """Enter the function below into the table under its own name."""

    def enter(compose: Compose) -> Compose:
        name = compose.__name__.strip("_")

        def wrap(text: str, seed: int, row: int) -> str:
            return compose(text, Draw(role, seed, row, name))

        _TABLE.append(Kind(name, role, wrap))
        return compose

    return enter


def _ending(draw: Draw) -> str:
    """Closing and signature on lines of their own."""
    return f"{draw.say('closing')}\n{draw.say('signature')}"


def _answer(draw: Draw) -> str:
    """An earlier answer of the service desk that fits any topic."""
    body = " ".join(draw.several("reply_body", 1, 2) + draw.several("reply_more", 0, 2))
    return _paragraphs(draw.say("reply_open"), body, draw.say("reply_close"))


def _header(draw: Draw) -> str:
    """A subject line."""
    return f"{draw.say('subject_label')}{draw.say('subject')}"


# ---------------------------------------------------------------------------------------- shaping


@_kind("shaping")
def _letter(text: str, draw: Draw) -> str:
    """Salutation, text, closing and signature."""
    return _paragraphs(draw.say("greeting"), text, _ending(draw))


@_kind("shaping")
def _letter_aside(text: str, draw: Draw) -> str:
    """A letter with one or two sentences beside the point."""
    body = _amid(text, draw.several("aside", 1, 2), draw)
    end = draw.say("short_end") if draw.chance(0.3) else _ending(draw)
    return _paragraphs(draw.say("greeting"), body, end)


@_kind("shaping")
def _letter_numbers(text: str, draw: Draw) -> str:
    """A letter with numbers of customers, orders and invoices, and dates."""
    body = _amid(text, draw.several("number_sentence", 1, 2), draw)
    head = "\n".join(draw.several("numbers", 0, 3))
    return _paragraphs(head, draw.say("greeting"), body, _ending(draw))


@_kind("shaping")
def _quoted_reply(text: str, draw: Draw) -> str:
    """A mail above the desk's earlier answer, which it quotes."""
    greeting = draw.say("greeting") if draw.chance(0.6) else ""
    end = draw.say("short_end") if draw.chance(0.5) else _ending(draw)
    quote = f"{draw.say('attribution')}\n{_quoted(_folded(_answer(draw), 72))}"
    return _paragraphs(greeting, text, end, quote)


@_kind("shaping")
def _subject_body(text: str, draw: Draw) -> str:
    """A subject line and the text, with or without an end."""
    end = draw.say("short_end") if draw.chance(0.4) else ""
    return _paragraphs(_header(draw), text, end)


@_kind("shaping")
def _german_frame(text: str, draw: Draw) -> str:
    """German greeting and closing around the English text."""
    aside = draw.say("german_aside") if draw.chance(0.6) else ""
    end = f"{draw.say('german_closing')}\n{draw.say('signature')}"
    tail = draw.say("german_tail") if draw.chance(0.4) else ""
    return _paragraphs(draw.say("german_greeting"), aside, text, end, tail)


@_kind("shaping")
def _call_transcript(text: str, draw: Draw) -> str:
    """A call with speaker tags. The agent's questions fit any topic."""
    agent, caller = draw.say("set_speakers").split(" || ")
    said = [(agent, draw.say("agent_hello")), (caller, draw.say("caller_open"))]
    for pair in draw.several("agent_check", 0, 2):
        said += zip((agent, caller), pair.split(" || "), strict=True)
    said += [(agent, draw.say("agent_ask")), (caller, " ".join(text.split()))]
    said += [(agent, line) for line in draw.several("agent_ack", 1, 2)]
    if draw.chance(0.7):
        said += [(caller, draw.say("caller_bye")), (agent, draw.say("agent_bye"))]
    head = [draw.say("set_call_head")] if draw.chance(0.7) else []
    return "\n".join(head + [f"{tag} {line}" for tag, line in said])


@_kind("shaping")
def _web_form(text: str, draw: Draw) -> str:
    """A contact form, whose lines repeat over all rows of a mailbox."""
    return f"{draw.say('set_form_head')}\n{text}\n\n{draw.say('set_form_foot')}"


@_kind("shaping")
def _crm_note(text: str, draw: Draw) -> str:
    """Field labels of a customer file or a meeting note."""
    before, after = draw.raw("crm").split("{TEXT}")
    return f"{draw.fill(before)}{text}{draw.fill(after)}"


@_kind("shaping")
def _rambling(text: str, draw: Draw) -> str:
    """A chatty opening of two to four sentences beside the point."""
    opening = " ".join(draw.several("aside", 2, 4))
    body = f"{opening}{draw.rng.choice((' ', chr(10) * 2))}{text}"
    greeting = draw.say("greeting") if draw.chance(0.5) else ""
    end = draw.say("short_end") if draw.chance(0.5) else ""
    return _paragraphs(greeting, body, end)


@_kind("shaping")
def _long_mail(text: str, draw: Draw) -> str:
    """Subject, asides, numbers, small print and a quoted answer, all in one mail."""
    asides = draw.several("aside", 1, 3) + draw.several("number_sentence", 0, 1)
    letter = _paragraphs(draw.say("greeting"), _amid(text, asides, draw), _ending(draw))
    small_print = draw.say("disclaimer")
    quote = f"{draw.say('attribution')}\n{_quoted(_folded(_answer(draw), 72))}"
    parts = _paragraphs(_header(draw), letter, small_print)
    return _paragraphs(parts, quote) if draw.chance(0.5) else parts


for _compose in MORE:
    _kind("shaping")(_compose)


# ---------------------------------------------------------------------------------------- judging


@_kind("judging")
def _letter_disclaimer(text: str, draw: Draw) -> str:
    """A letter with legal small print below."""
    return _paragraphs(draw.say("greeting"), text, _ending(draw), draw.say("disclaimer"))


@_kind("judging")
def _postscript(text: str, draw: Draw) -> str:
    """A letter with an aside in its body and another in a postscript."""
    body = _amid(text, draw.several("aside", 0, 2), draw)
    return _paragraphs(draw.say("greeting"), body, _ending(draw), draw.say("postscript"))


@_kind("judging")
def _forwarded(text: str, draw: Draw) -> str:
    """A mail that a colleague passes on, with its headers."""
    note = draw.say("forward_note") if draw.chance(0.7) else ""
    head = f"{draw.say('forward_head')}\n{draw.say('forward_fields')}"
    letter = _paragraphs(draw.say("greeting"), text, _ending(draw))
    return _paragraphs(note, head, _folded(letter, 70) if draw.chance(0.5) else letter)


def _framed(language: str, text: str, draw: Draw) -> str:
    """Greeting and closing of another language around the English text."""
    aside = draw.say(f"{language}_aside") if draw.chance(0.6) else ""
    end = f"{draw.say(f'{language}_closing')}\n{draw.say('signature')}"
    tail = draw.say(f"{language}_tail") if draw.chance(0.4) else ""
    return _paragraphs(draw.say(f"{language}_greeting"), aside, text, end, tail)


@_kind("judging")
def _french_frame(text: str, draw: Draw) -> str:
    """French greeting and closing around the English text."""
    return _framed("french", text, draw)


@_kind("judging")
def _spanish_frame(text: str, draw: Draw) -> str:
    """Spanish greeting and closing around the English text."""
    return _framed("spanish", text, draw)


@_kind("judging")
def _chat(text: str, draw: Draw) -> str:
    """A chat with times, fragments and an agent. The text's sentences are lines of their own."""
    minute = 60 * draw.rng.randint(7, 21) + draw.rng.randint(0, 40)
    pattern = draw.rng.choice(_CHAT_LINES)
    me, desk = draw.say("my_first"), draw.say("my_agent")
    said = [(me, draw.say("chat_open"))]
    said += [(me, draw.say("chat_filler"))] if draw.chance(0.3) else []
    if draw.chance(0.7):
        said.append((desk, draw.say("agent_hello")))
        said += [(desk, line) for line in draw.several("agent_check", 0, 1)]
        said.append((desk, draw.say("agent_ask")))
    said += [(me, draw.say("chat_filler"))] if draw.chance(0.4) else []
    said += [(me, sentence) for sentence in _SENTENCE_END.split(" ".join(text.split()))]
    said += [(desk, line) for line in draw.several("agent_ack", 0, 2)]
    said.append((me, draw.say("chat_close")))
    said += [(desk, draw.say("agent_bye"))] if draw.chance(0.5) else []
    rows = []
    for who, line in said:
        time = f"{minute // 60:02d}:{minute % 60:02d}"
        rows.append(pattern.format(time=time, who=who, line=line))
        minute += draw.rng.randint(0, 2)
    return "\n".join(rows)


@_kind("judging")
def _html_leftovers(text: str, draw: Draw) -> str:
    """A mail whose markup was left in."""
    escaped = html.escape(text, quote=False).replace("\n", "<br>\n")
    if draw.chance(0.5):
        escaped = _SENTENCE_END.sub("&nbsp; ", escaped)
    aside = html.escape(draw.say("aside"), quote=False) if draw.chance(0.3) else ""
    body = f"{draw.say('html_before')}{escaped}{draw.say('html_after')}"
    parts = (draw.say("html_open"), aside, body, draw.say("html_close"))
    return "\n".join(part for part in parts if part)


@_kind("judging")
def _mobile(text: str, draw: Draw) -> str:
    """A short mail from a phone."""
    greeting = draw.say("greeting") if draw.chance(0.4) else ""
    end = draw.say("short_end") if draw.chance(0.4) else ""
    return _paragraphs(greeting, text, end, draw.say("mobile"))


@_kind("judging")
def _ticket_system(text: str, draw: Draw) -> str:
    """Header and footer of a ticket system, which repeat over all rows of a mailbox."""
    answer = _paragraphs(draw.say("agent"), _answer(draw)) if draw.chance(0.5) else ""
    end = draw.say("short_end") if draw.chance(0.4) else ""
    return _paragraphs(draw.say("set_ticket_head"), text, end, answer, draw.say("set_ticket_foot"))


@_kind("judging")
def _voicemail(text: str, draw: Draw) -> str:
    """A voice message that was typed by a machine."""
    asides = draw.several("aside", 0, 2)
    spoken = " ".join([draw.say("voice_open"), *asides, text, draw.say("voice_end")])
    return f"{draw.say('set_voice_head')}\n{spoken}"


@_kind("judging")
def _thread(text: str, draw: Draw) -> str:
    """The customer's mail quoted at the foot of a thread, below an answer and small print."""
    subject = _header(draw) if draw.chance(0.5) else ""
    opening = _amid(text, draw.several("aside", 0, 2), draw)
    first = _paragraphs(draw.say("greeting"), opening, draw.say("short_end"))
    answer = _answer(draw) if draw.chance(0.6) else draw.say("forward_note")
    small_print = draw.say("disclaimer") if draw.chance(0.5) else ""
    mark = draw.rng.choice(("> ", ">> ", "| "))
    below = f"{draw.say('customer_attribution')}\n{_quoted(_folded(first, 68), mark)}"
    return _paragraphs(subject, answer, small_print, below)


#: All kinds, shaping ones first.
KINDS: tuple[Kind, ...] = tuple(_TABLE)


def kinds_of(role: Role) -> tuple[Kind, ...]:
    """
    The kinds of one role.

    Parameters
    ----------
    role : {"shaping", "judging"}
        The role.

    Returns
    -------
    tuple of Kind
        In the order of :data:`KINDS`.

    Raises
    ------
    ValueError
        If there is no such role.
    """
    if role not in ("shaping", "judging"):
        raise ValueError(f"There is no role {role!r}. Take 'shaping' or 'judging'.")
    return tuple(kind for kind in KINDS if kind.role == role)
