from __future__ import annotations

import numpy as np
import pytest
from planted import planted, two_structures
from sklearn.metrics import adjusted_rand_score

from localcluster.partition.candidates import (
    FEWEST_JUDGES,
    FEWEST_NEIGHBORS,
    JUDGE_NEIGHBORS,
    SMALL_SIZE,
    SPECTRAL_NEIGHBORS,
    judge_neighbors,
    spectral_neighbors,
)
from localcluster.partition.contrast import MIN_MEAN_SIZE, contrast_of
from localcluster.partition.fit import fit_partition


def read_by(groups, noise, seeds=(4, 5)):
    return [planted(f"states {seed}", groups, noise=noise, seed=seed) for seed in seeds]


def test_groups_that_only_the_criterion_sees_give_a_gain():
    mood, _ = two_structures(128)
    found = contrast_of(read_by(mood, 0.4), read_by(mood, 5.0, (6, 7)), 3, 0)
    assert found.gain > 0.1
    assert found.overlap < 0.5
    assert contrast_of(read_by(mood, 5.0), read_by(mood, 0.4, (6, 7)), 3, 0).gain < -0.1


def test_the_same_views_give_no_gain_and_full_overlap():
    mood, _ = two_structures(128)
    found = contrast_of(read_by(mood, 0.4), read_by(mood, 0.4), 3, 0)
    assert found.gain == 0
    assert found.overlap == pytest.approx(1)


def test_what_stands_out_whatever_is_asked_overlaps_without_gain():
    mood, _ = two_structures(128)
    found = contrast_of(read_by(mood, 0.4), read_by(mood, 0.4, (8, 9)), 3, 0)
    assert abs(found.gain) < 0.1
    assert found.overlap > 0.9


def test_other_groups_that_are_as_clear_do_not_overlap():
    mood, topic = two_structures(128)
    found = contrast_of(read_by(mood, 0.4), read_by(topic, 0.4, (8, 9)), 3, 0)
    assert abs(found.gain) < 0.15
    assert found.overlap < 0.1


def test_k_is_lowered_where_the_sample_is_too_small_for_it():
    mood, _ = two_structures(48)
    views, others = read_by(mood, 0.4), read_by(mood, 3.0, (6, 7))
    assert contrast_of(views, others, 500, 0) == contrast_of(views, others, 48 // MIN_MEAN_SIZE, 0)
    assert contrast_of(views, others, 1, 0) == contrast_of(views, others, 2, 0)


def test_the_contrast_is_the_same_every_time():
    mood, topic = two_structures(96)
    pair = read_by(mood, 0.6), read_by(topic, 0.6)
    assert contrast_of(*pair, 3, 7) == contrast_of(*pair, 3, 7)


def test_small_clusters_get_a_graph_of_about_their_own_size():
    for n, k in ((300, 30), (500, 100), (60, 20), (50, 25)):
        assert n < SMALL_SIZE * k
        assert spectral_neighbors(n, k) == max(round(n / k), FEWEST_NEIGHBORS)
        assert judge_neighbors(n, k) == max(round(n / (2 * k)), FEWEST_JUDGES)
        assert judge_neighbors(n, k) < JUDGE_NEIGHBORS


def test_other_clusters_get_the_graphs_they_had():
    fewest, most = SPECTRAL_NEIGHBORS
    for n, k in ((150, 10), (3000, 2), (3000, 50), (3000, 200)):
        assert n >= SMALL_SIZE * k
        assert fewest <= spectral_neighbors(n, k) <= most
        assert judge_neighbors(n, k) == JUDGE_NEIGHBORS


@pytest.mark.parametrize("k", [2, 7, 30, 90, 150, 299])
def test_there_are_never_more_neighbours_than_rows(k):
    assert 1 <= judge_neighbors(300, k) <= JUDGE_NEIGHBORS
    assert 1 <= spectral_neighbors(300, k) < 300


def test_ward_is_a_candidate_for_small_clusters_only():
    groups = np.arange(240) % 40
    view = planted("sentence", groups, kind="sentence", noise=0.2, d=20)
    small = fit_partition([view], 40, 0)
    assert "Ward" in {row.partition for row in small.selection.evidence()}
    assert adjusted_rand_score(groups, small.labels) > 0.9
    large = fit_partition([view], 4, 0)
    assert "Ward" not in {row.partition for row in large.selection.evidence()}
