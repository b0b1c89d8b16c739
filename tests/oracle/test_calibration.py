from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcluster.oracle import calibrate, choose_scorer
from localcluster.oracle.calibration import MIN_QUESTIONS, wilson
from localcluster.oracle.logistic import fit_logistic


def readings(n, accuracy, seed=0, strength=1.0, lean=0.0):
    """Scores (n, 2) and truth of a triplet scorer of that accuracy that leans to the first choice."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.5
    right = rng.random(n) < accuracy
    evidence = np.where(right == truth, 1.0, -1.0) * strength * rng.gamma(4, 0.25, n)
    return np.stack([evidence + lean, evidence - lean], axis=1), truth


def test_a_good_scorer_is_accepted_with_its_numbers_in_words():
    found = calibrate("answer distributions", "triplet", *readings(64, 0.9, seed=1))
    assert found.accepted
    assert 0.8 < found.accuracy < 1
    assert found.low < found.accuracy < found.high
    assert found.order_consistency == 1
    assert found.slope > 0
    assert found.intercept == 0
    assert found.reason.startswith('"answer distributions" answered')
    assert f"{found.accuracy:.0%}" in found.reason


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["triplet", "pair"])
def test_a_scorer_at_chance_is_refused_and_says_almost_nothing(kind):
    refused = [calibrate("x", kind, *readings(64, 0.5, seed)) for seed in range(200)]
    assert sum(c.accepted for c in refused) <= 2
    assert "too close to guessing" in next(c for c in refused if not c.accepted).reason
    sure = [c.probability(np.array([1.0]))[0] for c in refused]
    assert np.mean(np.abs(np.array(sure) - 0.5)) < 0.1


def test_a_scorer_that_is_always_wrong_is_refused_and_never_turned_round():
    scores, truth = readings(64, 0.0)
    found = calibrate("x", "triplet", scores, truth)
    assert not found.accepted
    assert found.slope == 0
    np.testing.assert_allclose(found.probability(np.array([-5.0, 5.0])), 0.5)


def test_a_scorer_that_follows_the_place_is_refused():
    found = calibrate("choice tokens", "triplet", *readings(64, 0.9, lean=50))
    assert not found.accepted
    assert found.order_bias == 0.5
    assert found.order_consistency == 0
    assert "named the first choice in 100% of 128 readings" in found.reason
    assert calibrate("choice tokens", "triplet", *readings(64, 0.9, lean=50), order_bias_limit=0.5).accepted


def test_a_lean_to_the_second_choice_is_named_so():
    found = calibrate("x", "triplet", *readings(64, 0.9, lean=-50))
    assert found.order_bias == -0.5
    assert "named the second choice" in found.reason


@pytest.mark.parametrize("n", [0, 1, MIN_QUESTIONS - 1])
@pytest.mark.parametrize("kind", ["triplet", "pair"])
def test_few_questions_decide_nothing(n, kind):
    found = calibrate("x", kind, *readings(n, 1.0))
    assert not found.accepted
    assert f"only {n} easy questions" in found.reason
    assert np.isfinite(found.probability(np.array([1.0]))).all()


def test_pairs_are_judged_by_a_threshold_of_their_own():
    scores, truth = readings(64, 0.9)
    found = calibrate("x", "pair", scores - 100, truth)
    assert found.accepted
    assert found.curve.middle == pytest.approx(-100, abs=0.5)
    assert found.order_bias == -0.5  # no reading is above zero ...
    assert found.order_consistency == 1  # ... and that does not matter


def test_a_threshold_found_on_the_judged_questions_does_not_flatter():
    rng = np.random.default_rng(0)
    right = [
        calibrate("x", "pair", np.repeat(rng.normal(size=(24, 1)), 2, 1), np.arange(24) % 2 == 0).accuracy
        for _ in range(60)
    ]
    assert np.mean(right) < 0.52


def test_abstentions_count_half():
    scores, truth = readings(40, 1.0)
    scores[:20] = 0
    found = calibrate("x", "triplet", scores, truth)
    assert found.accuracy == 0.75
    assert "30 of 40" in found.reason


def test_probabilities_rather_say_too_little():
    scores, truth = readings(64, 1.0)
    found = calibrate("x", "triplet", scores, truth)
    assert found.probability(np.array([1e9]))[0] == pytest.approx(1 - 1 / 66)
    assert found.probability(scores.mean(axis=1)).max() < 0.99
    fresh, fresh_truth = readings(4000, 0.8, seed=1)
    for seed in range(10):
        p = calibrate("x", "triplet", *readings(64, 0.8, seed)).probability(fresh.mean(axis=1))
        sure, right = np.maximum(p, 1 - p).mean(), ((p > 0.5) == fresh_truth).mean()
        assert sure < right + 0.1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1e-4, 1.0, 1e4]), st.booleans())
def test_the_fit_is_monotone_and_does_not_depend_on_the_unit(seed, unit, with_intercept):
    scores, truth = readings(40, 0.8, seed)
    mean = scores.mean(axis=1)
    plain, scaled = (
        fit_logistic(mean * u, truth, with_intercept=with_intercept).probability(np.sort(mean) * u)
        for u in (1.0, unit)
    )
    assert (np.diff(plain) >= 0).all()
    np.testing.assert_allclose(plain, scaled, atol=1e-3)


def test_mirrored_triplets_give_mirrored_probabilities():
    scores, truth = readings(30, 0.8)
    mean = scores.mean(axis=1)
    a = fit_logistic(mean, truth, with_intercept=False)
    b = fit_logistic(-mean, ~truth, with_intercept=False)
    assert a.slope == pytest.approx(b.slope, rel=1e-4)


@given(st.integers(1, 500), st.floats(0, 1))
def test_the_interval_holds_the_share(n, share):
    low, high = wilson(share * n, n)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_the_best_low_end_is_chosen_among_the_accepted():
    good, better, many = (
        calibrate(name, "triplet", *readings(n, accuracy, seed=3))
        for name, n, accuracy in (("good", 64, 0.8), ("better", 64, 0.97), ("many", 1000, 0.97))
    )
    wrong = calibrate("wrong", "triplet", *readings(64, 0.3))
    assert choose_scorer([wrong, good, better, many]).scorer == "many"
    assert choose_scorer([good, better]).scorer == "better"
    assert choose_scorer([wrong]) is None
    assert choose_scorer([]) is None
