"""Prompts with pictures as tokens: where templates put pictures, and what is never shortened."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.backends.base import Item, Prompt
from localcluster.backends.encoding import PromptEncoder
from localcluster.backends.template import ChatTemplate
from localcluster.errors import ModelError

IN_ORDER = (
    "{% for m in messages %}<{{ m.role }}>{% for c in m.content %}"
    "{% if c.type == 'image' %}<image>{% else %}{{ c.text }}{% endif %}{% endfor %}<end>{% endfor %}"
    "<assistant>"
)
PICTURES_FIRST = (
    "{% for m in messages %}<{{ m.role }}>"
    "{% for c in m.content if c.type == 'image' %}<image>\n{% endfor %}"
    "{% for c in m.content if c.type == 'text' %}{{ c.text }}{% endfor %}<end>{% endfor %}<assistant>"
)
PLAIN_TEXT = "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}<end>{% endfor %}<assistant>"
BLIND = (
    "{% for m in messages %}{% for c in m.content if c.type == 'text' %}{{ c.text }}{% endfor %}{% endfor %}"
)
#: Stands for a picture's four tokens.
EYE = 2000


class Letters:
    """One token per byte."""

    bos: int | None = None

    def encode(self, text, *, special):
        return list(text.encode())

    def piece(self, token):
        return b"*" if token == EYE else bytes([token])


def encoder(source, limit=400):
    template = ChatTemplate(source, picture_token="<image>")
    return PromptEncoder(template, Letters(), limit, lambda item: [EYE] * 4)


def text_of(encoded):
    return b"".join(map(Letters().piece, encoded.tokens)).decode()


RED, BLUE = Item(image=Path("red.png")), Item("sky", image=Path("blue.png"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (IN_ORDER, "<user>A: **** B: ****sky Same?<end><assistant>They are"),
        (PICTURES_FIRST, "<user>****\n****\nA:  B: sky Same?<end><assistant>They are"),
        (PLAIN_TEXT, "<user>A: **** B: ****sky Same?<end><assistant>They are"),
        (None, "A: **** B: ****sky Same?\nThey are"),
    ],
    ids=["in order", "pictures first", "plain text", "no template"],
)
def test_pictures_stand_where_the_template_puts_them(source, expected):
    encoded = encoder(source).encode(Prompt.ask("A: ", RED, " B: ", BLUE, " Same?", answer="They are"))
    assert text_of(encoded) == expected
    assert [p.item for p in encoded.pictures] == [RED, BLUE]
    assert all(encoded.tokens[p.start : p.stop] == (EYE,) * 4 for p in encoded.pictures)
    spans = sorted((p.start, p.stop) for p in encoded.pictures)
    (sky,) = sorted(set(encoded.items) - set(spans))
    assert text_of(encoded)[sky[0] : sky[1]].strip() == "sky"


@pytest.mark.parametrize("source", [IN_ORDER, PICTURES_FIRST, PLAIN_TEXT, None])
def test_the_picture_token_typed_into_a_criterion_shows_nothing(source):
    encoded = encoder(source).encode(Prompt.ask(RED, "What is the <image>?", answer="The <image> is"))
    assert len(encoded.pictures) == 1
    assert "<image>" not in text_of(encoded)
    assert text_of(encoded).endswith("The image is")


def test_the_picture_token_in_a_text_is_a_text():
    encoded = encoder(IN_ORDER).encode(Prompt.ask(Item("an <image>", image=Path("a.png")), "What?"))
    assert text_of(encoded) == "<user>****an <image>What?<end><assistant>"


def test_templates_that_show_no_pictures_are_refused():
    with pytest.raises(ModelError, match="shows 0 of the prompt's 0 texts and 0 of its 1 pictures"):
        encoder(BLIND).encode(Prompt.ask(RED, "What?"))


@given(st.lists(st.text(max_size=200), min_size=1, max_size=4), st.integers(90, 200))
def test_texts_give_way_and_pictures_stay(texts, limit):
    items = [Item(text, image=Path(f"{i}.png")) for i, text in enumerate(texts)]
    encoded = encoder(IN_ORDER, limit).encode(Prompt.ask(*items, "What is it?"))
    assert encoded.tokens.count(EYE) == 4 * len(texts)
    assert len(encoded) <= limit + 4 * len(texts)
    assert [p.item for p in encoded.pictures] == items
