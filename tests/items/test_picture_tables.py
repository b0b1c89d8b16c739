"""Tables whose rows have pictures, or pictures and texts."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from localcluster.errors import InputError
from localcluster.items import EMPTY_TEXT, Items, read_items
from localcluster.items.pictures import ENDINGS


@pytest.fixture
def shop(tmp_path):
    """A folder with three pictures in ``pics``, where tables are written."""
    (tmp_path / "pics").mkdir()
    for name, color in (("1.png", "red"), ("2.jpg", "blue"), ("3.gif", "green")):
        Image.new("RGB", (12, 8), color).save(tmp_path / "pics" / name)
    return tmp_path


def read(folder: Path, rows: list[dict[str, object]], **options) -> Items:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_items(str(path), **options)


def refusal(folder: Path, rows: list[dict[str, object]], **options) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, rows, **options)
    return str(caught.value)


@pytest.mark.parametrize("column", ["image", " Photo ", "FILE_NAME", "path"])
def test_image_column_is_found_by_name_and_endings(shop, column):
    items = read(shop, [{"label": "a", column: "pics/1.png"}, {"label": "b", column: "pics/2.jpg"}])
    assert (items.image_column,) == items.text_columns == (column,)
    assert items.texts == ("pics/1.png", "pics/2.jpg")
    assert items.ids == ("1", "2")
    assert not items.has_texts
    assert items.notes == (
        f'The pictures are taken from column "{column}" (--image-column none leaves them out).',
    )


def test_the_table_is_kept_as_it_came(shop):
    rows = [{"id": "007", "image": " pics/1.png "}, {"id": "008", "image": "./pics/../pics/2.jpg"}]
    items = read(shop, rows)
    assert items.table.to_dicts() == rows
    assert items.texts == ("pics/1.png", "pics/2.jpg")
    assert items.ids == ("007", "008")


def test_paths_count_from_the_table_and_for_stdin_from_here(shop, monkeypatch):
    (shop / "sub").mkdir()
    table = "image\npics/1.png\npics/2.jpg\n"
    (shop / "rows.csv").write_text(table)
    monkeypatch.chdir(shop / "sub")
    items = read_items("../rows.csv")
    assert items.images == (Path.cwd() / ".." / "pics/1.png", Path.cwd() / ".." / "pics/2.jpg")
    assert items.texts == ("pics/1.png", "pics/2.jpg")
    monkeypatch.chdir(shop)
    piped = read_items("-", image_column="image", stdin=io.BytesIO(table.encode()))
    assert piped.images == (shop / "pics/1.png", shop / "pics/2.jpg")
    assert piped.texts == ("pics/1.png", "pics/2.jpg")


def test_text_and_picture_of_one_row(shop):
    items = read(
        shop,
        [
            {"image": "pics/1.png", "review": "good"},
            {"image": None, "review": "bad"},
            {"image": "pics/2.jpg", "review": " "},
            {"image": "", "review": None},
            {"image": "pics/1.png", "review": "good"},
            {"image": "pics/1.png", "review": "other"},
        ],
    )
    assert (items.text_columns, items.image_column) == (("review",), "image")
    assert items.texts == ("good", "bad", "pics/2.jpg", EMPTY_TEXT, "good", "other")
    assert items.image_names == ("pics/1.png", "", "pics/2.jpg", "", "pics/1.png", "pics/1.png")
    assert [(i.text, i.image and i.image.name) for i in items.items] == [
        ("good", "1.png"),
        ("bad", None),
        (None, "2.jpg"),
        (EMPTY_TEXT, None),
        ("other", "1.png"),
    ]
    assert items.inverse.tolist() == [0, 1, 2, 3, 0, 4]
    assert items.empty.tolist() == [False, False, False, True, False, False]
    assert items.notes[1:] == (
        '1 empty row: kept, shown as "(empty)", and put in the nearest cluster with confidence 0.',
        "1 row without a text: the picture alone is read.",
        "1 row without a picture: the text alone is read.",
        "1 row with the picture and text of an earlier row, byte for byte: each is computed once, each row "
        "gets its result.",
    )


def test_a_text_is_not_taken_for_the_name_of_a_file(shop):
    named = read(shop, [{"image": "pics/1.png"}, {"image": "pics/2.jpg"}])
    written = read(
        shop, [{"image": f"pics/{n}", "text": f"pics/{n}"} for n in ("1.png", "2.jpg")], id_column=None
    )
    assert named.texts == written.texts
    assert named.sha256 != written.sha256


def test_other_columns_are_no_text_unless_named(shop):
    rows = [{"image": f"pics/{n}", "species": "a rather long label"} for n in ("1.png", "2.jpg")]
    assert not read(shop, rows).has_texts
    assert read(shop, rows, text_column="species").texts == ("a rather long label",) * 2
    assert "cannot be the text and the pictures" in refusal(shop, rows, text_column="image")


def test_missing_and_broken_pictures_stay_as_rows(shop):
    (shop / "pics" / "broken.png").write_bytes((shop / "pics" / "1.png").read_bytes()[:40])
    names = ["1.png", "absent.png", "broken.png", "2.jpg"]
    items = read(shop, [{"image": f"pics/{name}"} for name in names])
    assert items.empty.tolist() == [False, True, True, False]
    assert items.texts == tuple(f"pics/{name}" for name in names)
    assert items.notes[1].startswith("2 pictures that cannot be read")
    assert items.notes[1].endswith("pics/absent.png: there is no such file.")
    beside = read(shop, [{"image": f"pics/{name}", "text": name} for name in names])
    assert not beside.empty.any()
    assert beside.images[1] is None
    assert beside.items[1].text == "absent.png"


def test_a_named_column_without_any_picture(shop):
    message = refusal(shop, [{"image": "x.png"}, {"image": "y.png"}], image_column="image")
    assert "none of 2 pictures can be read. The first: x.png: there is no such file." in message
    assert f"Paths count from {shop}" in message
    assert "No row names one" in refusal(shop, [{"image": ""}, {"image": ""}], image_column="image")


def test_a_column_found_without_any_picture_leaves_the_texts(shop):
    items = read(shop, [{"photo": "x.png", "text": "a"}, {"photo": "y.png", "text": "b"}])
    assert items.texts == ("a", "b")
    assert not items.has_images
    assert 'none of the 2 files is there (first: "x.png"), so it is not read' in items.notes[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a.png",
        "HTTP://x/a.jpg",
        "s3://b/a.png",
        "file:///a.png",
        "data:image/png;base64,AA",
    ],
)
def test_addresses_are_refused_and_nothing_is_fetched(shop, address):
    rows = [{"image": "pics/1.png", "text": "a"}, {"image": address, "text": "b"}]
    message = refusal(shop, rows, image_column="image")
    assert 'row 2: column "image" holds the web address' in message
    assert "nothing is ever fetched" in message
    assert read(shop, rows, image_column="none").texts == ("a", "b")


def test_a_column_of_addresses_is_not_taken(shop):
    rows = [{"image": f"https://example.org/{t}.png", "text": t} for t in "ab"]
    items = read(shop, rows)
    assert items.texts == ("a", "b")
    assert items.notes == (
        'Column "image" holds web addresses; nothing is ever fetched from a network, so it is not read.',
    )


def test_paths_may_leave_the_folder_of_the_table_and_that_is_noted(shop):
    (shop / "tables").mkdir()
    rows = [{"image": str(shop / "pics" / "1.png")}, {"image": "../pics/2.jpg"}, {"image": "../tables/3.gif"}]
    (shop / "pics" / "3.gif").rename(shop / "tables" / "3.gif")
    items = read(shop / "tables", rows)
    assert items.texts == ("1.png", "2.jpg", "3.gif")
    assert all(path is not None for path in items.images)
    assert items.notes[1] == (
        "2 pictures outside of the folder of the table (first: row 1): read, because the table names them."
    )
    assert not any(
        str(shop) in text for text in (*items.texts, *items.image_names, *items.unique, *items.notes)
    )


@pytest.mark.skipif(os.name == "nt", reason="a path there")
def test_paths_written_on_windows(shop):
    items = read(shop, [{"image": "pics\\1.png"}, {"image": ".\\pics\\2.jpg"}])
    assert items.texts == ("pics/1.png", "pics/2.jpg")


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 300 + ".png", "pics", ".", "~", "/dev/zero"])
def test_names_that_no_picture_can_have(shop, name):
    items = read(
        shop, [{"image": "pics/1.png"}, {"image": "pics/2.jpg"}, {"image": name}], image_column="image"
    )
    assert items.empty.tolist() == [False, False, True]


def test_image_column_must_exist_and_hold_paths(shop):
    rows = [{"photo": "pics/1.png", "n": 1, "raw": [1]}, {"photo": "pics/2.jpg", "n": 2, "raw": [2]}]
    message = refusal(shop, rows, image_column="foto")
    assert 'no column "foto"' in message
    assert 'Did you mean --image-column "photo"' in message
    message = refusal(shop, rows, image_column="raw")
    assert 'column "raw" cannot be read as paths of pictures (rows.jsonl, line 1 holds an array' in message
    pl.DataFrame({"image": [b"\x89PNG", b"\x89PNG"], "text": ["a", "b"]}).write_parquet(shop / "a.parquet")
    with pytest.raises(InputError, match=r"paths of pictures \(it holds Binary\)"):
        read_items(str(shop / "a.parquet"), image_column="image")
    assert read_items(str(shop / "a.parquet")).texts == ("a", "b")


def test_none_means_no_pictures_even_as_the_name_of_a_column(shop):
    rows = [{"none": "pics/1.png", "text": "a"}, {"none": "pics/2.jpg", "text": "b"}]
    assert not read(shop, rows, image_column="none").has_images


def test_every_picture_is_decoded_once(shop, monkeypatch):
    from localcluster.items import row_pictures

    seen = []
    decoded = row_pictures.decoded
    monkeypatch.setattr(row_pictures, "decoded", lambda *a: (seen.append(a[0].name), decoded(*a))[1])
    read(shop, [{"image": f"pics/{name}"} for name in ("1.png", "2.jpg", "1.png", "1.png")])
    assert seen == ["1.png", "2.jpg"]


def test_texts_alone_hash_as_they_did_before_pictures():
    # Caches of earlier runs are found by this hash.
    assert Items.from_texts(["a", "b"]).sha256.startswith("e6c4abf8befca372")


def test_endings_are_lower_case_with_a_dot():
    assert all(ending.startswith(".") and ending == ending.lower() for ending in ENDINGS)
