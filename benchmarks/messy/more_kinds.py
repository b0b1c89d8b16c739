"""
More shaping kinds: other tongues, crowds, records and manners.

:mod:`benchmarks.messy.kinds` enters them into its table under the names of the functions.
"""

from __future__ import annotations

import json

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


def survey_answer(text: str, draw: Draw) -> str:
    """The open answer of a questionnaire between questions that could stand in any."""
    before = draw.several("survey_filler", 0, 3)
    after = [line for line in draw.several("survey_filler", 0, 2) if line not in before]
    mark = draw.rng.choice(("Q{}. ", "{}) ", "Question {}: ", "Item {} - "))
    first = draw.rng.randint(1, 12)
    asked = f"{draw.say('set_survey_asked')}{draw.rng.choice((' ', chr(10)))}{text}"
    said = [*before, asked, *after]
    answers = "\n".join(f"{mark.format(first + at)}{line}" for at, line in enumerate(said))
    head = draw.say("set_survey_head") if draw.chance(0.6) else ""
    return paragraphs(head, answers, draw.say("survey_foot") if draw.chance(0.5) else "")


def store_review(text: str, draw: Draw) -> str:
    """A review in a store, with stars, version and votes."""
    lead = draw.several("store_lead", 0, 1)
    foot = "\n".join(draw.several("store_foot", 0, 2))
    return paragraphs(draw.say("store_head"), " ".join([*lead, text]), foot)


def messenger(text: str, draw: Draw) -> str:
    """Fragments from a telephone, with emoji, each sent on its own or all at once."""
    glued = f"{text} {draw.say('sms_glue')}" if draw.chance(0.5) else text
    asides = draw.several("sms_aside", 0, 3)
    cut = draw.rng.randint(0, len(asides))
    parts = [draw.say("sms_open"), *asides[:cut], glued, *asides[cut:]]
    if draw.chance(0.7):
        parts.append(draw.say("sms_close"))
    return draw.rng.choice((" ", "\n", "\n\n")).join(parts)


def social_post(text: str, draw: Draw) -> str:
    """A post with handles and hashtags on the line of the text, and what the site sets below."""
    tail = draw.several("social_tail", 0, 2)
    meta = "\n".join(draw.several("social_meta", 0, 2))
    lead = draw.say("social_lead")
    gap = "" if lead.endswith("\n") else " "
    return paragraphs(" ".join([f"{lead}{gap}{text}", *tail]), meta)


def forum_post(text: str, draw: Draw) -> str:
    """A post on a board, with the author's card above and the motto below."""
    body = " ".join([*draw.several("forum_lead", 0, 2), text])
    tail = "\n".join(draw.several("forum_tail", 0, 2))
    line = draw.rng.choice(("--", "________________", "~~~"))
    motto = f"{line}\n{draw.say('forum_motto')}" if draw.chance(0.6) else ""
    return paragraphs(draw.say("forum_head"), body, tail, motto)


def machine_mail(text: str, draw: Draw) -> str:
    """A mail between the lines that gateways, lists and absent people's mailboxes set."""
    head = "\n".join(draw.several("banner", 0, 2))
    hail = draw.say("greeting") if draw.chance(0.4) else ""
    end = f"{draw.say('closing')}\n{draw.say('signature')}" if draw.chance(0.4) else ""
    tail = draw.rng.choice(("\n", "\n\n")).join(draw.several("robot", 1, 3))
    parts = (head, hail, text, end, tail) if draw.chance(0.7) else (tail, head, hail, text, end)
    return paragraphs(*parts)


def invitation(text: str, draw: Draw) -> str:
    """A calendar entry with the text for its description."""
    label = f"{draw.say('event_label')}{draw.rng.choice((' ', chr(10)))}"
    tail = "\n".join(draw.several("event_tail", 1, 3))
    return paragraphs(draw.say("set_event_head"), f"{label}{text}", tail)


def visit_note(text: str, draw: Draw) -> str:
    """A note under headings of somebody who was there: a technician, a carer, a clerk."""
    label = f"{draw.say('set_visit_label')}{draw.rng.choice((' ', chr(10)))}"
    before = "\n".join(draw.several("visit_before", 0, 3))
    after = "\n".join(draw.several("visit_after", 1, 3))
    return draw.rng.choice(("\n", "\n\n")).join(
        part for part in (draw.say("set_visit_head"), before, f"{label}{text}", after) if part
    )


def log_export(text: str, draw: Draw) -> str:
    """One record of an export, with keys. A text that JSON would escape comes in another layout."""
    fields = [line.split(" || ") for line in draw.several("log_before", 1, 5)]
    fields.append([draw.say("set_log_key"), text])
    fields += [line.split(" || ") for line in draw.several("log_after", 0, 4)]
    layout = draw.rng.choice(("json", "rows", "pairs", "bars"))
    if layout == "json" and json.dumps(text, ensure_ascii=False) == f'"{text}"':
        record = json.dumps(dict(fields), ensure_ascii=False, indent=draw.rng.choice((None, 2)))
    elif layout == "pairs":
        record = " ".join(f'{key}="{value}"' for key, value in fields)
    elif layout == "bars":
        record = " | ".join(value for _, value in fields)
    else:
        record = "\n".join(f"{key}: {value}" for key, value in fields)
    return f"{draw.say('log_head')}\n{record}" if draw.chance(0.5) else record


def bug_template(text: str, draw: Draw) -> str:
    """A report by template, whose other fields hold what people leave in them."""
    fillers = draw.several("bug_filler", 1, 5)
    cut = draw.rng.randint(0, min(2, len(fillers)))
    told = f"{draw.say('set_bug_label')}\n{text}"
    return paragraphs(draw.say("set_bug_head"), *fillers[:cut], told, *fillers[cut:])


def minutes(text: str, draw: Draw) -> str:
    """The minutes of a meeting with the text as one of the points."""
    items = draw.several("minutes_item", 1, 5)
    cut = draw.rng.randint(0, len(items))
    items.insert(cut, f"{draw.say('minutes_voice')} {text}")
    mark = draw.rng.choice(("{}. ", "- ", "TOP {}: ", "* ", "({}) "))
    points = "\n".join(f"{mark.format(at)}{item}" for at, item in enumerate(items, 1))
    return paragraphs(draw.say("minutes_head"), points, "\n".join(draw.several("minutes_end", 1, 2)))


def courtly_letter(text: str, draw: Draw) -> str:
    """A letter of many courtesies, British or Indian."""
    body = amid(text, draw.several("courtly_aside", 0, 2), draw)
    opening = f"{draw.say('courtly_opening')}{draw.rng.choice((' ', chr(10) * 2))}"
    end = f"{draw.say('courtly_end')}\n{draw.say('courtly_name')}"
    return paragraphs(draw.say("courtly_hail"), f"{opening}{body}", end)


def one_line_mail(text: str, draw: Draw) -> str:
    """Greeting, asides, text and name, all on one line."""
    asides = draw.several("line_aside", 0, 2)
    cut = draw.rng.randint(0, len(asides))
    parts = [draw.say("line_hail"), *asides[:cut], text, *asides[cut:]]
    if draw.chance(0.85):
        parts.append(draw.say("line_end"))
    return " ".join(parts)


def terse_note(text: str, draw: Draw) -> str:
    """A few words in lower case without stops, before and behind the text."""
    asides = draw.several("terse_aside", 0, 2)
    cut = draw.rng.randint(0, len(asides))
    before = [*draw.several("terse_open", 0, 2), *asides[:cut]]
    after = [*asides[cut:], *draw.several("terse_end", 1, 2)]
    gap = draw.rng.choice((" ", "\n"))
    return gap.join([*(part.lower() for part in before), text, *(part.lower() for part in after)])


#: All of them, in the order in which they are listed.
MORE = (
    german_letter,
    northern_letter,
    southern_letter,
    eastern_letter,
    asian_letter,
    survey_answer,
    store_review,
    messenger,
    social_post,
    forum_post,
    machine_mail,
    invitation,
    visit_note,
    log_export,
    bug_template,
    minutes,
    courtly_letter,
    one_line_mail,
    terse_note,
)
