"""Words that nothing a model writes may show; written here by their first and last letters' code."""

import codecs
import hashlib

import numpy as np
import pytest

from localcluster.explain import offensive
from localcluster.explain.lens_words import cluster_lens_words, row_lens_words
from localcluster.explain.offensive import is_offensive

#: In rot13, so that the page does not show them.
RUDE = codecs.decode("fuvg", "rot13")
FRENCH, SPANISH, GERMAN = (codecs.decode(word, "rot13") for word in ("chgnva", "pnoeba", "fpurvffr"))


@pytest.mark.parametrize(
    "said",
    [
        RUDE,
        f"{RUDE.upper()}S, all of it",
        RUDE.replace("i", "1"),
        RUDE.replace("i", "iiii"),
        f"so {RUDE}!",
        f"{RUDE}-like",
        FRENCH.capitalize(),
        SPANISH.replace("o", "ó"),
        GERMAN.replace("ss", "ß"),
    ],
)
def test_offensive_in_any_clothes(said):
    assert is_offensive(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Scunthorpe",
        "Spicy spices",
        "Class assessment",
        "Dickens",
        "Niger",
        "Retraso",
        "1234",
        "$$$",
        "退款",
    ],
)
def test_innocent_words_that_hold_others(said):
    assert not is_offensive(said)


def test_a_word_that_is_innocent_in_another_language_is_refused_in_english_only():
    late = codecs.decode("ergneq", "rot13")
    assert is_offensive(late) and not is_offensive(f"{late} de livraison", english=False)


def test_the_list_is_of_hashes_and_one_can_be_added(monkeypatch):
    assert len(offensive._WORDS) > 200
    assert all(len(digest) == 12 and int(digest, 16) for digest in offensive._WORDS)
    assert not is_offensive("gadzooks")
    more = hashlib.sha256(b"gadzooks").hexdigest()[:12]
    monkeypatch.setattr(offensive, "_WORDS", offensive._WORDS | {more})
    assert is_offensive("Gadzooks!")


def test_the_lens_shows_the_next_word_instead():
    words = [f" {RUDE}", " warm"]
    rows = np.array([[5.0, 4.0], [-5.0, -4.0]], np.float32)
    assert cluster_lens_words(rows, words, np.array([0, 1])) == [("warm",), ()]
    assert row_lens_words(rows, words) == [["warm"], []]
