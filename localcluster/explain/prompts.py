"""The questions put to the model about a cluster, each in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from localcluster.backends.base import Item, Part, Prompt, Turn
from localcluster.embed.wordings import COLON, is_clause
from localcluster.items.cleaning import printable

#: Characters of a row that a question shows; an opinion or a wish is clear by then, and prompts stay cheap.
SHOWN_CHARS = 300
_SHOWN_CHARS_IN_LIST = 140


def beginning_of(row: Item, limit: int = SHOWN_CHARS) -> Item:
    """A row as a question shows it: its image, and the beginning of its text on one line."""
    if row.text is None:
        return row
    line = printable(row.text[: 2 * limit])
    return replace(row, text=line if len(line) <= limit else line[:limit] + "...")


def kind_of(read: Sequence[Sequence[Item]]) -> str:
    """What the rows of clusters are called in a question: "image" where any has one, else "text"."""
    return "image" if any(row.image is not None for own in read for row in own) else "text"


def answer_beginnings(criterion: str, kind: str = "text") -> tuple[str, str]:
    """The two ways an answer about one text is begun; a name must suit both.

    After a colon a 135M model names things ("Kind of product: film") and guesses at moods; in a
    sentence it knows moods ("The sentiment of this text is negative") and goes on with "the" or
    "likely" where a thing is wanted.

    >>> answer_beginnings("sentiment")
    ('Sentiment:', 'The sentiment of this text is')
    >>> answer_beginnings("what the customer wants")[1]
    'What the customer wants is'
    """
    label = f"{criterion[0].upper()}{criterion[1:]}"
    return f"{label}:", f"The {criterion} of this {kind} is" if not is_clause(criterion) else f"{label} is"


def answer_prompt(criterion: str, row: Item, beginning: str) -> Prompt:
    """Ask what one row is by the criterion, with the answer begun."""
    if row.image is not None:
        # As the embedding asked (embed.wordings): a model reads the image once for both.
        question = COLON.prompt(criterion, beginning_of(row)).turns[0]
        return Prompt((question, Turn("assistant", (beginning,))))
    return Prompt.ask(
        "Text: ", beginning_of(row), f"\n\n{_asked(criterion, 'of this text')}", answer=beginning
    )


def _asked(criterion: str, of: str) -> str:
    if not is_clause(criterion):
        return f"Name the {criterion} {of} in one to three words."
    return f"Say in one to three words: {criterion}."


def title_prompt(criterion: str, rows: Sequence[Item], words: Sequence[str]) -> Prompt:
    """Ask what several rows of one cluster share by the criterion."""
    frequent = f"\nFrequent words: {', '.join(words)}" if words else ""
    question = f"{frequent}\n\n{_asked(criterion, f'that these {kind_of([rows])}s share')}"
    return Prompt.ask(*_listed(rows), question, answer=answer_beginnings(criterion)[0])


#: How a description begins; the model goes on from here.
DESCRIPTION_STARTS = {"text": "These texts are about", "image": "These images show"}


def description_prompt(criterion: str, name: str, rows: Sequence[Item]) -> Prompt:
    """Ask for one sentence about a cluster that already has its name."""
    kind = kind_of([rows])
    begun = DESCRIPTION_STARTS[kind]
    wanted = begun.replace("These", "what these", 1)
    if kind == "text":
        wanted = "what these texts are about"
    question = f"\nGrouped by {criterion}: {name}.\n\nSay in one short sentence {wanted}."
    return Prompt.ask(*_listed(rows), question, answer=begun)


def _listed(rows: Sequence[Item]) -> list[Part]:
    parts: list[Part] = [f"{kind_of([rows]).capitalize()}s:\n"]
    for row in rows:
        parts += ["- ", beginning_of(row, _SHOWN_CHARS_IN_LIST), "\n"]
    return parts
