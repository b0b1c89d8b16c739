from __future__ import annotations

import json

import numpy as np
import pytest

from localcluster.errors import InputError
from localcluster.items import EMPTY_TEXT, Items
from localcluster.items.known import Known, KnownRows, read_known
from localcluster.items.parsed import ParsedTable

TEXTS = ["red one", "red two", "blue one", "blue two", "red one", "green"]


@pytest.fixture
def items():
    return Items.from_texts(TEXTS, source="rows.csv")


def write(tmp_path, rows, name="known.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def by_text(**more):
    colours = [("red one", "red"), ("red two", "red"), ("blue one", "blue"), ("blue two", "blue")]
    return [{"text": text, "class": colour, **more} for text, colour in colours]


def test_rows_are_found_by_their_text(tmp_path, items):
    known = read_known(write(tmp_path, by_text()), items, ["color"])
    rows = known.of["color"]
    assert rows.places.tolist() == [0, 1, 2, 3]
    assert [rows.names[number] for number in rows.classes] == ["red", "red", "blue", "blue"]
    assert len(rows) == 4
    assert known.notes == ()


def test_rows_are_found_by_their_id_before_their_text(tmp_path):
    import polars as pl

    table = pl.DataFrame({"id": ["a", "b", "c", "d"], "text": ["1", "2", "3", "4"]})
    items = Items.from_parsed(ParsedTable(table), "rows.csv")
    rows = [{"ID": key, "text": "1", "Label": what} for key, what in zip("dcba", "xxyy", strict=True)]
    found = read_known(write(tmp_path, rows), items, ["color"]).of["color"]
    assert found.places.tolist() == [3, 2, 1, 0]
    assert found.names == ("x", "y")
    assert found.classes.tolist() == [0, 0, 1, 1]


@pytest.fixture
def mails():
    """Rows whose text is that of two columns; the second has no subject."""
    import polars as pl

    table = pl.DataFrame({"Subject": ["a", None, "b", "b"], "body": ["1", "2", "1", "2"]})
    return Items.from_parsed(ParsedTable(table), "mails.csv", text_column=["Subject", "body"])


def test_rows_are_found_by_several_columns_as_the_run_joins_them(tmp_path, mails):
    rows = [("b", "2", "y"), ("b", "1", "y"), ("", "2", "x"), ("a", "1", "x")]
    known = [{"BODY": body, "subject": subject, "class": what} for subject, body, what in rows]
    found = read_known(write(tmp_path, known), mails, ["topic"]).of["topic"]
    assert found.places.tolist() == [3, 2, 1, 0]
    # The whole text in one column will do, too.
    whole = [{"text": text, "class": what} for text, what in zip(mails.texts, "xxyy", strict=True)]
    assert read_known(write(tmp_path, whole), mails, ["topic"]).of["topic"].places.tolist() == [0, 1, 2, 3]


def test_a_part_of_the_text_finds_no_row(tmp_path, mails):
    rows = [{"body": body, "class": "x"} for body in "12"]
    with pytest.raises(
        InputError, match=r'columns "Subject" and "body", and known\.jsonl has no .*"Subject"'
    ):
        read_known(write(tmp_path, rows), mails, ["topic"])


def test_row_numbers_are_ids_where_the_input_has_none(tmp_path, items):
    rows = [{"id": number, "class": number % 2} for number in (1, 2, 3, 4)]
    found = read_known(write(tmp_path, rows), items, ["color"]).of["color"]
    assert found.places.tolist() == [0, 1, 2, 3]
    assert found.names == ("0", "1")


def test_a_table_with_the_texts_in_csv_will_do(tmp_path, items):
    path = tmp_path / "known.csv"
    path.write_text("text,class\nred one,red\nred two,red\nblue one,blue\nblue two,\ngreen,green\n")
    assert read_known(path, items, ["color"]).of["color"].places.tolist() == [0, 1, 2, 4]


def test_a_text_that_stands_twice_is_one_row(tmp_path, items):
    rows = [*by_text(), {"text": "red one", "class": " red"}]
    found = read_known(write(tmp_path, rows), items, ["color"]).of["color"]
    assert len(found) == 4
    assert found.names[found.classes[0]] == "red"


@pytest.mark.parametrize("other", [{"text": "red one"}, {"id": 5}])
def test_two_classes_for_one_row_are_refused_with_both(tmp_path, items, other):
    rows = by_text() if "text" in other else [{"id": n, "class": "red"} for n in (1, 2, 3, 4)]
    with pytest.raises(InputError, match=r'two classes by "color", "red" and "scarlet": .*Keep one class'):
        read_known(write(tmp_path, [*rows, {**other, "class": "scarlet"}]), items, ["color"])


def test_the_hash_is_of_rows_and_classes_not_of_their_order_or_file(tmp_path, items):
    def sha(rows, name="known.jsonl"):
        return read_known(write(tmp_path, rows, name), items, ["color"]).sha256

    assert sha(by_text()) == sha(by_text()[::-1], "other.jsonl")
    changed = [*by_text()[:3], {"text": "blue two", "class": "navy"}]
    assert len({sha(by_text()), sha(changed), sha([*by_text(), {"text": "green", "class": "green"}])}) == 3
    assert Known().sha256 is None


def test_each_criterion_has_rows_of_its_own(tmp_path, items):
    rows = [*by_text(criterion=" Color"), *by_text(criterion="number")]
    for row in rows[4:]:
        row["class"] = row["text"].split()[1]
    known = read_known(write(tmp_path, rows), items, ["number", "color", "size"])
    assert set(known.of) == {"color", "number"}
    assert known.of["number"].names == ("one", "two")
    assert known.of["color"].names == ("blue", "red")


def test_rows_that_are_not_there_are_noted(tmp_path, items):
    rows = [*by_text(), {"text": "black", "class": "black"}, {"text": None, "class": "none"}]
    known = read_known(write(tmp_path, rows), items, ["color"])
    assert known.notes[-1] == "2 rows of known.jsonl with no such text in rows.csv: left out."
    assert "black" not in known.of["color"].names


@pytest.mark.parametrize(
    ("rows", "criteria", "says"),
    [
        (
            [{"text": "red one", "colour": "red"}],
            ["color"],
            r"known\.jsonl has no column called class\. Its .*text, colour",
        ),
        (
            [{"words": "red one", "class": "red"}],
            ["color"],
            r'neither a column id nor one with the text \("text"\)',
        ),
        (by_text(), ["color", "number"], r"no column called criterion, and the run has 2 criteria"),
        (
            by_text(criterion="shape"),
            ["color"],
            r'classes by "shape", which the run is not asked for\. Its criteria: color',
        ),
        (by_text()[:3], ["color"], r'matches 3 rows of 2 classes by "color"; at least 4 rows of 2 classes'),
        (by_text()[:1], ["color"], r'matches 1 row of 1 class by "color"'),
        ([{**row, "class": "red"} for row in by_text()], ["color"], r"matches 4 rows of 1 class by"),
        (
            [{"text": "black", "class": "black"}],
            ["color"],
            r"No row of known\.jsonl is a row of rows\.csv: none has the same text",
        ),
        ([{"id": "x1", "class": "black"}], ["color"], r"none has the same id\. Copy the id as it stands"),
    ],
)
def test_what_says_nothing_is_refused_with_what_to_do(tmp_path, items, rows, criteria, says):
    with pytest.raises(InputError, match=says):
        read_known(write(tmp_path, rows), items, criteria)


def test_a_file_that_is_not_there_is_refused(tmp_path, items):
    with pytest.raises(InputError, match=r"known\.csv"):
        read_known(tmp_path / "known.csv", items, ["color"])


def test_known_rows_follow_items_that_became_one():
    # Four items as they came, of which the first and the third are read alike.
    whole = np.array([0, 1, 2, 3, 0])
    read = np.array([0, 1, 0, 2, 0])
    known = KnownRows(np.array([1, 2, 3]), np.array([0, 1, 0]), ("a", "b"))
    found = known.among(read, whole)
    assert found.places.tolist() == [0, 1, 2]
    assert found.classes.tolist() == [1, 0, 0]
    assert found.names == ("a", "b")
    both = KnownRows(np.array([0, 2, 3]), np.array([0, 0, 1])).among(read, whole)
    assert both.places.tolist() == [0, 2]
    assert both.classes.tolist() == [0, 1]


def test_known_rows_of_two_classes_that_became_one_say_nothing():
    known = KnownRows(np.array([0, 1, 2, 3]), np.array([0, 1, 1, 0]), ("a", "b"))
    found = known.among(np.array([0, 0, 1, 2]), np.arange(4))
    assert found.places.tolist() == [1, 2]
    assert found.classes.tolist() == [1, 0]
    assert known.tell and not found.tell
    assert not KnownRows(np.arange(9), np.zeros(9, np.int64)).tell


def test_known_rows_of_items_read_in_part(tmp_path, items):
    known = read_known(write(tmp_path, by_text()), items, ["color"]).of["color"]
    read = items.reading(["red", "red", "one", "two", "green"])
    found = known.among(read.inverse, read.whole.inverse)
    assert [read.unique[place] for place in found.places] == ["red", "one", "two"]
    assert [found.names[number] for number in found.classes] == ["red", "blue", "blue"]


def test_rows_that_are_read_alike_become_one(items):
    read = items.reading(["red", "red", "blue one", "blue two", "green"], ["Said."])
    assert read.unique == ("red", "blue one", "blue two", "green")
    assert [item.text for item in read.items] == list(read.unique)
    assert read.inverse.tolist() == [0, 0, 1, 2, 0, 3]
    assert read.counts.tolist() == [3, 1, 1, 1]
    assert read.notes == (*items.notes, "Said.")


def test_what_is_shown_and_what_came_stay(items):
    read = items.reading(["red", "red", "blue one", "blue two", "green"])
    assert read.texts == items.texts
    assert read.ids == items.ids
    assert read.whole is items
    assert read.read_texts == ("red", "red", "blue one", "blue two", "red", "green")
    assert items.whole is items
    assert items.read_texts == items.texts
    assert read.table.equals(items.table)


def test_reading_twice_keeps_the_rows_as_they_came(items):
    once = items.reading(["red", "red", "blue one", "blue two", "green"])
    twice = once.reading(["r", "b", "b", "g"])
    assert twice.whole is items
    assert twice.inverse.tolist() == [0, 0, 1, 1, 0, 2]
    assert twice.read_texts == ("r", "r", "b", "b", "r", "g")


def test_the_sha_tells_what_is_read(items):
    read = items.reading([f"{text}!" for text in items.unique])
    other = items.reading([f"{text}?" for text in items.unique])
    same = items.reading([f"{text}!" for text in items.unique], ["other notes"])
    assert len({items.sha256, read.sha256, other.sha256}) == 3
    assert same.sha256 == read.sha256


def test_empty_rows_stay_empty():
    items = Items.from_texts(["one", "", "two", None])
    read = items.reading(["1", EMPTY_TEXT, "2"])
    assert read.empty.tolist() == [False, True, False, True]
    assert read.items[1].text == EMPTY_TEXT
    assert read.inverse.tolist() == [0, 1, 2, 1]


def test_pictures_stay_with_their_rows(tmp_path):
    from PIL import Image

    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.png")
        Image.new("RGB", (4, 4), (number * 90, 0, 0)).save(paths[-1])
    items = Items.from_pictures(paths, ["a note", "a note", None])
    read = items.reading(["note", "note", "not used"])
    assert [item.text for item in read.items] == ["note", "note", None]
    assert [item.image for item in read.items] == [item.image for item in items.items]
    assert read.read_texts == ("note", "note", items.texts[2])
