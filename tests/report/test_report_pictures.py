"""Contact sheets: pictures inside the page, file names that are never obeyed, and a small file."""

import base64
import io
import re
from dataclasses import replace

import pytest
from PIL import Image
from test_report import HOSTILE, Reader, data_of, own_part

from localcluster.report import rows_shown
from localcluster.report.nouns import BOTH, PICTURES, TEXTS, noun_of
from localcluster.report.write import render


def jpeg(shade):
    data = io.BytesIO()
    Image.new("L", (8, 8), shade % 256).save(data, "JPEG")
    return data.getvalue()


@pytest.fixture
def pictured(make_result):
    """A run on pictures; with ``texts``, on pictures and texts."""

    def make(n=12, ks=(2, 3), name="{}.png", texts=None):
        names = [name.format(i) for i in range(n)]
        result = make_result(texts=texts or names, ks=ks)
        return replace(
            result, images=names, thumbnails={row: jpeg(row) for row in rows_shown(result.criteria)}
        )

    return make


def pictures_of(html):
    return [attrs for tag, attrs in Reader(html).tags if tag == "img"]


def test_pictures_are_inside_the_page_under_their_names(pictured):
    result = pictured()
    images = pictures_of(render(result))
    assert {int(image["data-row"]) for image in images} == set(result.thumbnails)
    for image in images:
        head, data = image["src"].split(",")
        assert head == "data:image/jpeg;base64"
        assert base64.b64decode(data) == result.thumbnails[int(image["data-row"])]
        assert image["alt"] == result.images[int(image["data-row"])]
        assert image["width"] and image["height"]


def test_nothing_of_a_page_with_pictures_is_loaded_from_anywhere(pictured):
    html = render(pictured())
    for tag, attrs in Reader(html).tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "audio", "video"}
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert attrs.get(name, "#").startswith(("#", "data:image/jpeg;base64,"))
    assert not re.search(r"https?:|//cdn|@import|url\(", own_part(html))
    policy = next(a["content"] for _, a in Reader(html).tags if a.get("http-equiv"))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["img-src"] == "data: blob:" and rules["default-src"] == "'none'"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_file_names_are_shown_and_never_obeyed(pictured, hostile):
    plain = Reader(render(pictured()))
    html = render(replace(pictured(), images=[hostile] * 12, texts=[hostile] * 12))
    reader = Reader(html)
    assert reader.scripts[1:] == plain.scripts[1:]
    assert {tag for tag, _ in reader.tags} == {tag for tag, _ in plain.tags}
    assert {name for _, attrs in reader.tags for name in attrs} == {
        name for _, attrs in plain.tags for name in attrs
    }
    assert not set("\x00\x07\x1b\u202e") & set(own_part(html).split('id="data"')[0])


def test_bytes_that_are_no_picture_stay_inside_their_address(pictured):
    result = pictured(ks=(2,))
    result.thumbnails.update(dict.fromkeys(result.thumbnails, b'"><script>alert(1)</script>'))
    reader = Reader(render(result))
    assert len(reader.scripts) == 3
    assert all(
        re.fullmatch(r"data:image/jpeg;base64,[\w+/=]+", i["src"]) for i in pictures_of(render(result))
    )


def test_a_page_of_pictures_speaks_of_pictures(pictured):
    text = " ".join(" ".join(Reader(render(pictured())).text).split())
    assert "12 pictures, clustered by" in text and "Each point is a picture" in text
    assert "All 6 pictures" in text and "Number of pictures" in text
    assert not re.search(r"\btexts?\b", text)


def test_a_picture_that_cannot_be_shown_keeps_its_place(pictured):
    result = pictured(ks=(2,))
    result.thumbnails.clear()
    html = render(result)
    assert not pictures_of(html) and "cannot be shown" in html and "4.png" in html


def test_a_text_stands_beside_its_picture(pictured):
    texts = [f"text of row {i}" for i in range(12)]
    result = pictured(texts=texts)
    result.images[0] = None
    del result.thumbnails[0]
    html = render(result)
    assert "12 rows, clustered by" in " ".join(" ".join(Reader(html).text).split())
    assert "text of row 0" in Reader(html).text and "no picture" in html
    assert data_of(Reader(html))["noun"] == "rows"


def test_what_rows_are_called(make_result, pictured):
    assert noun_of(make_result()) is TEXTS
    assert noun_of(pictured()) is PICTURES
    assert noun_of(pictured(texts=["a", "b"] * 6)) is BOTH


def test_a_page_of_texts_has_no_trace_of_pictures(make_result):
    tags = Reader(render(make_result())).tags
    assert not any(
        tag == "img" or "data-row" in attrs or attrs.get("class") == "sheet" for tag, attrs in tags
    )


def test_only_the_rows_shown_need_thumbnails(pictured):
    few, many = pictured(n=600, ks=(3,)), pictured(n=600, ks=(40,))
    assert len(few.thumbnails) == 3 * 8 and len(many.thumbnails) == 40 * (4 + 2)
    for result in (few, many):
        extra = replace(result, thumbnails={row: jpeg(row) for row in range(600)})
        assert render(extra) == render(result)


def test_logit_lens_words_are_behind_a_closed_fold(make_result):
    html = render(make_result(ks=(2,), lens_words=("warm", "<b>")))
    text = " ".join(" ".join(Reader(html).text).split())
    assert "what the language model was about to say warm , <b>" in text
    assert '<details class="lens">' in html and '<details class="lens" open' not in html
    assert '<details class="lens">' not in own_part(render(make_result()))
