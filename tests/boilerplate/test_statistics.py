from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from letters import NAMES, letters

from localcluster.boilerplate.statistics import FEATURES, Recurrence, features, tokens_of
from localcluster.boilerplate.units import units_of


def rows_of_letters(n=60):
    return [units_of(text) for text in letters(n)[0]]


def column(table, name):
    return table[:, FEATURES.index(name)]


def test_tokens_are_words_numbers_and_signs():
    assert tokens_of("It's 10.30, Zoë!") == ["It's", "10.30,", "Zoë", "!"]


def test_counts_are_of_rows_and_not_of_places():
    units = [units_of("card card.\nCard again."), units_of("my card.\nbye"), units_of("one part")]
    counted = Recurrence.of(units)
    assert counted.n_rows == 2
    assert counted.words["card"] == 2
    # Seen once is what anything unknown counts as, so it is not kept.
    assert "again" not in counted.words
    assert counted.opening["card"] == 2


def test_names_and_numbers_are_left_open_in_templates():
    people = [f"{name}{ending}" for name in NAMES[:4] for ending in "abcdefghij"]
    rows = [units_of(f"Dear {who},\norder {i}00 is late.\nthanks") for i, who in enumerate(people)]
    counted = Recurrence.of(rows)
    assert counted.template("Dear Ottokar,") == "dear *"
    assert counted.template("Dear Anna Karenina,") == "dear *"
    assert (
        counted.template("order 17 is late.") == counted.template("order 2,300 is late!") == "order 0 is late"
    )
    assert counted.templates["dear *"] == len(rows)
    assert counted.templates["order 0 is late"] == len(rows)
    assert counted.templates["thanks"] == len(rows)


def test_a_word_that_is_written_small_too_is_no_name():
    rows = [
        units_of("Printer is broken.\nthe printer again"),
        units_of("My printer.\nbye"),
        *rows_of_letters(),
    ]
    counted = Recurrence.of(rows)
    assert not counted.is_name("Printer")
    assert not counted.is_name("ottokar")
    assert not counted.is_name("I")
    assert counted.is_name("Ottokar")
    # In far more rows than any one name is.
    assert not counted.is_name("Dear")
    assert counted.has_words("Ottokar broke it")
    assert not counted.has_words("Ottokar 17 !")


def test_features_of_a_frame_and_of_content_differ():
    rows = rows_of_letters(60)
    counted = Recurrence.of(rows)
    table = features(rows, counted)
    assert table.shape == (sum(map(len, rows)), len(FEATURES))
    first = np.cumsum([0, *map(len, rows[:-1])])
    assert np.all(column(table, "rows with its template, share")[first] == 1)
    assert np.all(column(table, "rows with its template, share")[first + 1] < 0.2)
    assert np.all(column(table, "is the first unit")[first] == 1)
    assert column(table, "is the first unit").sum() == len(rows)
    assert column(table, "is the last unit").sum() == len(rows)
    opens = column(table, "its words open rows rather than stand anywhere")
    assert opens[first].min() > opens[first + 1].max()


def test_what_is_quoted_or_below_labels_is_told():
    rows = [units_of("Yes.\n> was it?\nBye"), units_of("From: me\nTo: you\nhello")]
    table = features(rows, Recurrence.of(rows))
    assert column(table, "is quoted").tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert column(table, "is a label").tolist() == [0, 0, 0, 1, 0, 1, 0, 0]
    below = column(table, "follows a quoted unit or stands below a label block")
    assert below[1] == 0 and below[2] == 1
    assert below[3] == 0 < below[5] < below[7]


def test_features_of_no_rows():
    assert features([], Recurrence.of([])).shape == (0, len(FEATURES))


@given(st.lists(st.text(max_size=60), max_size=8))
def test_features_are_finite_and_shares_are_shares(texts):
    rows = [row for text in texts if (row := units_of(text))]
    table = features(rows, Recurrence.of(rows))
    assert np.isfinite(table).all()
    shares = [i for i, name in enumerate(FEATURES) if "share" in name and "template" not in name]
    assert table[:, shares].min(initial=0) >= 0
    assert table[:, shares].max(initial=0) <= 1
