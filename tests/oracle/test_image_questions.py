"""Questions about pictures: how they are worded, and what identifies a picture in the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from oracle_fakes import RuleModel, question_of

from localcluster.backends.base import Item
from localcluster.embed import View
from localcluster.embed.view import Standardizer
from localcluster.oracle import Oracle, scorers_of
from localcluster.oracle.choice import ChoiceScorer
from localcluster.oracle.examples import Example
from localcluster.oracle.questions import (
    QUESTION_WORDINGS,
    REWORDED,
    SHOWN_CHARS,
    STANDARD,
    about_images,
    options_prompt,
    pair_prompt,
    triplet_prompt,
)
from localcluster.oracle.rows import as_item, content, have_images, label
from localcluster.oracle.yes_no import YesNoScorer
from localcluster.store import AnswerStore
from localcluster.testing import ScriptedModel

PICTURES = [Item(None, Path(f"/photos/{name}.png"), name * 16) for name in ("cat", "dog", "fox")]
TRIPLET = np.array([[0, 1, 2]])


def yes_if_cats(prompt, continuation):
    """Log-probability by what is asked about, so that answers depend on the pictures."""
    names = [part.image.name for turn in prompt.turns for part in turn.parts if isinstance(part, Item)]
    return -float(len(names)) - ("cat" in names[0]) * (continuation == "Yes")


@pytest.mark.parametrize("wording", QUESTION_WORDINGS)
def test_no_question_about_pictures_speaks_of_texts(wording):
    a, b, c = PICTURES
    pictured = about_images(wording)
    prompts = [
        triplet_prompt("animal", a, b, c, wording=pictured),
        pair_prompt("animal", a, b, wording=pictured),
        options_prompt("animal", a, b, True, wording=pictured),
    ]
    for prompt, shown in zip(prompts, (PICTURES, PICTURES[:2], PICTURES[:2]), strict=True):
        assert "animal" in question_of(prompt)
        assert "text" not in question_of(prompt).casefold()
        assert [part for turn in prompt.turns for part in turn.parts if isinstance(part, Item)] == shown


def test_questions_about_pictures_have_keys_of_their_own():
    assert about_images(STANDARD).name != STANDARD.name
    assert about_images(REWORDED) != about_images(STANDARD)
    assert about_images(STANDARD).marks == STANDARD.marks
    model = RuleModel(yes_if_cats)
    of_texts = YesNoScorer(model, "animal", ["cat", "dog"])
    assert YesNoScorer(model, "animal", PICTURES).fingerprint != of_texts.fingerprint
    assert YesNoScorer(model, "animal", [Item("cat")]).fingerprint == of_texts.fingerprint


def test_a_picture_is_its_bytes_whatever_its_file_is_called_and_wherever_it_lies():
    here, there = PICTURES[0], replace(PICTURES[0], image=Path("/elsewhere/x.png"))
    assert content(here) == content(there)
    assert content(here) != content(PICTURES[1])
    assert content(here) != content(replace(here, text="a caption"))
    assert content(replace(here, text="")) != content(here)
    assert content(Item("cat")) == content("cat") == "cat"


def test_what_an_export_calls_a_row():
    assert label(PICTURES[0]) == "cat.png"
    assert label(replace(PICTURES[0], text="a caption")) == "cat.png a caption"
    assert label("a text") == label(Item("a text")) == "a text"


def test_long_texts_are_cut_beside_pictures_and_pictures_never():
    long = replace(PICTURES[0], text="x" * (SHOWN_CHARS + 1))
    assert as_item(long, SHOWN_CHARS).text == "x" * SHOWN_CHARS + "..."
    assert as_item(long, SHOWN_CHARS).image == long.image
    assert as_item(long) is long
    assert as_item(PICTURES[0], 3) is PICTURES[0]
    assert as_item("text", 3) == Item("tex...")


def test_one_picture_among_texts_is_enough():
    assert have_images([Item("a"), PICTURES[0]])
    assert not have_images(["a", Item("b")])
    assert not have_images([])


def test_texts_are_not_judged_by_their_likelihood_where_there_are_pictures():
    eye = np.eye(3, dtype=np.float32)
    view = View("answers is", "answers", eye, Standardizer.identity(3))
    model = ScriptedModel(pictures={})
    names = [scorer.name for scorer in scorers_of(model, "animal", PICTURES, view)]
    of_texts = [scorer.name for scorer in scorers_of(model, "animal", ["a", "b", "c"], view)]
    assert set(of_texts) - set(names) == {"likelihood"}
    assert set(names) < set(of_texts)


@pytest.mark.parametrize("scorer", [YesNoScorer, ChoiceScorer])
def test_answers_survive_a_move_of_the_folder_and_hold_no_path(scorer, tmp_path):
    moved = [replace(item, image=Path("/moved") / item.image.name) for item in PICTURES]
    with AnswerStore.open(tmp_path / "answers.sqlite") as store:
        first = Oracle(scorer(RuleModel(yes_if_cats), "animal", PICTURES), PICTURES, store)
        given = first.ask_triplets(TRIPLET)
        second = Oracle(scorer(RuleModel(yes_if_cats), "animal", moved), moved, store)
        again = second.ask_triplets(TRIPLET)
        rows = list(store.rows())
    assert (first.asked, second.asked, second.recalled) == (2, 0, 2)
    np.testing.assert_array_equal(given.scores, again.scores)
    assert {row[key] for row in rows for key in ("query", "text_1", "text_2")} == {
        "cat.png",
        "dog.png",
        "fox.png",
    }
    assert b"/photos" not in (tmp_path / "answers.sqlite").read_bytes()


def test_worked_examples_are_texts_beside_pictures():
    examples = (Example("a tabby", "a tiger", True),)
    prompt = pair_prompt("animal", PICTURES[0], PICTURES[1], examples, about_images(STANDARD))
    items = [part for turn in prompt.turns for part in turn.parts if isinstance(part, Item)]
    assert items == [Item("a tabby"), Item("a tiger"), *PICTURES[:2]]
