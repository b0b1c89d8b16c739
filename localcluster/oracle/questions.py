"""Questions put to the local model about two or three texts, built from the criterion.

The fixed words and worked examples come first and the user's texts last, so that all prompts of a
batch share the longest possible prefix. A text is always an :class:`Item`: a backend may shorten
it, and nothing written in it can become a control token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from localcluster.backends.base import Part, Prompt
from localcluster.oracle.examples import Example
from localcluster.oracle.rows import Row, as_item

#: Raised when the structure of a prompt changes, which its wording alone would not show: part of every key.
TEMPLATE = 1
#: Characters of a text that a question shows. Three of them and worked examples fit the prompts that
#: backends take by default, and what a text is about is clear by then.
SHOWN_CHARS = 800
#: Bytes of a text whose likelihood is read. In bytes, because no tokenizer makes more than one token of a
#: byte: a text of emoji cannot overrun the context.
SCORED_BYTES = 320


@dataclass(frozen=True)
class QuestionWording:
    """The words of a triplet and a pair question.

    Attributes
    ----------
    triplet, pair, options : str
        Instructions with ``{c}`` for the criterion: three texts; two texts with a yes or no; two
        texts with "same" and "different" as two numbered choices, in places ``{first}`` and ``{second}``.
    query : str
        What the first text of a triplet is called.
    choice : str
        What the two choices are called; their marks follow it.
    thing : str
        What one of the two of a pair is called; a number follows.
    """

    name: str
    triplet: str
    pair: str
    options: str
    query: str = "Query"
    choice: str = "Choice"
    marks: tuple[str, str] = ("1", "2")
    thing: str = "Text"


#: Follows ClusterLLM's prompts (section 3.1, table 10: "Select the ... that better corresponds with the Query
#: in terms of ..."), with the criterion in the place of the data set's own words.
STANDARD = QuestionWording(
    "standard",
    triplet=(
        "Select the choice that better corresponds with the query in terms of {c}. "
        "Respond with 'Choice 1' or 'Choice 2' without explanation."
    ),
    pair=(
        "Determine whether the two texts belong to the same category in terms of {c}. "
        "Respond with 'Yes' or 'No' without explanation."
    ),
    options=(
        "Select the choice that is true of the two texts. "
        "Respond with 'Choice 1' or 'Choice 2' without explanation.\n\n"
        "Choice 1: In terms of {c}, the two texts belong to {first} category.\n"
        "Choice 2: In terms of {c}, the two texts belong to {second} category."
    ),
)
#: The same questions in other words, for the study of how consistent an oracle is.
REWORDED = QuestionWording(
    "reworded",
    triplet=(
        "Someone sorts texts by {c} and by nothing else. Which of the two candidates would go into one group "
        "with the given text? Answer 'Candidate A' or 'Candidate B'."
    ),
    pair=(
        "Someone sorts texts by {c} and by nothing else. Would these two texts go into one group? "
        "Answer 'Yes' or 'No'."
    ),
    options=(
        "Someone sorts texts by {c} and by nothing else. Which candidate tells where the two texts go? "
        "Answer 'Candidate A' or 'Candidate B'.\n\n"
        "Candidate A: The two texts go into {first} group.\n"
        "Candidate B: The two texts go into {second} group."
    ),
    query="Given text",
    choice="Candidate",
    marks=("A", "B"),
)
QUESTION_WORDINGS: tuple[QuestionWording, ...] = (STANDARD, REWORDED)

#: What follows a pair question.
YES, NO = "Yes", "No"
_SAME, _DIFFERENT = ("the same", "a different")


def triplet_prompt(
    criterion: str,
    query: Row,
    choice_1: Row,
    choice_2: Row,
    examples: Sequence[Example] = (),
    wording: QuestionWording = STANDARD,
) -> Prompt:
    """Which choice is closer to the query; the answer is begun with "Choice".

    See Also
    --------
    choice_continuations : what the model is scored on after it.
    """
    parts: list[Part] = [wording.triplet.format(c=criterion) + "\n\n", *_worked(criterion, examples, wording)]
    names = (wording.query, *(f"{wording.choice} {mark}" for mark in wording.marks))
    return Prompt.ask(*parts, *_named(names, (query, choice_1, choice_2)), answer=wording.choice)


def pair_prompt(
    criterion: str, a: Row, b: Row, examples: Sequence[Example] = (), wording: QuestionWording = STANDARD
) -> Prompt:
    """Whether two rows belong together, to be answered by "Yes" or "No"."""
    head = wording.pair.format(c=criterion) + "\n\n"
    return Prompt.ask(head, *_worked(criterion, examples, wording), *_two(wording, a, b))


def options_prompt(
    criterion: str,
    a: Row,
    b: Row,
    same_first: bool,
    examples: Sequence[Example] = (),
    wording: QuestionWording = STANDARD,
) -> Prompt:
    """Whether two texts belong together, as two choices: "same" is the first of them or the second."""
    first, second = (_SAME, _DIFFERENT) if same_first else (_DIFFERENT, _SAME)
    head = wording.options.format(c=criterion, first=first, second=second) + "\n\n"
    return Prompt.ask(
        head, *_worked(criterion, examples, wording), *_two(wording, a, b), answer=wording.choice
    )


def choice_continuations(wording: QuestionWording = STANDARD) -> tuple[str, str]:
    """What may follow the begun answer of :func:`triplet_prompt` and :func:`options_prompt`.

    >>> choice_continuations()
    (' 1', ' 2')
    """
    return f" {wording.marks[0]}", f" {wording.marks[1]}"


def likelihood_prompt(criterion: str, text: str) -> Prompt:
    """Ask for another text of the same category: a text that belongs with ``text`` is a likely answer."""
    question = (
        f"Write a text that belongs to the same category as the following text in terms of {criterion}."
    )
    return Prompt.ask(question + "\n\n", as_item(text, SHOWN_CHARS))


def neutral_prompt() -> Prompt:
    """Ask for any text: how likely a text is when it has nothing to match."""
    return Prompt.ask("Write a text.")


def scored_text(text: str) -> str:
    """The beginning of a text, of at most :data:`SCORED_BYTES` bytes, whose likelihood stands for it."""
    return text.strip().encode("utf-8", "replace")[:SCORED_BYTES].decode("utf-8", "ignore")


def about_images(wording: QuestionWording) -> QuestionWording:
    """The same questions about images.

    >>> about_images(STANDARD).thing
    'Image'
    """
    triplet, pair, options = (
        words.replace("texts", "images").replace("given text", "given image")
        for words in (wording.triplet, wording.pair, wording.options)
    )
    query = wording.query.replace("text", "image")
    return replace(
        wording,
        name=f"{wording.name}, images",
        triplet=triplet,
        pair=pair,
        options=options,
        query=query,
        thing="Image",
    )


def _two(wording: QuestionWording, a: Row, b: Row) -> list[Part]:
    return _named((f"{wording.thing} 1", f"{wording.thing} 2"), (a, b))


def _named(names: Sequence[str], rows: Sequence[Row]) -> list[Part]:
    parts: list[Part] = []
    for name, row in zip(names, rows, strict=True):
        parts += [f"{name}: " if not parts else f"\n{name}: ", as_item(row, SHOWN_CHARS)]
    return parts


def _worked(criterion: str, examples: Sequence[Example], wording: QuestionWording) -> list[Part]:
    """Worked examples as the user judged them; nothing where there are none."""
    parts: list[Part] = []
    for number, example in enumerate(examples, start=1):
        verdict = f"{_SAME if example.same else _DIFFERENT} category in terms of {criterion}"
        parts += [f"[Example {number}]\n", *_two(wording, example.a, example.b)]
        parts += [f"\n{YES if example.same else NO}: {verdict}.\n\n"]
    return parts
