import numpy as np
import pytest

from localcluster.explain import mapping
from localcluster.explain.mapping import map_2d


def blobs(n, k=3, d=6, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    return (10 * rng.normal(size=(k, d))[labels] + rng.normal(size=(n, d))).astype(np.float32), labels


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 10, 40])
def test_small_inputs_are_placed(n):
    xy = map_2d(blobs(n)[0], seed=0)
    assert xy.shape == (n, 2) and xy.dtype == np.float32
    assert np.isfinite(xy).all() and np.abs(xy).max() <= 1


@pytest.mark.parametrize("vectors", [np.zeros((20, 5)), np.ones((20, 1)), np.full((3, 4), 1e20)])
def test_identical_rows_are_spread_and_finite(vectors):
    xy = map_2d(vectors.astype(np.float32), seed=0)
    assert np.isfinite(xy).all()
    assert len(np.unique(xy, axis=0)) == len(xy)


def test_same_seed_same_map():
    vectors = blobs(60)[0]
    assert np.array_equal(map_2d(vectors, seed=3), map_2d(vectors, seed=3))


@pytest.mark.parametrize("limit", [10_000, 60])
def test_neighbours_stay_together_also_when_most_rows_are_placed_between_others(monkeypatch, limit):
    monkeypatch.setattr(mapping, "MAX_TSNE_ROWS", limit)
    vectors, labels = blobs(240)
    xy = map_2d(vectors, seed=0)
    nearest = np.argsort(np.linalg.norm(xy[:, None] - xy[None], axis=2), axis=1)[:, 1]
    assert (labels[nearest] == labels).mean() > 0.95
