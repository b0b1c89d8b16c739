"""Which prompts go to the model together, and whose states come back."""

from __future__ import annotations

import numpy as np
import pytest

from localcluster.backends.base import ITEM_MEAN, LAST_TOKEN, Item, TokenSelector
from localcluster.embed import WORDINGS, Question, read_questions
from localcluster.testing import ScriptedModel

LEXICON = {"color": {"red": "red", "blue": "blue"}, "shape": {"circle": "circle", "square": "square"}}
PICTURES = {"a.png": "red circle", "b.png": "blue square", "c.png": "red square"}
QUESTIONS = [Question("color", WORDINGS[0]), Question("shape", WORDINGS[0]), Question("color", WORDINGS[1])]


class Recording(ScriptedModel):
    """Keeps the prompts of every call."""

    def __init__(self) -> None:
        super().__init__(LEXICON, pictures=PICTURES)
        self.batches: list[list] = []

    def hidden_states(self, prompts, layers, at=LAST_TOKEN, *, progress=None):
        self.batches.append(list(prompts))
        return super().hidden_states(prompts, layers, at, progress=progress)


def picture(tmp_path, name, text=None):
    return Item(text, tmp_path / name, name * 8)


def item_of(prompt):
    return next(part for turn in prompt.turns for part in turn.parts if isinstance(part, Item))


@pytest.fixture
def mixed(tmp_path):
    return [
        picture(tmp_path, "a.png"),
        Item("a red square"),
        picture(tmp_path, "b.png", "with a text"),
        Item("a blue circle"),
        picture(tmp_path, "c.png"),
    ]


def test_states_stand_at_the_row_and_question_that_they_answer(mixed):
    at = TokenSelector((-1, ITEM_MEAN))
    states = read_questions(Recording(), QUESTIONS, mixed, [2, 4], at)
    assert states.shape == (5, 3, 2, 2, 64)
    assert states.dtype == np.float32
    for row, item in enumerate(mixed):
        for number, question in enumerate(QUESTIONS):
            alone = Recording().hidden_states([question.prompt(item)], [2, 4], at)[0]
            np.testing.assert_array_equal(states[row, number], alone)


def test_all_questions_about_a_picture_go_to_the_model_side_by_side(mixed):
    model = Recording()
    read_questions(model, QUESTIONS, mixed, [4])
    pictures, *texts = model.batches
    asked = [item_of(prompt).image.name for prompt in pictures]
    assert asked == [name for name in ("a.png", "b.png", "c.png") for _ in QUESTIONS]
    assert [[item_of(prompt).text for prompt in batch] for batch in texts] == [
        ["a red square", "a blue circle"]
    ] * len(QUESTIONS)
    # What prompts of one call begin with: the picture, or the question.
    assert {prompt.turns[0].parts[0] for prompt in pictures} == {item for item in mixed if item.image}
    assert all(len({prompt.turns[0].parts[0] for prompt in batch}) == 1 for batch in texts)


def test_a_picture_is_called_what_it_is(mixed):
    first, with_text, text = (
        "".join(part for turn in prompt.turns for part in turn.parts if isinstance(part, str))
        for prompt in (QUESTIONS[2].prompt(item) for item in (mixed[0], mixed[2], mixed[1]))
    )
    assert "Look at the image and" in first
    assert "Look at the image with its text and" in with_text
    assert "Read the text and" in text and "image" not in text


def test_progress_counts_items_and_ends_at_all_of_them(mixed):
    said = []
    read_questions(Recording(), QUESTIONS, mixed, [4], progress=lambda *seen: said.append(seen))
    assert said == sorted(said)
    assert said[-1] == (5, 5)


@pytest.mark.parametrize("items", [[], [Item("only a text")]])
def test_few_items_and_no_question_give_arrays_of_their_shape(items):
    assert read_questions(Recording(), QUESTIONS, items, [1, 4]).shape == (len(items), 3, 1, 2, 64)
    assert read_questions(Recording(), [], items, [1, 4]).shape == (len(items), 0, 1, 2, 64)
