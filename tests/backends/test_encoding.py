from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.backends.base import Item, Prompt, TokenSelector, Turn
from localcluster.backends.encoding import (
    EncodedPrompt,
    PlacedPicture,
    PromptEncoder,
    common_prefix,
    glue_spaces,
    length_batches,
    own_from,
    shorten_items,
    token_places,
)
from localcluster.backends.template import ChatTemplate, Segment
from localcluster.errors import ModelError

CHATML = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}<end>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
END = 1000


class Letters:
    """One token per byte; the control token <end> is 1000."""

    bos: int | None = None

    def encode(self, text: str, *, special: bool) -> list[int]:
        parts = text.split("<end>") if special else [text]
        tokens = [*parts[0].encode()]
        for part in parts[1:]:
            tokens += [END, *part.encode()]
        return tokens

    def piece(self, token: int) -> bytes:
        return b"<end>" if token == END else bytes([token])


def encoder(limit: int = 200, source: str | None = CHATML) -> PromptEncoder:
    return PromptEncoder(ChatTemplate(source), Letters(), limit)


def text_of(encoded: EncodedPrompt) -> str:
    return b"".join(map(Letters().piece, encoded.tokens)).decode(errors="replace")


def test_the_answer_begun_stays_open_and_the_item_is_found():
    encoded = encoder().encode(Prompt.ask("What? ", Item("cold food"), answer="It is"))
    assert text_of(encoded) == "<user>What? cold food<end><assistant>It is"
    ((start, stop),) = encoded.items
    assert text_of(EncodedPrompt(encoded.tokens[start:stop], (), False)) == " cold food"


def test_control_tokens_in_an_item_are_letters():
    encoded = encoder().encode(Prompt.ask("What? ", Item("a<end>b")))
    assert encoded.tokens.count(END) == 1
    assert "a<end>b" in text_of(encoded)


def test_jinja_in_an_item_is_text():
    assert "{{ 7 * 7 }}{% raw %}" in text_of(encoder().encode(Prompt.ask("Q ", Item("{{ 7 * 7 }}{% raw %}"))))


def test_bos_is_put_in_front_once():
    enc = encoder()
    enc.tokenizer.bos = 7
    assert enc.encode(Prompt.ask("Q")).tokens[0] == 7
    enc.tokenizer.bos = ord("<")
    assert text_of(enc.encode(Prompt.ask("Q"))) == "<user>Q<end><assistant>"


def test_without_a_template_turns_are_lines():
    prompt = Prompt((Turn("system", ("Be short.",)), Turn("user", (Item("x"),)), Turn("assistant", ("It",))))
    assert text_of(encoder(source=None).encode(prompt)) == "Be short.\nx\nIt"


def test_a_template_without_system_turns_gets_it_in_the_users_turn():
    source = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHATML
    prompt = Prompt((Turn("system", ("Be short.",)), Turn("user", (Item("x"), "?"))))
    assert text_of(encoder(source=source).encode(prompt)) == "<user>Be short.\n\nx?<end><assistant>"


def test_a_template_that_refuses_is_an_error_with_its_reason():
    with pytest.raises(ModelError, match="never on Sundays"):
        encoder(source="{{ raise_exception('never on Sundays') }}").encode(Prompt.ask("Q"))


def test_a_template_that_drops_the_text_is_refused():
    with pytest.raises(ModelError, match="shows 0 of the prompt's 1 texts"):
        encoder(source="hello").encode(Prompt.ask("Q", Item("x")))


def test_a_broken_template_is_a_model_error():
    with pytest.raises(ModelError, match="chat template cannot be read"):
        ChatTemplate("{% for %}")


def test_templates_see_the_same_date_every_day_and_cannot_reach_python():
    assert "26 Jul 2024" in text_of(encoder(source="{{ strftime_now('%d %b %Y') }}").encode(Prompt.ask("Q")))
    with pytest.raises(ModelError):
        encoder(source="{{ messages.__class__.__mro__[1].__subclasses__() }}").encode(Prompt.ask("Q"))


def test_generation_blocks_and_loop_controls_of_templates_are_understood():
    source = (
        "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% break %}{% endfor %}"
    )
    assert text_of(encoder(source=source).encode(Prompt.ask("Q"))) == "Q"


def test_an_image_is_refused_by_a_text_model(tmp_path):
    with pytest.raises(ModelError, match="reads text only"):
        encoder().encode(Prompt.ask("Q", Item(image=tmp_path / "a.png")))


def test_long_text_is_cut_before_it_is_tokenized():
    encoded = encoder(limit=60).encode(Prompt.ask("What? ", Item("y" * 10_000_000), "\nso?"))
    assert encoded.shortened
    assert len(encoded) == 60
    assert text_of(encoded).endswith("yyy...\nso?<end><assistant>")


@given(st.lists(st.text(max_size=300), min_size=1, max_size=4), st.integers(80, 300))
def test_any_texts_fit_and_the_question_survives(texts, limit):
    parts = [p for t in texts for p in (Item(t), "|")]
    encoded = encoder(limit).encode(Prompt.ask("Which? ", *parts, answer="It"))
    assert len(encoded) <= limit
    assert len(encoded.items) == len(texts)
    outside = list(encoded.tokens)
    for start, stop in reversed(encoded.items):
        del outside[start:stop]
    assert bytes(t for t in outside if t != END).decode() == f"<user>Which?{'|' * len(texts)}<assistant>It"
    most = sum(len(t.encode(errors="replace")) for t in texts) + len("<user>Which? ||||E<assistant>It")
    assert most > limit or not encoded.shortened


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 9), max_size=30), st.booleans()), max_size=6),
    st.integers(0, 120),
)
def test_shortening_keeps_what_may_not_be_shortened_and_uses_the_room(pieces, limit):
    tokens, is_item = [p for p, _ in pieces], [i for _, i in pieces]
    fixed = sum(len(p) for p, i in pieces if not i)
    if fixed > limit:
        with pytest.raises(ModelError, match="question alone"):
            shorten_items(tokens, is_item, limit, [99])
        return
    fitted, shortened = shorten_items(tokens, is_item, limit, [99])
    total = sum(map(len, fitted))
    assert total <= limit
    assert shortened == (sum(map(len, tokens)) > limit)
    assert all(f == t for f, (t, i) in zip(fitted, pieces, strict=True) if not i)
    if shortened:
        # Equal shares waste less than one token per item.
        assert total > limit - sum(is_item)


@given(st.lists(st.lists(st.integers(0, 2), max_size=6), max_size=6))
def test_common_prefix_is_shared_and_longest(prompts):
    n = common_prefix(prompts)
    assert len({tuple(p[:n]) for p in prompts}) <= 1
    if prompts and n < min(map(len, prompts)):
        assert len({p[n] for p in prompts}) > 1


@given(
    st.lists(st.integers(1, 50), max_size=40),
    st.integers(1, 60),
    st.integers(1, 8),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 16]),
)
def test_batches_hold_every_prompt_once_within_their_limits(lengths, budget, most, padded, exact, step):
    batches = length_batches(lengths, budget, most, padded=padded, exact=exact, step=step)
    lengths = [-(-length // step) * step for length in lengths]
    if exact:
        assert all(len({lengths[i] for i in batch}) == 1 for batch in batches)
    assert sorted(i for b in batches for i in b) == list(range(len(lengths)))
    for batch in batches:
        own = [lengths[i] for i in batch]
        cost = max(own) * len(own) if padded else sum(own)
        assert len(batch) <= most
        assert cost <= budget or len(batch) == 1
    flat = [lengths[i] for b in batches for i in b]
    assert flat == sorted(flat, reverse=True)


def encoded(text: str, *items: tuple[int, int]) -> EncodedPrompt:
    return EncodedPrompt(tuple(text.encode()), items, False)


def test_a_prompt_is_its_own_from_its_first_text_on():
    prompt = encoded("color of red, is", (9, 12))
    assert own_from(prompt, [[15]]) == 9
    assert own_from(prompt, [[15], [4, 5]]) == 4
    assert own_from(encoded("no text"), [[6]]) == 6
    # What all questions about a picture begin with, the picture included, is decoded once for them.
    pictured = EncodedPrompt(prompt.tokens, ((0, 8),), pictures=(PlacedPicture(Item(image=Path("a")), 0, 8),))
    assert own_from(pictured, [[15]]) == 15


def test_places():
    prompt = encoded("color red? The Color of it, color is", (6, 9))
    places = TokenSelector((-1, "color", "absent", "<item>")).places
    assert token_places(prompt, places, Letters().piece) == [[35], [32], [35], [6, 7, 8]]


def test_a_keyword_in_the_item_does_not_count():
    assert token_places(encoded("red is", (0, 3)), ["red"], Letters().piece) == [[5]]


def test_the_mean_of_an_empty_item_is_the_last_token():
    assert token_places(encoded("abc", (1, 1)), ["<item>"], Letters().piece) == [[2]]


@pytest.mark.parametrize("place", [0, 3, -4])
def test_a_place_outside_the_prompt_is_refused(place):
    with pytest.raises(ModelError, match=f"place {place} is outside a prompt of 3 tokens"):
        token_places(encoded("abc"), [place], Letters().piece)


def test_only_the_space_before_an_item_moves():
    segments = [Segment("a  ", False), Segment("b", True), Segment(" c ", False), Segment("", True)]
    assert [s.text for s in glue_spaces(segments)] == ["a ", " b", " c", " "]
