from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score

from localcluster.embed.view import unit_rows
from localcluster.partition.graph import fuse_graphs, modularity, neighbour_graph, neighbours, smooth
from localcluster.partition.methods import by_size, kmeans, spectral, ward


def blobs(n=240, k=4, d=12, spread=0.35, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % k
    centres = rng.normal(size=(k, d))
    return unit_rows((centres[truth] + spread * rng.normal(size=(n, d))).astype(np.float32)), truth


def graph_of(vectors, count=10):
    return neighbour_graph(neighbours(vectors, count)[0], count)


def test_neighbours_agree_with_brute_force():
    vectors, _ = blobs(n=70)
    index, similarity = neighbours(vectors, 5)
    table = vectors @ vectors.T
    np.fill_diagonal(table, -np.inf)
    assert np.array_equal(index, np.argsort(-table, axis=1, kind="stable")[:, :5])
    assert np.allclose(similarity, np.take_along_axis(table, index, axis=1))


def test_queries_may_find_themselves():
    vectors, _ = blobs(n=30)
    index, similarity = neighbours(vectors, 3, vectors[:4])
    assert index[:, 0].tolist() == [0, 1, 2, 3]
    assert np.allclose(similarity[:, 0], 1, atol=1e-5)


def test_few_rows_have_few_neighbours():
    vectors, _ = blobs(n=3, k=2)
    assert neighbours(vectors, 15)[0].shape == (3, 2)


def test_the_graph_is_symmetric_and_counts_mutual_edges_double():
    vectors, _ = blobs(n=60)
    graph = graph_of(vectors, 5)
    assert abs(graph - graph.T).max() == 0
    assert set(np.unique(graph.data)) <= {0.5, 1.0}


@given(st.integers(2, 5), st.integers(0, 50))
def test_modularity_is_bounded_and_zero_for_one_cluster(k, seed):
    vectors, _ = blobs(n=40, seed=seed)
    graph = graph_of(vectors, 4)
    labels = np.random.default_rng(seed).integers(k, size=40)
    assert -1 <= modularity(graph, labels) <= 1
    assert modularity(graph, np.zeros(40, np.int64)) == pytest.approx(0)


def test_modularity_of_two_cliques_is_one_half():
    block = np.ones((5, 5)) - np.eye(5)
    import scipy.sparse as sp

    graph = sp.csr_matrix(np.kron(np.eye(2), block))
    assert modularity(graph, np.repeat([0, 1], 5)) == pytest.approx(0.5)


@pytest.mark.parametrize("n", [120, 600])
def test_spectral_finds_what_scikit_learn_finds(n):
    vectors, _ = blobs(n=n, k=5, spread=0.5)
    graph = graph_of(vectors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = SpectralClustering(
            5, affinity="precomputed", assign_labels="cluster_qr", random_state=0
        ).fit_predict(graph)
    assert adjusted_rand_score(theirs, spectral(graph, 5, 0)) > 0.98


@pytest.mark.parametrize("method", ["kmeans", "ward", "spectral"])
def test_each_method_recovers_blobs_and_is_reproducible(method):
    vectors, truth = blobs()
    graph = graph_of(vectors)
    fit = {
        "kmeans": lambda: kmeans(vectors, 4, 0),
        "ward": lambda: ward(vectors, 4),
        "spectral": lambda: spectral(graph, 4, 0),
    }[method]
    labels = fit()
    assert adjusted_rand_score(truth, labels) > 0.95
    assert np.array_equal(labels, fit())


def test_two_noisy_views_fused_are_better_than_each():
    views, truths = zip(*(blobs(n=400, k=5, spread=1.1, seed=seed) for seed in (0, 1)), strict=True)
    graphs = [graph_of(view) for view in views]
    alone = [adjusted_rand_score(truths[0], spectral(graph, 5, 0)) for graph in graphs]
    fused = fuse_graphs(graphs, [1.0, 1.0])
    assert adjusted_rand_score(truths[0], spectral(fused, 5, 0)) > max(alone) + 0.05


def test_smoothing_draws_groups_together():
    vectors, truth = blobs(spread=0.8)
    smoothed = smooth(vectors, graph_of(vectors), 2)
    same = truth[:, None] == truth[None, :]
    gap = lambda v: (v @ v.T)[same].mean() - (v @ v.T)[~same].mean()  # noqa: E731
    assert np.allclose(np.linalg.norm(smoothed, axis=1), 1, atol=1e-5)
    assert gap(smoothed) > gap(vectors) + 0.05
    assert np.array_equal(smooth(vectors, graph_of(vectors), 0), vectors)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_labels_by_size_name_the_same_partition(raw):
    labels = by_size(np.array(raw))
    counts = np.bincount(labels)
    assert list(counts) == sorted(counts, reverse=True)
    assert adjusted_rand_score(raw, labels) == 1


def test_labels_by_size_count_the_rows_behind_each_entry():
    assert by_size(np.array([0, 0, 1]), np.array([1, 1, 9])).tolist() == [1, 1, 0]
