from __future__ import annotations

import pytest

from localcluster.backends.base import Item
from localcluster.embed.wordings import WORDINGS, is_clause


@pytest.mark.parametrize(
    ("criterion", "clause"),
    [("sentiment", False), ("what the customer wants", True), ("How it ends", True), ("whatsapp use", False)],
)
def test_a_clause_is_told_from_a_noun_phrase(criterion, clause):
    assert is_clause(criterion) is clause


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda w: w.name)
@pytest.mark.parametrize("criterion", ["sentiment", "what the customer wants"])
def test_the_prompt_asks_by_the_criterion_and_begins_the_answer(wording, criterion):
    user, assistant = wording.prompt(criterion, Item("Some text.")).turns
    assert (user.role, assistant.role) == ("user", "assistant")
    assert criterion in user.parts[0]
    assert Item("Some text.") in user.parts
    assert criterion.casefold() in assistant.parts[0].casefold()
    assert "The what" not in assistant.parts[0]


def test_braces_in_a_criterion_are_text():
    prompt = WORDINGS[0].prompt("the {odd} one", Item("x"))
    assert "{odd}" in prompt.turns[0].parts[0]


def test_an_image_is_asked_about_as_an_image(tmp_path):
    prompt = WORDINGS[0].prompt("color", Item(image=tmp_path / "a.png"))
    assert prompt.turns[-1].parts[0] == "The color of this image is"
