"""Prompt wordings: how a criterion becomes a question about one item (ESMC section 3).

A hidden state follows the criterion when the answer has been begun so that its next word must be
the answer. The wording matters by tens of points of NMI and differently per data set, so several
are candidates and selection decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from localcluster.backends.base import Item, Part, Prompt

#: A criterion that begins with one of these is a clause ("what the customer wants"), which does
#: not fit behind "The ... of this text is".
CLAUSE_WORDS = frozenset(
    ["what", "how", "who", "whom", "whose", "why", "where", "when", "which", "whether", "if"]
)


@dataclass(frozen=True)
class Wording:
    """A question template and the beginning of its answer, for noun phrases and for clauses.

    Parameters
    ----------
    name : str
        Short and stable: it is part of what evidence tables call a view.
    noun, clause : tuple of (str, str)
        Question and answer start with ``{c}`` for the criterion, ``{C}`` for the criterion with a capital
        first letter and ``{kind}`` for what an item is. "Read" becomes "Look at" before an image.
    """

    name: str
    noun: tuple[str, str]
    clause: tuple[str, str]

    def prompt(self, criterion: str, item: Item) -> Prompt:
        """The question about ``item`` with the answer begun."""
        question, answer = self.clause if is_clause(criterion) else self.noun
        capital = criterion[:1].upper() + criterion[1:]
        fill = {"c": criterion, "C": capital, "kind": "text"}
        if item.image is None:
            parts: list[Part] = [question.format(**fill) + "\n\n", '"', item, '"']
        else:
            # The image first: questions by other criteria then share everything up to its end, and a model
            # reads it once for all of them.
            fill["kind"] = "image" if item.text is None else "image with its text"
            asked = question.replace("Read ", "Look at ", 1).format(**fill)
            parts = [item, asked if item.text is None else "\n" + asked]
        return Prompt.ask(*parts, answer=answer.format(**fill))


def is_clause(criterion: str) -> bool:
    """Whether the criterion reads as a clause rather than as a noun phrase."""
    return criterion.split()[0].casefold() in CLAUSE_WORDS


IS = Wording(
    "is",
    noun=("What is the {c} of the following {kind}?", "The {c} of this {kind} is"),
    clause=("Read this {kind} and say in a few words: {c}.", "{C}:"),
)
COLON = Wording(
    "colon",
    noun=("Read the {kind} and name the {c} in one word.", "{C}:"),
    clause=("Read the {kind} and name in one word: {c}.", "{C}:"),
)
WORDINGS: tuple[Wording, ...] = (IS, COLON)
