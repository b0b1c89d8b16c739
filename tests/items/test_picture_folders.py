"""Folders and lists of pictures: every file with a picture's ending is a row, in an order to rely on."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from localcluster.errors import InputError
from localcluster.items import EMPTY_TEXT, Item, Items, check_enough, read_items
from localcluster.items.cleaning import as_path
from localcluster.items.folder import natural_key

no_links = pytest.mark.skipif(os.name == "nt", reason="links need rights there")


def draw(path: Path, color: str = "red", **options) -> Path:
    """A picture of one color; folders on the way are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 8), color).save(path, **options)
    return path


def names(items: Items) -> list[str]:
    return items.table["file"].to_list()


def refusal(source: Path, **options) -> str:
    with pytest.raises(InputError) as caught:
        read_items(str(source), **options)
    return str(caught.value)


def test_a_folder_is_read_with_all_folders_in_it(tmp_path):
    first, second = draw(tmp_path / "b" / "x.PNG", "red"), draw(tmp_path / "a.jpg", "blue")
    items = read_items(str(tmp_path))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (second, first)]
    assert items.texts == items.ids == items.unique == ("a.jpg", "b/x.PNG")
    assert items.items == (Item(None, second, digests[0]), Item(None, first, digests[1]))
    assert items.images == (second, first)
    assert (items.image_column, items.text_columns, items.source) == ("file", ("file",), tmp_path.name)
    assert (items.has_images, items.has_texts) == (True, False)
    assert not items.empty.any()
    assert items.notes == ()
    check_enough(items, 2)


def test_names_are_in_natural_order_whatever_the_disk_says(tmp_path, monkeypatch):
    wanted = ["A1.png", "a1.png", "img_2.png", "img_10.png", "sub 2/z.png", "sub 10/b.png"]
    for name in wanted:
        draw(tmp_path / name)
    walk = os.walk
    for seed in range(4):

        def shuffled(*args, seed=seed, **kwargs):
            for where, folders, files in walk(*args, **kwargs):
                random.Random(seed).shuffle(folders)
                random.Random(seed).shuffle(files)
                yield where, folders, files

        monkeypatch.setattr(os, "walk", shuffled)
        assert names(read_items(str(tmp_path))) == wanted


@given(st.lists(st.text(st.sampled_from("aB1²é/0_٣"), min_size=1, max_size=6), max_size=6))
def test_natural_order_is_total(some):
    assert sorted(some, key=natural_key) == sorted(reversed(some), key=natural_key)


def test_files_with_the_same_bytes_are_one_item(tmp_path):
    draw(tmp_path / "a.png")
    shutil.copy(tmp_path / "a.png", tmp_path / "z.jpg")
    draw(tmp_path / "m.png", "blue")
    items = read_items(str(tmp_path))
    assert items.inverse.tolist() == [0, 1, 0]
    assert items.counts.tolist() == [2, 1]
    assert items.unique == ("a.png", "m.png")
    assert items.texts == ("a.png", "m.png", "z.jpg")
    assert items.notes == (
        "1 row with the picture of an earlier row, byte for byte: each is computed once, each row gets its "
        "result.",
    )


def test_pictures_that_cannot_be_read_stay_as_rows(tmp_path):
    draw(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_bytes(b"")
    (tmp_path / "c.png").write_text("no picture")
    draw(tmp_path / "d.gif", "blue")
    items = read_items(str(tmp_path))
    assert items.texts == ("a.png", "b.jpg", "c.png", "d.gif")
    assert items.empty.tolist() == [False, True, True, False]
    assert items.images[1] is items.images[2] is None
    assert items.items[1] == Item(EMPTY_TEXT)
    assert items.unique == ("a.png", EMPTY_TEXT, "d.gif")
    assert not items.has_texts
    assert items.notes == (
        "2 pictures that cannot be read: the row is kept and counts as one without a picture. The first: "
        "b.jpg: it is empty (0 bytes).",
        '2 empty rows: kept, shown as "(empty)", and put in the nearest cluster with confidence 0.',
    )
    with pytest.raises(InputError, match="-k 3 asks for more clusters than the 2 distinct pictures"):
        check_enough(items, 3)


def test_a_folder_where_no_picture_can_be_read(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    message = refusal(tmp_path)
    assert "none of 1 picture can be read. The first: a.png: it is" in message


def test_animations_are_noted(tmp_path):
    draw(tmp_path / "a.gif", save_all=True, append_images=[Image.new("RGB", (12, 8), "blue")])
    draw(tmp_path / "b.png", "green")
    assert read_items(str(tmp_path)).notes == (
        "1 picture with more than one frame or page: the first is read.",
    )


def test_other_files_and_hidden_ones_are_counted(tmp_path):
    draw(tmp_path / "a.png")
    draw(tmp_path / ".trash" / "b.png")
    draw(tmp_path / "sub" / "._c.png")
    for name in ("x.heic", "y.HEIC", "notes.txt", "README"):
        (tmp_path / name).write_text("x")
    items = read_items(str(tmp_path))
    assert names(items) == ["a.png"]
    assert set(items.notes) == {
        "Files without the ending of a picture, left out: 4 (2 .heic, 1 .txt, 1 no ending).",
        "Hidden files and folders, left out: 2 (first: .trash).",
    }


def test_folders_without_pictures(tmp_path):
    assert "is a folder without a picture" in refusal(tmp_path)
    assert "It is empty" in refusal(tmp_path)
    (tmp_path / "rows.csv").write_text("text\na\nb\n")
    message = refusal(tmp_path)
    assert "left out: 1 (1 .csv)" in message
    assert "localcluster run rows.csv" in message


def test_one_picture_is_no_folder(tmp_path):
    message = refusal(draw(tmp_path / "my photos" / "a.png"))
    assert "a.png is one picture" in message
    assert f"localcluster run '{tmp_path / 'my photos'}'" in message


def test_a_folder_has_no_columns(tmp_path):
    draw(tmp_path / "a.png")
    assert "has no columns" in refusal(tmp_path, image_column="image")
    assert "without pictures, give one file of rows" in refusal(tmp_path, image_column="none")


@no_links
def test_links(tmp_path):
    inside, outside = tmp_path / "photos", tmp_path / "private"
    draw(inside / "all" / "a.png")
    draw(outside / "b.png", "blue")
    (inside / "again.png").symlink_to(inside / "all" / "a.png")
    (inside / "out.png").symlink_to(outside / "b.png")
    (inside / "away").symlink_to(outside)
    (inside / "circle").symlink_to(inside)
    (inside / "self.png").symlink_to(inside / "self.png")
    (inside / "gone.png").symlink_to(inside / "absent.png")
    (tmp_path / "link").symlink_to(inside)
    items = read_items(str(tmp_path / "link"))
    assert names(items) == ["again.png", "all/a.png"]
    assert len(items.items) == 1
    assert items.notes[0].startswith(
        "Links out of the folder, to a folder or to nothing, not followed: 5 (first: away). To cluster what"
    )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_noted(tmp_path):
    draw(tmp_path / "a.png")
    draw(tmp_path / "b.png").chmod(0)
    draw(tmp_path / "closed" / "c.png").parent.chmod(0)
    try:
        items = read_items(str(tmp_path))
        assert items.empty.tolist() == [False, True]
        assert "Folders that may not be listed, left out: 1 (first: closed)." in items.notes
        tmp_path.chmod(0)
        assert "cannot be listed" in refusal(tmp_path)
    finally:
        tmp_path.chmod(0o700)
        (tmp_path / "closed").chmod(0o700)


def test_folders_that_may_not_be_listed_are_told(tmp_path, monkeypatch):
    # As above, but for root too: the system's refusal is played.
    draw(tmp_path / "a.png")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refusing(path):
        if Path(path).name == refused:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    refused = "closed"
    assert read_items(str(tmp_path)).notes == (
        "Folders that may not be listed, left out: 1 (first: closed).",
    )
    refused = tmp_path.name
    assert "cannot be listed: Permission denied" in refusal(tmp_path)


@no_links
def test_names_of_any_characters(tmp_path):
    hostile = ["ü 花.png", "<img src=x onerror=alert(1)>.png", "a\nb\x1b[31m.png", "\u202egnp.png", "-rf.png"]
    for i, name in enumerate(hostile):
        draw(tmp_path / name, f"#0000{i}0")
    items = read_items(str(tmp_path))
    # "-rf.png" as it is would be a formula to a spreadsheet that opens clusters.csv.
    assert sorted(names(items)) == sorted(as_path(name) for name in hostile)
    assert "<img src=x onerror=alert(1)>.png" in items.texts
    assert "a b [31m.png" in items.texts
    assert "gnp.png" in items.texts
    assert len(items.items) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_utf8(tmp_path):
    draw(tmp_path / "a.png")
    (tmp_path / "a.png").rename(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"))
    items = read_items(str(tmp_path))
    assert names(items) == ["\ufffd.png"]
    assert items.images[0].exists()
    items.table.write_csv(tmp_path / "a.csv")


def test_hash_depends_on_names_and_bytes_and_not_on_the_place(tmp_path):
    draw(tmp_path / "a" / "x.png")
    draw(tmp_path / "b" / "x.png")
    draw(tmp_path / "c" / "x.png", "blue")
    draw(tmp_path / "d" / "y.png")
    hashes = [read_items(str(tmp_path / folder)).sha256 for folder in "abcd"]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3
    assert Items.from_texts(["x.png"]).sha256 not in hashes


def test_progress_counts_rows(tmp_path):
    for name in "abc":
        draw(tmp_path / f"{name}.png")
    seen = []
    read_items(str(tmp_path), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


# From Python --------------------------------------------------------------------------------------


def test_lists_of_pictures(tmp_path, monkeypatch):
    paths = [draw(tmp_path / "x" / "b.png"), draw(tmp_path / "y" / "a.png", "blue")]
    items = Items.from_pictures(paths)
    assert items.texts == items.ids == ("x/b.png", "y/a.png")
    assert items.images == tuple(paths)
    monkeypatch.chdir(tmp_path / "x")
    relative = Items.from_pictures(["b.png", "../y/a.png"])
    assert relative.sha256 == items.sha256
    assert all(path.is_absolute() for path in relative.images)


def test_lists_of_pictures_with_texts(tmp_path):
    a, b = draw(tmp_path / "a.png"), draw(tmp_path / "b.png", "blue")
    items = Items.from_pictures([a, b, a], ["first", None, "second"])
    assert [item.text for item in items.items] == ["first", None, "second"]
    assert items.texts == ("first", "b.png", "second")
    assert items.has_texts
    assert items.has_images
    with pytest.raises(InputError, match="2 pictures and 1 texts"):
        Items.from_pictures([a, b], ["first"])
    with pytest.raises(InputError, match="none of 0 pictures can be read"):
        Items.from_pictures([])
