"""Runner-up and nearest exemplars of every row."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from localcluster.explain.evidence import nearest_exemplars, top_two
from localcluster.results import ClusterCard


def card(cluster, exemplars):
    return ClusterCard(cluster, 1, "", "", "words", (), exemplars, ())


def test_the_runner_up_is_the_best_of_the_others_also_where_it_is_the_most_probable():
    proba = np.array([[0.7, 0.2, 0.1], [0.6, 0.1, 0.3]], np.float32)
    top, runner_up = top_two(proba, np.array([0, 2]))
    assert np.allclose(top, [[0.7, 0.2], [0.3, 0.6]])
    assert runner_up.tolist() == [1, 0]


def test_one_cluster_has_no_runner_up():
    top, runner_up = top_two(np.ones((2, 1), np.float32), np.zeros(2, np.int64))
    assert top.tolist() == [[1, 0], [1, 0]] and runner_up.tolist() == [-1, -1]


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 5), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_top_two_are_ordered_like_the_probabilities(k, n, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(k), n).astype(np.float32)
    top, runner_up = top_two(proba, proba.argmax(axis=1))
    assert np.array_equal(top, -np.sort(-proba, axis=1)[:, :2])
    assert np.array_equal(runner_up, np.argsort(-proba, axis=1)[:, 1])


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 30), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_nearest_exemplars_are_the_nearest_and_never_the_row_itself(n, n_exemplars, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = [int(row) for row in rng.permutation(n)[:n_exemplars]]
    found = nearest_exemplars(vectors, [card(0, tuple(rows[::2])), card(1, tuple(rows[1::2]))], 3)
    for row in range(n):
        others = sorted(
            (other for other in rows if other != row), key=lambda o: -float(vectors[row] @ vectors[o])
        )
        near = [at for at in found[row].tolist() if at >= 0]
        assert len(near) == min(3, len(others)) and row not in near
        cosines = vectors[near] @ vectors[row]
        assert np.allclose(cosines, vectors[others[:3]] @ vectors[row], atol=1e-6)


def test_blocks_make_no_difference(monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    cards = [card(0, (3, 4, 49)), card(1, (10,))]
    whole = nearest_exemplars(vectors, cards)
    monkeypatch.setattr("localcluster.explain.evidence._BLOCK", 7)
    assert np.array_equal(nearest_exemplars(vectors, cards), whole)
    assert whole.shape == (50, 5) and (whole[0] >= 0).sum() == 4 and (whole[3] >= 0).sum() == 3


def test_without_exemplars_there_are_none():
    assert (nearest_exemplars(np.ones((3, 2), np.float32), []) == -1).all()
