from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.boilerplate.units import (
    MAX_CHARACTERS,
    MAX_UNITS,
    Unit,
    plain_text,
    text_of_units,
    units_of,
)

WRAPPED = (
    "I have been waiting for my new card since the third of May and\n"
    "nobody was able to tell me where it might be at the moment, so\n"
    "please look into it."
)
#: No quotation marks at the beginning of lines, no markup: nothing that is left out on purpose.
PLAIN = st.lists(
    st.one_of(
        st.sampled_from(
            ["word ", "Word", "ends. ", 'said." ', "(so!) ", "no. ", "Ms. ", "Ann: ", "。", "。」", "\n"]
        ),
        st.sampled_from([WRAPPED, " ", "\t", "10:30 ", "[1] ", "- ", "Dr. "]),
        st.text(st.characters(exclude_characters="<>&\r", exclude_categories=("Cs", "Cc")), max_size=9),
    ),
    max_size=30,
).map("".join)


def texts_of(text):
    return [unit.text for unit in units_of(text)]


def test_lines_and_sentences_are_units():
    assert texts_of("Hi Ann,\n\nmy card is lost. What now?\n  Bob  ") == [
        "Hi Ann,",
        "my card is lost.",
        "What now?",
        "Bob",
    ]
    assert [unit.line for unit in units_of("Hello.\n\nIt broke. It burned.\nBye")] == [0, 1, 1, 2]


@pytest.mark.parametrize("text", ["", " \n\t\n ", "\n"])
def test_a_text_without_visible_characters_has_no_units(text):
    assert units_of(text) == []


def test_what_stands_before_a_colon_is_a_label():
    assert units_of("Customer: my card is lost") == [
        Unit("Customer:", 0, label=True),
        Unit("my card is lost", 0),
    ]
    assert units_of("[10:02] Ana: hello")[0] == Unit("[10:02] Ana:", 0, label=True)


@pytest.mark.parametrize("text", ["see http://example.org", "at 10:30 today", "Note:", "Cards:\nnone"])
def test_other_colons_make_no_label(text):
    assert not any(unit.label for unit in units_of(text))


def test_quoted_lines_are_marked_and_lose_their_marks():
    units = units_of("Yes.\n> did it arrive?\n>> no")
    assert [(unit.text, unit.quoted) for unit in units] == [
        ("Yes.", False),
        ("did it arrive?", True),
        ("no", True),
    ]


def test_html_becomes_lines_and_characters():
    assert texts_of("<div>Hello&nbsp;Ann</div><p>It is 3 &lt; 4 here</p>") == [
        "Hello Ann",
        "It is 3 < 4 here",
    ]
    assert texts_of("It <b>is</b> lost") == ["It is lost"]
    assert plain_text("one <b only") == "one <b only"
    assert texts_of("if a<b and b>c") == ["if a<b and b>c"]


def test_a_sentence_wrapped_at_the_margin_is_one_unit():
    assert texts_of(WRAPPED) == [WRAPPED.replace("\n", " ")]


def test_short_finished_and_capital_lines_are_not_joined():
    assert len(units_of("buy milk\nand bread")) == 2
    assert len(units_of(WRAPPED.replace(" so\n", " so.\n"))) == 2
    assert len(units_of(WRAPPED.replace("nobody", "Nobody"))) == 2
    assert len(units_of(WRAPPED.replace("\n", "\n\n"))) == 3


def test_a_quoted_line_does_not_go_on_in_one_that_is_not():
    first, rest = WRAPPED.split("\n", 1)
    assert [unit.quoted for unit in units_of(f"> {first}\n{rest}")] == [True, False]
    assert len(units_of("\n".join(f"> {line}" for line in WRAPPED.split("\n")))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "I spoke to Ms. Miller about it",
        "Flat no. 5 is cold",
        "It is open until 5 p. m. on Mondays",
        "Ask J. Smith for it",
        "Tel. 555 0100",
    ],
)
def test_abbreviations_end_no_sentence(text):
    assert texts_of(text) == [text]


def test_a_short_last_word_ends_a_sentence_before_a_capital():
    assert texts_of("I gave it to her. Then it was gone.") == ["I gave it to her.", "Then it was gone."]


def test_marks_that_close_a_sentence_stay_with_it():
    assert texts_of('He said "stop it." Then he left. (So did we.) Bye.') == [
        'He said "stop it."',
        "Then he left.",
        "(So did we.)",
        "Bye.",
    ]


def test_sentences_of_scripts_without_spaces_are_units():
    assert texts_of("卡丢了。怎么办？") == ["卡丢了。", "怎么办？"]


def test_a_very_long_text_ends_in_one_large_unit():
    many = "\n".join(f"Line {i}." for i in range(2 * MAX_UNITS))
    units = units_of(many)
    assert len(units) == MAX_UNITS
    assert units[-1].text.startswith(f"Line {MAX_UNITS - 1}.")
    assert units[-1].text.endswith(f"Line {2 * MAX_UNITS - 1}.")
    long = "word " * MAX_CHARACTERS
    assert " ".join(texts_of(long)).split() == long.split()


def test_what_stands_behind_much_white_space_is_not_lost():
    assert texts_of("\n" * (MAX_CHARACTERS + 5) + "hello") == ["hello"]
    assert texts_of(" " * MAX_CHARACTERS) == []


def test_joined_keeps_lines_apart_and_sentences_together():
    text = "Dear Ann,\nmy card is lost. What now?\nCustomer: yes\nBob"
    assert text_of_units(units_of(text)) == text
    assert text_of_units([]) == ""


@given(PLAIN)
def test_every_visible_character_is_in_a_unit(text):
    found = "".join(unit.text for unit in units_of(text))
    assert re.sub(r"\s", "", found) == re.sub(r"\s", "", text)


@given(PLAIN)
def test_joined_units_keep_all_words_in_order(text):
    # A script that writes no spaces is split between its words too.
    words = re.sub(r"([。！？])", r"\1 ", text).split()
    assert re.sub(r"([。！？])", r"\1 ", text_of_units(units_of(text))).split() == words


@given(PLAIN)
def test_units_are_never_empty_and_in_the_order_of_lines(text):
    units = units_of(text)
    assert all(unit.text == unit.text.strip() != "" for unit in units)
    assert [unit.line for unit in units] == sorted(unit.line for unit in units)


@given(st.text(max_size=300))
def test_any_text_can_be_taken_apart_and_the_same_every_time(text):
    assert units_of(text) == units_of(text)
