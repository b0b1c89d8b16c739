from __future__ import annotations

import numpy as np
import pytest
from fakes import LEXICON, reviews
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import log_softmax

from localcluster.embed import WORDINGS, View, criterion_views, read_states, sentence_view
from localcluster.embed.criterion import ANSWER_WORDS, answer_logprobs, candidate_layers
from localcluster.embed.view import Standardizer, unit_rows
from localcluster.testing import ScriptedModel

FINITE = st.floats(-1e4, 1e4, width=32)


@given(arrays(np.float32, st.tuples(st.integers(2, 12), st.integers(1, 6)), elements=FINITE))
@example(np.array([[1.4e-15], [0], [0], [0]], np.float32))
@example(np.array([[1e4], [1e4], [1e4 + 2e-3]], np.float32))
def test_standardized_rows_are_unit_or_zero_and_finite(raw):
    vectors = Standardizer.fit(raw).apply(raw)
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.isfinite(vectors).all()
    assert np.all((np.abs(lengths - 1) < 1e-3) | (lengths == 0))


def test_a_constant_column_is_left_out():
    raw = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    raw[:, 1] = 5e3
    raw[::2, 1] = np.nextafter(np.float32(5e3), np.float32(6e3))
    standardizer = Standardizer.fit(raw)
    new = raw + np.array([0, 100, 0], np.float32)
    for rows in (raw, new):
        assert not standardizer.apply(rows)[:, 1].any()
    kept = [0, 2]
    without = Standardizer.fit(raw[:, kept]).apply(raw[:, kept])
    np.testing.assert_allclose(standardizer.apply(raw)[:, kept], without, atol=1e-6)


def test_a_row_of_rounding_has_no_direction():
    rows = np.array([[1.05e-15, 0], [0, 0], [3e-11, 4e-11], [3, 4]], np.float32)
    np.testing.assert_allclose(unit_rows(rows), [[0, 0], [0, 0], [0.6, 0.8], [0.6, 0.8]], atol=1e-6)


def test_one_huge_dimension_does_not_drown_the_rest():
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(50, 4)).astype(np.float32)
    raw[:, 0] = 1e4 + 1e3 * raw[:, 0]
    vectors = Standardizer.fit(raw).apply(raw)
    assert np.abs(vectors).mean(axis=0).max() < 2 * np.abs(vectors).mean(axis=0).min()


@pytest.mark.parametrize(("n", "layers"), [(30, (24, 28, 30)), (2, (2,)), (1, (1,)), (80, (64, 74, 80))])
def test_candidate_layers_end_at_the_last(n, layers):
    assert candidate_layers(n) == layers


def test_views_of_a_criterion_carry_what_it_asks_for():
    texts, sentiment, _ = reviews(60)
    model = ScriptedModel(LEXICON)
    wording = WORDINGS[0]
    views = criterion_views(model, read_states(model, "sentiment", texts, wording), wording)
    assert [view.kind for view in views][-1] == "answers"
    assert len({view.name for view in views}) == len(views)
    last = views[-2].vectors
    similar = last @ last.T
    same = sentiment[:, None] == sentiment[None, :]
    np.fill_diagonal(same, False)
    assert similar[same].mean() > similar[~same].mean() + 0.1


def test_answer_words_are_those_that_vary():
    texts, _, _ = reviews(30)
    model = ScriptedModel(LEXICON)
    states = read_states(model, "sentiment", texts, WORDINGS[0])[:, -1]
    logprobs, words = answer_logprobs(model, states)
    assert logprobs.shape == (30, len(words))
    assert len(words) <= ANSWER_WORDS
    again, same = answer_logprobs(model, states[:4], words)
    assert np.array_equal(same, words)
    assert np.allclose(again, logprobs[:4], atol=1e-5)
    everything = log_softmax(model.logit_lens(states, model.info.n_layers), axis=1)
    assert logprobs.var(axis=0).min() >= np.delete(everything.var(axis=0), words).max(initial=0) - 1e-6


def test_a_sentence_view_has_not_read_the_criterion():
    view = sentence_view(np.ones((3, 2), np.float32))
    assert not view.reads_criterion
    assert np.allclose(view.vectors, unit_rows(np.ones((3, 2), np.float32)))


def test_within_groups_what_a_group_shares_is_gone():
    rng = np.random.default_rng(0)
    groups = np.array([0, 1, 2, -1] * 20)
    shared = np.eye(4, 16)[groups] * 5
    raw = (rng.normal(size=(80, 16)) + shared).astype(np.float32)
    standardizer = Standardizer.fit(raw)
    view = View("sentence", "sentence", standardizer.apply(raw), standardizer)
    within = view.within(groups)
    for group in range(3):
        assert np.linalg.norm(view.vectors[groups == group].mean(axis=0)) > 0.4
        assert np.linalg.norm(within.vectors[groups == group].mean(axis=0)) < 0.1
    np.testing.assert_allclose(np.linalg.norm(within.vectors, axis=1), 1, atol=1e-5)
    # New rows of the same groups, and of none.
    np.testing.assert_allclose(within.standardizer.apply(raw, groups), within.vectors, atol=1e-6)
    nowhere = np.full(80, -1)
    assert np.array_equal(within.standardizer.apply(raw), within.standardizer.apply(raw, nowhere))
    assert view.standardizer.offsets is None


def test_a_group_without_rows_takes_what_all_rows_share():
    vectors = unit_rows(np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32))
    view = View("sentence", "sentence", vectors, Standardizer.identity(4))
    within = view.within(np.array([0, 0, 2, 2, 2, 0]))
    assert np.isfinite(within.vectors).all()
    np.testing.assert_allclose(within.standardizer.offsets[1], vectors.mean(axis=0), atol=1e-6)


def test_other_vectors_of_the_rows_are_compared_as_the_view_compares_its_own():
    rng = np.random.default_rng(2)
    groups = np.array([0, 1, -1] * 20)
    plain = sentence_view(rng.normal(size=(60, 8)).astype(np.float32))
    other = unit_rows((rng.normal(size=(60, 5)) + 3 * np.eye(3, 5)[groups]).astype(np.float32))
    assert plain.as_compared(other) is other
    compared = plain.within(groups).as_compared(other)
    np.testing.assert_allclose(compared, sentence_view(other).within(groups).vectors, atol=1e-5)
    assert np.linalg.norm(other[groups == 0].mean(axis=0)) > 0.7
    assert np.linalg.norm(compared[groups == 0].mean(axis=0)) < 0.3


def test_some_rows_keep_their_groups():
    view = sentence_view(np.eye(4, dtype=np.float32))
    rows = np.array([3, 0, 0])
    assert view.of_rows(rows).groups is None
    within = view.within(np.array([0, 0, 1, 1]))
    some = within.of_rows(rows)
    assert some.groups.tolist() == [1, 0, 0]
    np.testing.assert_array_equal(some.vectors, within.vectors[rows])
