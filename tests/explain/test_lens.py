"""Words that the model would say of a cluster or a row rather than of the others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from localcluster.explain.lens_words import (
    N_CLUSTER_WORDS,
    N_ROW_WORDS,
    cluster_lens_words,
    row_lens_words,
)

WORDS = (" red", "red", " Red", " blue", " the", "ue", " green", " teal")
LABELS = np.array([0, 0, 1])


def merits(**by_word):
    """One row; 0 for words not named (a leading space is written as an underscore)."""
    return np.array([by_word.get(word.replace(" ", "_"), 0.0) for word in WORDS], np.float32)


def test_a_cluster_gets_the_words_that_the_others_lack():
    rows = np.stack([merits(_red=3.0, _the=9.0), merits(_red=5.0), merits(_blue=2.0, _teal=1.9)])
    assert cluster_lens_words(rows, WORDS, LABELS) == [("red",), ("blue", "teal")]


def test_clusters_count_alike_whatever_their_size():
    small, large = merits(_red=4.0), merits(_blue=4.0)
    rows = np.stack([large] * 50 + [small, merits(_green=4.0)])
    labels = np.array([0] * 50 + [1, 2])
    assert cluster_lens_words(rows, WORDS, labels) == [("blue",), ("red",), ("green",)]


def test_what_is_said_of_all_is_said_of_none():
    rows = np.stack([merits(_red=3.0)] * 3)
    assert cluster_lens_words(rows, WORDS, LABELS) == [(), ()]


def test_one_cluster_alone_is_compared_with_the_mean_of_all():
    assert cluster_lens_words(np.stack([merits(_red=2.0)]), WORDS, np.array([0])) == [("red",)]


def test_spellings_of_a_word_are_one_and_pieces_are_none():
    row = merits(_red=3.0, red=5.0, _Red=4.0, ue=9.0, _the=9.0)
    assert row_lens_words(row[None], WORDS) == [["red"]]


def test_noise_below_a_clear_word_is_left_out():
    row = merits(_red=3.0, _blue=1.1, _green=0.9, _teal=0.1)
    assert row_lens_words(row[None], WORDS) == [["red", "blue"]]


def test_a_row_like_all_others_gets_no_word():
    assert row_lens_words(np.zeros((2, len(WORDS)), np.float32), WORDS) == [[], []]
    assert row_lens_words(-np.ones((1, len(WORDS)), np.float32), WORDS) == [[]]


def test_a_vocabulary_without_words_gives_none():
    assert row_lens_words(np.ones((1, 2), np.float32), ("##", " 1")) == [[]]
    assert cluster_lens_words(np.ones((1, 2), np.float32), ("##", " 1"), np.array([0])) == [()]


@pytest.mark.parametrize("n", [1, 3])
def test_no_more_words_than_asked_for(n):
    words = [f" word{letter}" for letter in "abcdefghij"]
    rows = np.linspace(2, 3, 10, dtype=np.float32)[None]
    assert row_lens_words(rows, words, n) == [["wordj", "wordi", "wordh"][:n]]
    assert len(row_lens_words(rows, words)[0]) == N_ROW_WORDS
    assert len(cluster_lens_words(rows, words, np.array([0]))[0]) == N_CLUSTER_WORDS


@given(
    # Half precision: means of numbers at the very end of float32 would become 0.
    arrays(np.float32, (6, len(WORDS)), elements=st.floats(-9, 9, width=16)),
    st.floats(0.125, 8, width=32),
)
def test_scaling_all_log_probabilities_changes_no_word(rows, scale):
    labels = np.array([0, 1, 2, 0, 1, 2])
    scaled = (rows.astype(np.float64) * 2.0 ** round(scale)).astype(np.float32)
    assert cluster_lens_words(scaled, WORDS, labels) == cluster_lens_words(rows, WORDS, labels)
