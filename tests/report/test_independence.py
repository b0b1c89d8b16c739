"""How much one clustering tells about another: the measure, chance, and the words for it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score

from localcluster.report.independence import SHUFFLES, relation

labels = st.lists(st.integers(0, 4), min_size=8, max_size=60)


@settings(deadline=None, max_examples=30)
@given(labels, st.integers(0, 2**32 - 1))
def test_it_is_the_adjusted_mutual_information_of_scikit_learn(first, seed):
    second = np.random.default_rng(seed).permutation(first)
    first = np.asarray(first)
    found = relation(first, second)
    if len(set(first.tolist())) > 1:
        assert found.ami == pytest.approx(adjusted_mutual_info_score(first, second), abs=1e-6)
    assert relation(second, first).ami == pytest.approx(found.ami, abs=1e-9)


def test_chance_is_what_shuffling_gives():
    rng = np.random.default_rng(0)
    first, second = rng.integers(6, size=300), rng.integers(5, size=300)
    shuffled = [adjusted_mutual_info_score(first, rng.permutation(second)) for _ in range(SHUFFLES)]
    spread = np.std(shuffled)
    assert 0 < relation(first, second).chance < 6 * spread
    assert relation(first, second).chance == pytest.approx(max(shuffled), abs=2 * spread)


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.0, "independent"), (0.4, "weakly related"), (0.7, "related"), (1.0, "nearly the same clustering")],
)
def test_verdicts_by_the_share_of_rows_that_agree(share, verdict):
    rng = np.random.default_rng(1)
    first = rng.integers(4, size=2000)
    second = np.where(rng.random(2000) < share, first, rng.integers(4, size=2000))
    found = relation(first, second)
    assert found.verdict == verdict
    assert (found.ami > found.chance) == (share > 0)


def test_many_small_clusters_of_few_rows_are_not_taken_for_related():
    # Plain mutual information is far from 0 here, and says "closely related" of random labels.
    rng = np.random.default_rng(2)
    assert relation(rng.integers(40, size=120), rng.integers(40, size=120)).verdict == "independent"


def test_a_single_cluster_says_nothing():
    found = relation(np.zeros(9, np.int64), np.arange(9) % 3)
    assert (found.ami, found.verdict) == (0.0, "independent")
    assert "single cluster" in found.sentence


def test_every_row_apart_in_both_does_not_divide_by_zero():
    assert np.isfinite(relation(np.arange(6), np.arange(6)).ami)


def test_the_same_every_time():
    rng = np.random.default_rng(3)
    first, second = rng.integers(3, size=90), rng.integers(4, size=90)
    assert relation(first, second) == relation(first, second)
