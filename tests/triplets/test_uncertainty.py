from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from sklearn.preprocessing import StandardScaler
from triplet_fakes import blobs, clustered

from localcluster.triplets import uncertainty
from localcluster.triplets.uncertainty import centres_of, n_closest


def by_the_paper(vectors, labels):
    """Equations 1 and 2 on one row after the other: all soft assignments, the closest clusters, entropy."""
    rows = StandardScaler().fit_transform(vectors.astype(np.float64))
    k = labels.max() + 1
    centres = np.stack([rows[labels == cluster].mean(axis=0) for cluster in range(k)])
    n_near = min(k, max(2, round(0.02 * k)))
    closest, probability, entropy = [], [], []
    for row in rows:
        q = np.array([(1 + ((row - centre) ** 2).sum()) ** -1.0 for centre in centres])
        q /= q.sum()
        near = np.argsort(-q, kind="stable")[:n_near]
        p = q[near] / q[near].sum()
        closest.append(near)
        probability.append(p)
        entropy.append(-sum(share * np.log(share) for share in p))
    return np.array(closest), np.array(probability), np.array(entropy)


@pytest.mark.parametrize(("n", "k"), [(30, 2), (120, 7), (400, 130)])
def test_soft_assignment_and_entropy_are_those_of_the_paper(n, k):
    vectors, _ = blobs(n, k, seed=k)
    labels = np.random.default_rng(k).permutation(np.arange(n) % k)
    found = uncertainty(vectors, labels)
    closest, probability, entropy = by_the_paper(vectors, labels)
    np.testing.assert_array_equal(found.closest, closest)
    np.testing.assert_allclose(found.probability, probability, rtol=1e-9)
    np.testing.assert_allclose(found.entropy, entropy, rtol=1e-9)


def test_blocks_of_rows_do_not_show(monkeypatch):
    vectors, labels = blobs(100, 5)
    whole = uncertainty(vectors, labels)
    # The room's door hides the module behind the function of its name.
    monkeypatch.setattr(sys.modules["localcluster.triplets.uncertainty"], "BLOCK", 7)
    parts = uncertainty(vectors, labels)
    np.testing.assert_array_equal(whole.closest, parts.closest)
    np.testing.assert_allclose(whole.entropy, parts.entropy, rtol=1e-12)


@pytest.mark.slow
@given(clustered())
def test_whatever_the_data_the_numbers_are_probabilities(data):
    vectors, labels = data
    found = uncertainty(vectors, labels)
    m = n_closest(int(labels.max()) + 1)
    assert found.closest.shape == found.probability.shape == (len(vectors), m)
    np.testing.assert_allclose(found.probability.sum(axis=1), 1)
    assert (np.diff(found.probability, axis=1) <= 1e-12).all()
    assert (found.entropy >= -1e-12).all()
    assert (found.entropy <= np.log(m) + 1e-9).all()
    assert ((found.margin >= -1e-12) & (found.margin <= 1)).all()
    assert all(len(set(row)) == m for row in found.closest.tolist())


def test_rows_that_are_all_alike_are_torn_evenly():
    found = uncertainty(np.ones((6, 3), np.float32), np.array([0, 0, 1, 1, 2, 2]))
    np.testing.assert_allclose(found.entropy, np.log(2))
    np.testing.assert_array_equal(found.closest, [[0, 1]] * 6)


def test_a_row_between_two_clusters_is_the_least_sure():
    line = np.array([[0.0], [1], [2], [5.2], [9], [10], [11]], np.float32)
    found = uncertainty(line, np.array([0, 0, 0, 0, 1, 1, 1]))
    assert found.entropy.argmax() == found.margin.argmin() == 3


def test_centres_are_means():
    vectors, labels = blobs(60, 4)
    expected = [vectors[labels == cluster].mean(axis=0, dtype=np.float64) for cluster in range(4)]
    np.testing.assert_allclose(centres_of(vectors, labels), expected, rtol=1e-6)
