import numpy as np
import pytest
from blobs import blobs
from hypothesis import given
from hypothesis import strategies as st

from localcluster.heads import confident_rows
from localcluster.heads.pseudo_labels import MIN_PER_CLUSTER, closeness


@given(st.integers(1, 4), st.floats(0.05, 1), st.integers(0, 3))
def test_every_cluster_teaches_its_share_of_nearest_rows(k, fraction, seed):
    rng = np.random.default_rng(seed)
    vectors, labels = blobs(k, 20, seed=seed)
    labels[: len(labels) // 2] = rng.integers(0, k, len(labels) // 2)
    labels = np.unique(labels, return_inverse=True)[1]
    marked = confident_rows(vectors, labels, fraction)
    near = closeness(vectors, labels)
    for cluster in range(labels.max() + 1):
        own = labels == cluster
        wanted = min(own.sum(), max(MIN_PER_CLUSTER, np.ceil(fraction * own.sum())))
        assert marked[own].sum() == wanted
        if wanted < own.sum():
            assert near[own & marked].min() >= near[own & ~marked].max()


def test_small_clusters_teach_with_all_they_have():
    vectors, _ = blobs(1, 6)
    labels = np.array([0, 0, 0, 0, 1, 1])
    assert confident_rows(vectors, labels, 0.1).tolist().count(True) == MIN_PER_CLUSTER + 2


def test_a_given_confidence_ranks_in_place_of_distance():
    vectors, labels = blobs(2, 10)
    confidence = np.linspace(0, 1, 20)
    marked = confident_rows(vectors, labels, 0.3, confidence)
    for cluster in range(2):
        rows = np.flatnonzero(labels == cluster)
        assert set(rows[marked[rows]]) == set(rows[-3:])


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.01, np.nan])
def test_a_share_outside_its_range_is_refused(fraction):
    vectors, labels = blobs(2, 5)
    with pytest.raises(ValueError, match="fraction is"):
        confident_rows(vectors, labels, fraction)
