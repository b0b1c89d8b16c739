"""The posterior over k: finds the change, knows what it does not know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcluster.granularity.change_point import MAX_GRID, change_point_posterior, k_grid

STEPS = np.arange(2, 200)
KS = k_grid(2, 200)


def quantile(posterior, q, ks=KS):
    return int(ks[np.searchsorted(posterior.cumsum(), q)])


@pytest.mark.parametrize("truth", [5, 10, 27, 77, 150])
def test_a_perfect_hierarchy_and_oracle_give_the_number_away(truth):
    posterior = change_point_posterior(STEPS, (truth <= STEPS).astype(float), KS)
    low, middle, high = (quantile(posterior, q) for q in (0.05, 0.5, 0.95))
    assert low <= truth <= high
    assert middle == pytest.approx(truth, rel=0.1, abs=1)
    assert high - low <= max(3, 0.2 * truth)


def test_wrong_answers_widen_the_range_and_do_not_move_it_away():
    inside, widths = 0, []
    for seed in range(15):
        right = np.random.default_rng(seed).random(len(STEPS)) < 0.7
        same = np.where(right, STEPS >= 40, STEPS < 40)
        posterior = change_point_posterior(STEPS, np.where(same, 0.7, 0.3), KS)
        low, high = quantile(posterior, 0.05), quantile(posterior, 0.95)
        inside += low <= 40 <= high
        widths.append(high / low)
    assert inside >= 13
    assert 2 < np.median(widths) < 20


def test_answers_of_one_half_leave_a_prior_that_is_even_in_log_k():
    posterior = change_point_posterior(STEPS, np.full(len(STEPS), 0.5), KS)
    expected = np.diff(np.log(np.arange(2, 202) - 0.5))
    assert posterior == pytest.approx(expected / expected.sum())


def test_repeated_sure_answers_to_one_merge_add_little():
    same = (STEPS >= 40).astype(float)
    once = change_point_posterior(STEPS, same, KS)
    thrice = change_point_posterior(np.repeat(STEPS, 3), np.repeat(same, 3), KS)
    assert quantile(thrice, 0.95) / quantile(thrice, 0.05) == pytest.approx(
        quantile(once, 0.95) / quantile(once, 0.05), rel=0.1
    )


def test_repeated_unsure_answers_make_up_for_the_oracle():
    def width(times):
        step = np.repeat(STEPS, times)
        right = np.random.default_rng(0).random(len(step)) < 0.75
        same = np.where(right, step >= 40, step < 40)
        posterior = change_point_posterior(step, np.where(same, 0.75, 0.25), KS)
        return quantile(posterior, 0.95) / quantile(posterior, 0.05)

    assert np.log(width(9)) < 0.6 * np.log(width(1))


@pytest.mark.slow
@given(st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_the_posterior_is_one_whatever_the_answers_and_their_order(seed):
    rng = np.random.default_rng(seed)
    probability = rng.choice([0.0, 1.0, rng.random()], len(STEPS))
    posterior = change_point_posterior(STEPS, probability, KS)
    assert posterior.sum() == pytest.approx(1)
    assert (posterior >= 0).all()
    order = rng.permutation(len(STEPS))
    assert change_point_posterior(STEPS[order], probability[order], KS) == pytest.approx(posterior)


def test_a_long_range_is_thinned_and_keeps_its_ends():
    ks = k_grid(2, 5000)
    assert (ks[0], ks[-1]) == (2, 5000)
    assert len(ks) <= MAX_GRID
    assert len(np.unique(ks)) == len(ks)
    assert k_grid(5, 5).tolist() == [5]
