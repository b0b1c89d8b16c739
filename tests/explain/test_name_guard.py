import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.backends.base import Item
from localcluster.explain.describe import (
    describe,
    description_from_words,
    from_example,
    is_grounded,
)
from localcluster.explain.guard import MAX_NAME_CHARS, clean_name, is_name, same_name
from localcluster.items.cleaning import printable
from localcluster.testing import ScriptedModel


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (" **Refund request**\nText: next", "Refund request"),
        ('"the late delivery of"', "Late delivery"),
        ("<b>x</b>", ""),
        ("mood: happy", "Mood"),
        ("red\x1b[31m\u202ehot", "Red"),
        ("", ""),
        ("Zahlung – verspätet", "Zahlung – verspätet"),
        ("退款", "退款"),
    ],
)
def test_names_are_cleaned(said, name):
    assert clean_name(said) == name


@given(st.text(max_size=80))
def test_a_clean_name_is_printable_and_without_markup(said):
    name = clean_name(said)
    assert name == printable(name)
    assert not set(name) & set("<>{}[]|*\n")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "42",
        "x" * (MAX_NAME_CHARS + 1),
        "one of the many kinds of things",
        "Sentiment",
        "Sentiments",
        "Sentiment of this text",
        "Unclear",
        "I'm sorry",
        "Sure here it is",
        "Great great",
        "Positive or positivity",
        "12345 ab",
        "The soup was cold",
    ],
)
def test_echoes_refusals_and_empty_words_are_no_names(name):
    assert not is_name(name, "sentiment", ["The soup was cold", "Nice."])


@pytest.mark.parametrize("name", ["Negative", "Positive sentiment", "Cold soup", "失望"])
def test_names_are_names(name):
    assert is_name(name, "sentiment", ["The soup was cold"])


def test_same_names_in_other_clothes():
    assert same_name("Card payments", "payment card")
    assert not same_name("Positive", "Negative")
    assert not same_name("Card", "Card payment")


def test_a_claim_must_be_borne_out_but_not_copied():
    texts = ["My card has not arrived yet after two weeks", "Where is the card I ordered?"]
    assert is_grounded("cards that were ordered and have not arrived", ["card"], texts)
    assert not is_grounded("quantum gravity on distant planets", ["card"], texts)
    assert not is_grounded("My card has not arrived yet after two weeks", ["card"], texts)
    assert not is_grounded("sorry, as an ai language model", ["card"], texts)
    assert not is_grounded("card card card card", ["card"], texts)


def test_the_fallback_sentence_is_an_example():
    rows = [Item(" "), Item("The card\nis late, " + "and late again, " * 20)]
    said = from_example(rows, ["card"], "Card")
    assert said.startswith("For example: “The card is late, and late") and said.endswith("...”")
    assert len(said) < 170
    assert from_example([Item(None)], ["card"], "Card") == 'Rows that often say "card".'


def test_a_sentence_that_the_texts_do_not_bear_out_is_not_shown():
    read = [[Item("the card is late"), Item("my card is lost")], [Item("a nice film")]]
    for said in ("quantum gravity on distant planets.", "the topic.", "card card card."):
        model = ScriptedModel(script=lambda _, said=said: said)
        found = describe("topic", ["Card", "Film"], read, [["card"], ["film"]], model, lambda *_: None)
        assert found == ["For example: “the card is late”", "For example: “a nice film”"]
    model = ScriptedModel(script=lambda text: "a late card." if "card" in text else "a nice film here.")
    found = describe("topic", ["Card", "Film"], read, [["card"], ["film"]], model, lambda *_: None)
    assert found[0] == "These texts are about a late card."


def test_without_a_text_the_sentence_claims_only_words():
    assert description_from_words(["a1"]) == 'Rows that often say "a1".'
    assert description_from_words([], "Cluster 1") == "Rows grouped as Cluster 1."
