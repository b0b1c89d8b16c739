from __future__ import annotations

import numpy as np
import pytest
import torch
from triplet_fakes import blobs

from localcluster.triplets.gate import margins
from localcluster.triplets.linear_map import RIDGES, LinearMap, fit_linear_map


def with_a_loud_stranger(n=120, seed=0):
    """Rows whose blob is one part of what they are; the louder part says nothing."""
    rng = np.random.default_rng(seed)
    signal, truth = blobs(n, 3, d=6, spread=0.3, seed=seed)
    noise = rng.normal(size=(n, 6)).astype(np.float32)
    rows = np.concatenate([signal, 1.2 * noise], axis=1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), truth


def triplets_of(truth, n, seed=0):
    """(query, positive, negative), all of them right."""
    rng = np.random.default_rng(seed)
    query, positive, negative = rng.integers(len(truth), size=(3, 20 * n))
    right = (truth[query] == truth[positive]) & (truth[query] != truth[negative]) & (query != positive)
    return query[right][:n], positive[right][:n], negative[right][:n]


def test_the_head_learns_what_answers_follow():
    vectors, truth = with_a_loud_stranger()
    query, positive, negative = triplets_of(truth, 150)
    learned = fit_linear_map(vectors, query, positive, negative, np.ones(150), seed=0)
    unseen = np.stack(triplets_of(truth, 200, seed=1), axis=1)
    adapted = learned.apply(vectors)
    before, after = ((margins(v, unseen) > 0).mean() for v in (vectors, adapted))
    assert after > before + 0.05
    assert adapted.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(adapted, axis=1), 1, rtol=1e-5)


def test_answers_without_weight_change_nothing():
    vectors, truth = with_a_loud_stranger()
    learned = fit_linear_map(vectors, *triplets_of(truth, 60), np.zeros(60), seed=0)
    np.testing.assert_allclose(learned.change, 0, atol=1e-6)
    assert learned.ridge == max(RIDGES)
    np.testing.assert_allclose(learned.apply(vectors), vectors, atol=1e-5)


def test_weights_decide_between_answers_that_disagree():
    vectors, truth = with_a_loud_stranger()
    query, right, wrong = triplets_of(truth, 100)
    both = (np.concatenate(ends) for ends in ((query, query), (right, wrong), (wrong, right)))
    weight = np.repeat([0.9, 0.1], 100)
    adapted = fit_linear_map(vectors, *both, weight, seed=0).apply(vectors)
    asked = np.stack([query, right, wrong], axis=1)
    assert margins(adapted, asked).mean() > margins(vectors, asked).mean()


def test_coin_flips_choose_the_strongest_ridge():
    vectors, _ = with_a_loud_stranger()
    query, one, two = np.random.default_rng(3).integers(120, size=(3, 150))
    assert fit_linear_map(vectors, query, one, two, np.ones(150), seed=0).ridge == max(RIDGES)


def test_a_ridge_holds_the_map_near_where_it_starts(monkeypatch):
    vectors, truth = with_a_loud_stranger()
    sizes = []
    for ridge in (0.0, 0.1, 10.0):
        monkeypatch.setattr("localcluster.triplets.linear_map.RIDGES", (ridge,))
        learned = fit_linear_map(vectors, *triplets_of(truth, 60), np.ones(60), seed=0)
        sizes.append(float(np.linalg.norm(learned.change)))
    assert sizes[0] > 1.5 * sizes[1] > 1.5 * 1.5 * sizes[2]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_handful_of_answers_is_enough_to_run(n):
    vectors, truth = with_a_loud_stranger()
    learned = fit_linear_map(vectors, *triplets_of(truth, n), np.ones(n), seed=0)
    assert np.isfinite(learned.change).all()


def test_seeded_and_without_a_trace_in_global_generators():
    vectors, truth = with_a_loud_stranger()
    asked = triplets_of(truth, 80)
    state = torch.get_rng_state()
    one, two = (fit_linear_map(vectors, *asked, np.ones(80), seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.change, two.change)
    assert torch.equal(state, torch.get_rng_state())


def test_rows_of_zeros_stay_numbers():
    vectors, truth = with_a_loud_stranger()
    vectors[:10] = 0
    learned = fit_linear_map(vectors, *triplets_of(truth, 80), np.ones(80), seed=0)
    assert np.isfinite(learned.apply(vectors)).all()
    np.testing.assert_array_equal(LinearMap(learned.change, 1.0).apply(vectors)[:10], 0)
