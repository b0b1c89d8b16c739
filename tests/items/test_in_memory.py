from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from localcluster.errors import InputError
from localcluster.items import EMPTY_TEXT, Items
from localcluster.items.in_memory import read_rows

TEXTS = ["good soup", "bad soup", "good screen"]


@pytest.mark.parametrize(
    "rows",
    [
        TEXTS,
        tuple(TEXTS),
        iter(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        np.array(TEXTS)[:, None],
        [np.str_(text) for text in TEXTS],
        pl.Series(TEXTS),
        pl.LazyFrame({"t": TEXTS}),
        pl.Series(TEXTS, dtype=pl.Categorical),
        pl.DataFrame({"text": TEXTS}),
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype=object, index=[7, 7, 1]),
        pd.Series(TEXTS, dtype="category"),
        pd.DataFrame({"text": TEXTS}),
    ],
    ids=lambda rows: type(rows).__name__,
)
def test_whatever_holds_texts_gives_the_same_rows(rows):
    assert read_rows(rows).texts == tuple(TEXTS)


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, "", " \n"])
def test_missing_texts_are_empty_rows(missing):
    items = read_rows([*TEXTS, missing])
    assert items.empty.tolist() == [False, False, False, True]
    assert items.texts[3].strip() in ("", EMPTY_TEXT)


def test_items_are_taken_as_they_are():
    items = Items.from_texts(TEXTS)
    assert read_rows(items) is items


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("one text", "One str was given"),
        (b"bytes", "One bytes was given"),
        ({"a": 1}, "dict has no order"),
        ({"a"}, "set has no order"),
        ([], "no rows"),
        (5, "int holds no rows"),
        (["a", 5], "Row 1 .* int"),
        (["a", ["b"]], "Row 1 .* list"),
        (["a", b"b"], "Decode it"),
        (["a", 1.5], "Row 1 .* float"),
        (np.zeros(3), "Row 0 .* float"),
        (np.zeros((3, 2)), r"shape \(3, 2\)"),
        (pl.DataFrame({"a": TEXTS, "b": TEXTS}), r"2 columns .*\(a, b\)"),
        ([None, " ", float("nan")], "All 3 rows are empty"),
    ],
)
def test_what_is_no_row_of_text_is_refused(rows, says):
    with pytest.raises(InputError, match=says):
        read_rows(rows)


def test_new_rows_may_all_be_empty():
    items = read_rows([None, "", "\u200b"], new=True)
    fitted = Items.from_texts([*TEXTS, None])
    assert [item.key for item in items.items] == [fitted.items[-1].key]


@pytest.fixture
def pictures(tmp_path) -> list[Path]:
    paths = []
    for number, colour in enumerate(("red", "blue", "red")):
        paths.append(tmp_path / f"{number}.png")
        Image.new("RGB", (8, 8), colour).save(paths[-1])
    return paths


def test_paths_are_pictures(pictures):
    for rows in (pictures, list(map(str, pictures)), np.array(list(map(str, pictures))), pd.Series(pictures)):
        items = read_rows(rows)
        assert items.has_images
        assert items.inverse.tolist() == [0, 1, 0]


def test_a_text_that_ends_like_a_picture_stays_a_text_where_texts_were_fitted():
    assert read_rows(["see photo.png"], pictures=False, new=True).texts == ("see photo.png",)
    assert not read_rows(["see photo.png", "no picture"]).has_images


def test_paths_and_texts_do_not_mix(pictures):
    with pytest.raises(InputError, match=r"Row 1 .* nothing among paths"):
        read_rows([pictures[0], None])
    mixed = [*TEXTS, pictures[0], "good\nsoup"]
    for rows, new in ((mixed, False), (mixed[::-1], False), (mixed, True)):
        says = rf'Row {rows.index(pictures[0])} .* is a path \("0\.png"\), and row 0 is a text \("good soup"'
        with pytest.raises(InputError, match=says):
            read_rows(rows, pictures=new or None, new=new)
    # A path may be written as a string, too.
    assert read_rows([pictures[0], str(pictures[1])]).has_images
    with pytest.raises(InputError, match="path of a picture"):
        read_rows([pictures[0]], pictures=False)
    with pytest.raises(InputError, match="none of 1 picture can be read"):
        read_rows(["no such file.png"])


@given(st.lists(st.none() | st.text() | st.floats() | st.binary() | st.integers(), max_size=6))
def test_any_list_is_rows_or_one_clear_error(rows):
    try:
        assert len(read_rows(rows)) == len(rows)
    except InputError as error:
        assert str(error).endswith((".", "].")) or "read" in str(error)
