from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom
from triplet_fakes import answers_of, blobs

from localcluster.embed.view import unit_rows
from localcluster.triplets.gate import (
    GATE_Z,
    MIN_HELD_OUT,
    margins,
    support_of_embedding,
    support_of_moves,
    verdict,
)


def votes(n, in_favour):
    return np.repeat([1.0, -1.0], [in_favour, n - in_favour])


@pytest.mark.parametrize("n", [0, 1, MIN_HELD_OUT - 1])
def test_few_answers_support_nothing_however_clear(n):
    found = verdict(np.ones(n))
    assert (found.n, found.z, found.adopted) == (n, 0.0, False)


@pytest.mark.parametrize("n", [MIN_HELD_OUT, 17, 20, 25, 33, 50, 77, 100, 205, 1000])
def test_coin_flips_pass_at_most_about_once_in_a_hundred(n):
    fewest = next(votes_for for votes_for in range(n + 1) if verdict(votes(n, votes_for)).adopted)
    assert binom.sf(fewest - 1, n, 0.5) < 0.0125
    # ... and the gate is not shut: three quarters of many are enough.
    assert fewest <= max(0.75 * n + 2, 13)


def test_all_alike_passes_and_is_not_infinitely_sure():
    found = verdict(np.ones(MIN_HELD_OUT))
    assert found.adopted
    assert found.z == pytest.approx(np.sqrt(MIN_HELD_OUT))
    assert verdict(-np.ones(100)).z < 0


@pytest.mark.parametrize("tied", [np.zeros(100), votes(100, 50)])
def test_ties_are_not_adopted(tied):
    found = verdict(tied)
    assert (found.mean, found.z, found.adopted) == (0.0, 0.0, False)


def test_one_loud_answer_does_not_pass():
    support = np.zeros(200)
    support[3] = 1e6
    assert not verdict(support).adopted


@given(arrays(np.float64, st.integers(0, 60), elements=st.floats(-1e3, 1e3)))
def test_the_verdict_is_finite_symmetric_and_blind_to_scale(support):
    found, mirrored, scaled = verdict(support), verdict(-support), verdict(support * 4)
    assert np.isfinite([found.mean, found.z]).all()
    assert found.adopted == (found.z >= GATE_Z)
    assert not (found.adopted and mirrored.adopted)
    assert mirrored.z == pytest.approx(-found.z)
    assert scaled.z == pytest.approx(found.z, rel=1e-6, abs=1e-9)


def test_abstentions_support_nothing():
    answers = answers_of([[0, 1, 2]] * 40, [0.9] * 20 + [0.2] * 20, [True] * 19 + [False] * 21)
    np.testing.assert_array_equal(support_of_moves(answers), [1.0] + [-1.0] * 20)
    silent = answers_of([[0, 1, 2]] * 40, 0.9, [True] * 40)
    assert not verdict(support_of_moves(silent)).adopted
    vectors, _ = blobs(10, 2)
    assert len(support_of_embedding(vectors, vectors, silent)) == 0


def test_margins_are_differences_of_cosines():
    vectors, _ = blobs(20, 2)
    triplets = np.array([[0, 1, 2], [5, 6, 7]])
    expected = [vectors[q] @ vectors[a] - vectors[q] @ vectors[b] for q, a, b in triplets]
    np.testing.assert_allclose(margins(vectors, triplets), expected, rtol=1e-5)


def answered(vectors, truth, n=200, seed=0):
    rng = np.random.default_rng(seed)
    triplets = rng.integers(len(vectors), size=(n, 3))
    is_first, is_second = (truth[triplets[:, 0]] == truth[triplets[:, end]] for end in (1, 2))
    keep = is_first != is_second
    return answers_of(triplets[keep], np.where(is_first[keep], 0.9, 0.1))


def test_an_embedding_that_predicts_better_is_supported_and_its_opposite_is_not():
    noisy, truth = blobs(100, 3, spread=1.0)
    clean, _ = blobs(100, 3, spread=0.2)
    answers = answered(noisy, truth)
    assert verdict(support_of_embedding(noisy, clean, answers)).adopted
    back = verdict(support_of_embedding(clean, noisy, answers))
    assert back.mean < 0
    assert not back.adopted


def test_the_same_embedding_gains_nothing_and_widths_may_differ():
    vectors, truth = blobs(100, 3)
    padded = np.pad(vectors, ((0, 0), (0, 3)))
    support = support_of_embedding(vectors, padded, answered(vectors, truth))
    np.testing.assert_allclose(support, 0, atol=1e-6)
    assert not verdict(support).adopted


def test_stretching_all_margins_gains_nothing():
    vectors, truth = blobs(100, 3, d=4)
    # A constant column shrinks all cosine differences alike.
    shrunk = unit_rows(np.pad(vectors, ((0, 0), (0, 1)), constant_values=2.0))
    support = support_of_embedding(shrunk, vectors, answered(vectors, truth))
    assert abs(support.mean()) < 1e-4


def test_noise_is_supported_by_noise_no_more_than_by_chance():
    rng = np.random.default_rng(0)
    adopted = 0
    for _ in range(100):
        base, other = (unit_rows(rng.normal(size=(100, 8)).astype(np.float32)) for _ in range(2))
        triplets = rng.integers(100, size=(200, 3))
        coins = answers_of(triplets, np.where(rng.random(200) < 0.5, 0.9, 0.1))
        adopted += verdict(support_of_embedding(base, other, coins)).adopted
    assert adopted <= 3
