"""Confidence: bounded, monotone, higher where rows are clearer, and there above the fitted sample too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from localcluster.confidence import Transfer, estimate_confidence
from localcluster.confidence.calibration import probability
from localcluster.confidence.estimate import features_of
from localcluster.confidence.features import (
    ROW_FEATURES,
    SET_FEATURES,
    Features,
    margins,
    ranks,
)
from localcluster.confidence.readings import Readings, aligned, majority, readings_of, refits
from localcluster.embed.sentence import sentence_view
from localcluster.embed.view import unit_rows
from localcluster.partition import Partition, fit_partition
from localcluster.store.values import read_value, write_value

UNIT = st.floats(0, 1)


def blobs(n, k, spread, seed=0, d=16):
    """Rows around k centres, and where each came from."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % k
    centres = rng.normal(size=(k, d))
    rows = centres[truth] + rng.normal(scale=spread, size=(n, d))
    return unit_rows(rows.astype(np.float32)), truth


@pytest.fixture(scope="module")
def clear():
    vectors, truth = blobs(240, 4, 0.4)
    views = [sentence_view(vectors)]
    return views, truth, fit_partition(views, 4, 0)


@settings(deadline=None)
@given(arrays(float, (5, len(ROW_FEATURES)), elements=UNIT), st.integers(0, len(ROW_FEATURES) - 1), UNIT)
def test_more_of_a_row_feature_never_lowers_confidence(rows, column, more):
    whole = np.full(len(SET_FEATURES), 0.5)
    higher = rows.copy()
    higher[:, column] = np.maximum(higher[:, column], more)
    before, after = probability(Features(rows, whole)), probability(Features(higher, whole))
    assert np.all(after >= before)


@settings(deadline=None)
@given(
    arrays(float, (4, len(ROW_FEATURES)), elements=UNIT),
    arrays(float, len(SET_FEATURES), elements=st.floats(-2, 6)),
)
def test_confidence_is_a_probability(rows, whole):
    found = probability(Features(rows, whole))
    assert found.dtype == np.float32
    assert np.all((found >= 0) & (found <= 1))


def test_right_rows_have_more_confidence_than_wrong_ones():
    vectors, truth = blobs(400, 4, 1.2, seed=3)
    views = [sentence_view(vectors)]
    partition = fit_partition(views, 4, 0)
    right = aligned(partition.labels, truth) == truth
    found = estimate_confidence(views, partition, 0).probability
    assert 0.3 < right.mean() < 0.98
    assert found[right].mean() > found[~right].mean() + 0.05


def test_clear_clusters_have_more_confidence_than_a_cloud(clear):
    views, _, partition = clear
    sure = estimate_confidence(views, partition, 0).probability.mean()
    cloud = [sentence_view(blobs(240, 4, 20.0)[0])]
    unsure = estimate_confidence(cloud, fit_partition(cloud, 4, 0), 0).probability.mean()
    assert sure > unsure + 0.2


def test_same_in_same_out_also_from_a_checkpoint(clear, tmp_path):
    views, _, partition = clear
    write_value(tmp_path / "partition", partition, "key")
    again = read_value(tmp_path / "partition", Partition, "key")
    one = estimate_confidence(views, partition, 7).probability
    two = estimate_confidence(views, again, 7).probability
    np.testing.assert_array_equal(one, two)


def test_rows_beyond_the_fitted_sample_are_judged_like_those_in_it():
    vectors, _ = blobs(600, 3, 0.4, seed=5)
    views = [sentence_view(vectors)]
    partition = fit_partition(views, 3, 0, max_fitted_rows=200)
    assert partition.rows is not None and len(partition.rows) == 200
    found = features_of(views, partition, 0).rows
    rest = np.setdiff1d(np.arange(600), partition.rows)
    assert found.shape == (600, len(ROW_FEATURES))
    np.testing.assert_allclose(found[rest].mean(axis=0), found[partition.rows].mean(axis=0), atol=0.1)


def test_a_moved_row_is_judged_where_it_was_moved_to(clear):
    from dataclasses import replace

    views, _, partition = clear
    moved = partition.labels.copy()
    moved[0] = (moved[0] + 1) % 4
    share = partition.confidence.copy()
    share[0] = 1 - share[0]
    before = estimate_confidence(views, partition, 0).probability[0]
    after = estimate_confidence(views, replace(partition, labels=moved, confidence=share), 0).probability[0]
    assert after < before


def test_clusters_are_called_as_those_that_they_share_rows_with():
    to = np.array([0, 0, 0, 1, 1, 2])
    np.testing.assert_array_equal(aligned(np.array([2, 2, 0, 0, 0, 1]), to), [0, 0, 1, 1, 1, 2])
    np.testing.assert_array_equal(
        aligned(np.array([0, 0, 0, 1, 1, 2]), np.zeros(6, int)), [0, 0, 0, -1, -1, -1]
    )


def test_a_reading_of_another_structure_has_no_say():
    labels = np.repeat([0, 1], 50)
    other = np.tile([0, 1], 50)
    found = readings_of([labels, other], labels)
    np.testing.assert_allclose(found.agreement(labels), 1.0)
    assert found.related[1] == 0


def test_without_other_readings_agreement_is_undecided():
    labels = np.array([0, 1, 0])
    np.testing.assert_allclose(readings_of([], labels).agreement(labels), 0.5)
    assert Readings(np.empty((3, 0), np.int64), np.empty(0)).agreement(labels).tolist() == [0.5] * 3


def test_refits_need_rows():
    assert refits(blobs(10, 2, 0.4)[0], 6, 0) == []
    vectors, truth = blobs(200, 3, 0.3)
    for again in refits(vectors, 3, 0):
        assert (aligned(again, truth) == truth).mean() > 0.95


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(20, 60), st.integers(0, 5))
def test_margins_leave_the_row_itself_out(k, n, seed):
    vectors, truth = blobs(n, k, 0.8, seed)
    found = margins(vectors, truth)
    for row in range(0, n, 7):
        own = (truth == truth[row]) & (np.arange(n) != row)
        middle = unit_rows(vectors[own].sum(axis=0, keepdims=True))[0] if own.any() else np.zeros(16)
        others = [
            unit_rows(vectors[truth == c].sum(axis=0, keepdims=True))[0] @ vectors[row]
            for c in range(k)
            if c != truth[row]
        ]
        assert found[row] == pytest.approx(vectors[row] @ middle - max(others, default=0.0), abs=1e-4)


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30))
def test_ranks_keep_order(values):
    found = ranks(np.array(values))
    assert np.all((found > 0) & (found < 1))
    assert np.all(np.diff(found[np.argsort(values)]) >= 0)


def test_majority_of_neighbours():
    labels = np.array([0, 0, 1, -1])
    np.testing.assert_array_equal(majority(labels, np.array([[0, 1, 2], [2, 3, 3]])), [0, -1])


@settings(deadline=None)
@given(st.lists(st.tuples(UNIT, UNIT), max_size=200), st.lists(UNIT, min_size=2, max_size=9))
def test_transfer_is_monotone_and_bounded(pairs, new):
    transfer = Transfer.fit(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]))
    found = transfer(np.sort(new))
    assert np.all((found >= 0) & (found <= 1))
    assert np.all(np.diff(found) >= -1e-6)


def test_transfer_brings_an_overconfident_head_down():
    proba = np.random.default_rng(0).uniform(0.8, 1, 500)
    transfer = Transfer.fit(proba, np.full(500, 0.4))
    assert transfer(np.array([0.9]))[0] == pytest.approx(0.4, abs=0.01)


def test_less_probable_new_rows_have_less_confidence_although_the_head_is_sure_of_the_runs_rows():
    rng = np.random.default_rng(0)
    transfer = Transfer.fit(rng.uniform(0.99, 1, 60), rng.uniform(0.5, 0.9, 60))
    found = transfer(np.array([0.2, 0.4, 0.6, 0.8, 0.99]))
    assert np.all(np.diff(found) > 0.1)
    assert found[0] < 0.2


def test_rows_with_more_confidence_than_probability_end_at_one():
    found = Transfer.fit(np.full(20, 0.5), np.full(20, 0.9))(np.array([0.25, 0.5, 0.9, 1.0]))
    np.testing.assert_allclose(found, [0.45, 0.9, 1, 1], atol=1e-6)
