"""Rows that fit nowhere: nonsense among rows of one kind, and how little is flagged where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcluster.confidence.commonness import Commonness, pieces
from localcluster.confidence.nowhere import (
    MAX_SHARE,
    SIGN_BOUNDS,
    empty,
    look_around,
)
from localcluster.embed.view import unit_rows
from localcluster.items.cleaning import EMPTY_TEXT
from localcluster.items.item import Item

WHO = ("the driver", "my neighbour", "our teacher", "the lady", "a friend", "the boss")
DID = ("brought", "lost", "forgot", "sold", "found", "wanted")
WHAT = ("the parcel", "a letter", "my keys", "the old bag", "some bread", "the tickets")
WHEN = ("this morning", "on monday", "last week", "yesterday", "after lunch")
NONSENSE = ("asdf qwer", "zxcv uiop hjkl", "🦊", "Holnap reggel korán indulunk", "žvakaća guma škripi")


def rows(n=150, seed=0):
    rng = np.random.default_rng(seed)
    texts: dict[str, None] = {}
    while len(texts) < n:
        texts[" ".join(str(rng.choice(part)) for part in (WHO, DID, WHAT, WHEN))] = None
    return list(texts)


def vectors_of(texts, centre=1.0, seed=1):
    """Real rows near each other, nonsense anywhere."""
    rng = np.random.default_rng(seed)
    middle = rng.normal(size=24)
    found = [
        rng.normal(scale=0.5, size=24) + (0 if text in (*NONSENSE, "") else middle) * centre for text in texts
    ]
    return unit_rows(np.array(found, np.float32))


def items_of(texts):
    return [Item(text or EMPTY_TEXT) for text in texts]


def test_nonsense_among_real_rows_is_flagged():
    texts = [*rows(), *NONSENSE, ""]
    _, nowhere = look_around(items_of(texts), vectors_of(texts), 0)
    assert nowhere[150:].mean() > 0.8
    assert nowhere[:150].mean() <= 0.05
    assert nowhere[-1]


def test_new_rows_are_compared_with_the_run():
    texts, new = rows(), ["the boss found my keys on monday", *NONSENSE, ""]
    around, _ = look_around(items_of(texts), vectors_of(texts), 0)
    flags = around.nowhere(items_of(new), vectors_of(new))
    assert not flags[0]
    assert flags[1:].mean() > 0.8 and flags[-1]


def test_a_new_row_does_not_depend_on_the_rows_beside_it():
    texts = rows()
    around, _ = look_around(items_of(texts), vectors_of(texts), 0)
    new = [*NONSENSE, "the lady sold a letter last week"]
    vectors = vectors_of(new)
    together = around.strangeness(items_of(new), vectors)
    alone = [around.strangeness(items_of([t]), vectors[i : i + 1])[0] for i, t in enumerate(new)]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_rows_that_are_all_different_are_not_all_flagged():
    rng = np.random.default_rng(2)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    texts = ["".join(rng.choice(letters, 9)) for _ in range(200)]
    _, nowhere = look_around(items_of(texts), unit_rows(rng.normal(size=(200, 24)).astype(np.float32)), 0)
    assert nowhere.mean() <= MAX_SHARE


def test_pictures_have_no_words_to_be_strange_by(tmp_path):
    items = [Item(None, tmp_path / f"{i}.png", str(i)) for i in range(40)]
    vectors = unit_rows(np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32) + 1)
    around, nowhere = look_around(items, vectors, 0)
    assert around.commonness is None
    assert nowhere.mean() <= MAX_SHARE


@pytest.mark.parametrize("n", [1, 2, 3])
def test_hardly_any_rows(n):
    texts = rows()[:n]
    around, nowhere = look_around(items_of(texts), vectors_of(texts), 0)
    assert not nowhere.any()
    assert around.nowhere(items_of([""]), vectors_of([""])).tolist() == [True]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=12))
def test_any_texts(texts):
    items = items_of(texts)
    vectors = vectors_of(texts)
    around, nowhere = look_around(items, vectors, 0)
    assert nowhere.shape == (len(texts),) and np.all(nowhere[empty(items)])
    strange = around.strangeness(items, vectors)
    assert np.all((strange >= 0) & (strange <= 1))


def test_a_row_does_not_speak_for_itself():
    texts = [pieces(text) for text in ("alpha beta", "alpha gamma", "delta")]
    common = Commonness.of(texts)
    word = common.of_text(texts[2], counted=True)[0]
    assert word == pytest.approx(np.log(0.5 / 2.5))
    assert common.of_text(texts[0], counted=True)[0] > word
    assert np.isnan(common.of_text(pieces("🦊"), counted=False)[0])


def test_signs_are_bounded():
    texts = rows()
    around, _ = look_around(items_of(texts), vectors_of(texts), 0)
    found = around.standardized(np.full((1, 4), -1e6))
    assert found.max() == SIGN_BOUNDS[1]
    assert around.standardized(np.full((1, 4), 1e6)).min() == SIGN_BOUNDS[0]


@pytest.mark.parametrize("n", [18, 150])
def test_a_text_without_letters_or_digits_fits_nowhere_among_words(n):
    texts = [*rows(n), "🦊"]
    # As near the others as any row: small tables do not tell it by its vector.
    vectors = vectors_of([*rows(n), "like the others"])
    around, nowhere = look_around(items_of(texts), vectors, 0)
    assert nowhere[-1] and not nowhere[:-1].all()
    assert around.nowhere(items_of(["?! ...", "42"]), vectors[:2]).tolist()[0]


def test_where_many_rows_have_no_words_they_are_no_stranger_than_others():
    texts = [*rows(16), "🦊", "🎈", "?!", "..."]
    around, nowhere = look_around(items_of(texts), vectors_of(rows(20)), 0)
    assert not around.worded
    assert nowhere.mean() <= MAX_SHARE


def test_nine_rows_in_ten_with_words_are_enough():
    texts = [*rows(27), "🦊", "🎈", "?!"]
    around, nowhere = look_around(items_of(texts), vectors_of(rows(30)), 0)
    assert around.worded and nowhere[27:].all()
