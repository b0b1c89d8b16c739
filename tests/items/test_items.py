"""Columns found or named, ids, and the check that there is enough to cluster."""

from __future__ import annotations

import polars as pl
import pytest

from localcluster.errors import InputError
from localcluster.items import EMPTY_TEXT, Items, check_enough
from localcluster.items.parsed import ParsedTable


def table(**columns: list[str | None]) -> ParsedTable:
    return ParsedTable(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["Subject", "Body"], "Body"),
        (["Comment", "Review"], "Review"),
        (["title", " TEXT "], " TEXT "),
        (["id"], "id"),
    ],
)
def test_text_column_is_found_by_name(columns, found):
    items = Items.from_parsed(table(**{c: ["a", "b"] for c in columns}), "a.csv")
    assert items.text_columns == (found,)


def test_a_choice_between_text_columns_is_noted():
    items = Items.from_parsed(table(comment=["a", "b"], body=["c", "d"], note=["e", "f"]), "a.csv")
    assert items.text_columns == ("body",)
    assert items.notes == (
        'The text is taken from column "body" ("comment", "note" would do too: --text-column NAME).',
    )


def test_else_the_longest_column_is_taken_and_noted():
    items = Items.from_parsed(table(id=["x" * 50, "y" * 50], a=["one", "two"], b=["longer", None]), "a.csv")
    assert items.text_columns == ("a",)
    assert items.ids == ("x" * 50, "y" * 50)
    assert 'column "a", the longest on average' in items.notes[0]


def test_a_named_column_must_exist():
    parsed = table(Subject=["a", "b"], Body=["c", "d"])
    assert Items.from_parsed(parsed, "a.csv", text_column="subject").text_columns == ("Subject",)
    with pytest.raises(
        InputError, match=r'no column "bodi".*"Subject", "Body".*Did you mean --text-column "Body"'
    ):
        Items.from_parsed(parsed, "a.csv", text_column="bodi")
    with pytest.raises(InputError, match=r'no column "key".*Name one of them with --id-column'):
        Items.from_parsed(parsed, "a.csv", id_column="key")


def test_several_columns_are_read_together_in_the_order_given():
    parsed = table(
        Subject=["Refund", " ", None, None, "Twice"],
        body=["Please pay back.\nThank you", "Only a body", None, "", "Twice"],
        note=["a", "b", "c", "d", "e"],
    )
    items = Items.from_parsed(parsed, "a.csv", text_column=["subject", "body"])
    assert items.text_columns == ("Subject", "body")
    assert items.texts == (
        "Refund\nPlease pay back.\nThank you",
        "Only a body",
        EMPTY_TEXT,
        EMPTY_TEXT,
        "Twice\nTwice",
    )
    assert items.empty.tolist() == [False, False, True, True, False]
    assert any("2 empty rows (1 without a value)" in note for note in items.notes)
    turned = Items.from_parsed(parsed, "a.csv", text_column=["body", "Subject"])
    assert turned.texts[0] == "Please pay back.\nThank you\nRefund"


def test_one_column_reads_the_same_named_alone_or_in_a_list():
    parsed = table(subject=["a", "b"], body=["c ", "\nd"])
    alone, listed = (Items.from_parsed(parsed, "a.csv", text_column=name) for name in ("body", ["body"]))
    assert alone.sha256 == listed.sha256
    assert alone.texts == listed.texts == ("c ", "\nd")


@pytest.mark.parametrize(
    ("named", "says"),
    [
        (["subject", "bodi"], r'no column "bodi".*Did you mean --text-column "body"'),
        (["body", "BODY"], r'column "body" is named twice'),
    ],
)
def test_each_of_several_columns_must_exist_and_be_named_once(named, says):
    with pytest.raises(InputError, match=says):
        Items.from_parsed(table(subject=["a", "b"], body=["c", "d"]), "a.csv", text_column=named)


def test_several_columns_that_are_all_empty_are_named():
    parsed = table(subject=["", None], body=[" ", ""], x=["a", "b"])
    with pytest.raises(InputError, match='all 2 rows of columns "subject" and "body" are empty'):
        Items.from_parsed(parsed, "a.csv", text_column=["subject", "body"])


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["Subject", "Body"], "--text-column Subject --text-column Body"),
        (["summary", "title", "text"], "--text-column title --text-column text"),
        (["mail subject", "body"], None),
    ],
)
def test_a_heading_that_is_not_read_is_noted(columns, told):
    items = Items.from_parsed(table(**{c: ["a", "b"] for c in columns}), "a.csv")
    assert items.text_columns == (columns[-1],)
    assert [note for note in items.notes if "To read both" in note] == (
        [] if told is None else [f'Column "{told.split()[1]}" is not read. To read both together: {told}']
    )


def test_missing_and_repeated_ids_are_noted():
    items = Items.from_parsed(table(ID=["7", "7", None], text=["a", "b", "c"]), "a.csv")
    assert items.ids == ("7", "7", "3")
    assert items.notes == (
        '1 row without an id in column "ID": the row number stands.',
        "1 row with the id of an earlier row: kept, told apart by their order.",
    )


def test_hash_depends_on_texts_and_ids_and_their_bounds():
    hashes = {Items.from_texts(t).sha256 for t in (["a", "b"], ["b", "a"], ["ab", ""], ["a", "b", ""])}
    named = Items.from_parsed(table(id=["x", "y"], text=["a", "b"]), "a.csv").sha256
    assert len({*hashes, named}) == 5
    assert Items.from_texts(["a", "b"], source="elsewhere").sha256 in hashes


def test_too_few_distinct_texts():
    with pytest.raises(InputError, match="1 row and 1 distinct text; a clustering needs at least 2"):
        check_enough(Items.from_texts(["a"]))
    with pytest.raises(InputError, match="3 rows and 1 distinct text;"):
        check_enough(Items.from_texts(["a", "a", ""]))
    with pytest.raises(InputError, match="-k 4 asks for more clusters than the 3 distinct texts"):
        check_enough(Items.from_texts(["a", "b", "c", "a", None]), 4)
    check_enough(Items.from_texts(["a", "b", "c"]), 3)
    check_enough(Items.from_texts(["a", "b"]))
