"""The paper's two ways to find the clusters that triplets are sampled from."""

import numpy as np
import pytest

from localcluster.errors import ConfigError
from localcluster.triplets import fine_clusters, sample_triplets


@pytest.fixture
def blobs():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 32)) * 8
    return (centres[np.arange(200) % 4] + rng.normal(size=(200, 32))).astype(np.float32)


@pytest.mark.parametrize("variant", ["small", "large", "auto"])
def test_clusters_keep_blobs_apart(blobs, variant):
    labels = fine_clusters(blobs, 0, variant)
    assert labels.dtype == np.int64 and set(labels) == set(range(labels.max() + 1))
    for label in range(labels.max() + 1):
        assert len(set(np.flatnonzero(labels == label) % 4)) == 1


def test_small_variant_draws_nothing(blobs):
    assert np.array_equal(fine_clusters(blobs, 0, "small"), fine_clusters(blobs, 1, "small"))


def test_large_variant_has_at_most_a_hundred_clusters(blobs):
    assert fine_clusters(blobs, 0, "large").max() < 100


def test_triplets_are_sampled_from_them(blobs):
    labels = fine_clusters(blobs, 0, "large")
    triplets = sample_triplets(blobs, labels, 50, random_state=0, strategy="entropy")
    assert len(triplets) > 40
    assert (labels[triplets[:, 1]] != labels[triplets[:, 2]]).all()


def test_one_row_is_refused():
    with pytest.raises(ConfigError, match="at least 2 rows"):
        fine_clusters(np.ones((1, 3), np.float32), 0)
