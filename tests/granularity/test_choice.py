"""The choice of k: near the truth end to end, its range around it, and clear refusals."""

import numpy as np
import pytest

from localcluster.errors import ConfigError
from localcluster.granularity import PairSample, build_hierarchy, k_by_answers, sample_pairs

METHODS = ("change point", "F-beta", "expected F-beta")


@pytest.fixture(scope="module")
def groups():
    rng = np.random.default_rng(0)
    truth = np.arange(600) % 24
    points = rng.normal(size=(24, 32))[truth] + 0.4 * rng.normal(size=(600, 32))
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    sample = sample_pairs(build_hierarchy(vectors, 0), 2, 120, vectors=vectors)
    same = (truth[sample.pairs[:, 0]] == truth[sample.pairs[:, 1]]).astype(np.float32)
    return sample, same


@pytest.mark.parametrize("method", METHODS)
def test_clear_groups_are_counted(groups, method):
    sample, same = groups
    found = k_by_answers(sample, same, np.zeros(len(sample), bool), 2, 120, method=method)
    assert found.k == pytest.approx(24, rel=0.2)
    assert found.low <= 24 <= found.high
    assert [k for k, _ in found.curve] == list(range(2, 121))
    assert found.evidence().chosen == found.k


@pytest.mark.parametrize("method", METHODS)
def test_abstentions_count_for_nothing(groups, method):
    sample, same = groups
    abstained = np.random.default_rng(1).random(len(sample)) < 0.3
    spoiled = np.where(abstained, 1 - same, same)
    left = PairSample(sample.pairs[~abstained], sample.step[~abstained], sample.weight[~abstained])
    whole = k_by_answers(sample, spoiled, abstained, 2, 120, method=method)
    alone = k_by_answers(left, same[~abstained], np.zeros(len(left), bool), 2, 120, method=method)
    assert (whole.k, whole.low, whole.high, whole.curve) == (alone.k, alone.low, alone.high, alone.curve)
    assert (whole.asked, whole.answered) == (len(sample), len(left))


@pytest.mark.parametrize("method", METHODS)
def test_without_an_answer_the_range_is_valid(groups, method):
    sample, same = groups
    found = k_by_answers(sample, same, np.ones(len(sample), bool), 2, 120, method=method)
    assert 2 <= found.low <= found.k <= found.high <= 120
    assert found.answered == 0


def test_the_users_range_holds(groups):
    sample, same = groups
    found = k_by_answers(sample, same, np.zeros(len(sample), bool), 40, 60)
    assert 40 <= found.low <= found.k <= found.high <= 60
    only = k_by_answers(sample, same, np.zeros(len(sample), bool), 7, 7)
    assert (only.low, only.k, only.high) == (7, 7, 7)


def test_mismatches_are_refused(groups):
    sample, same = groups
    with pytest.raises(ConfigError, match="one of each per pair"):
        k_by_answers(sample, same[:-1], np.zeros(len(sample), bool), 2, 120)
    with pytest.raises(ConfigError, match="-k 5:50"):
        k_by_answers(sample, same, np.zeros(len(sample), bool), 9, 3)
