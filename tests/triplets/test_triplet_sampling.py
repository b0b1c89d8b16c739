from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_uncertainty import by_the_paper
from triplet_fakes import blobs, clustered

from localcluster.triplets import STRATEGIES, membership_of, sample_triplets
from localcluster.triplets.sampling import EXEMPLARS, exemplar_triplets, exemplars, least_sure


def asked(triplets):
    """What is asked, whatever the order of the choices."""
    return {(query, *sorted(choices)) for query, *choices in triplets.tolist()}


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
@given(data=clustered(), n=st.integers(0, 60), seed=st.integers(0, 3))
def test_triplets_are_distinct_questions_about_three_rows(strategy, data, n, seed):
    vectors, labels = data
    triplets = sample_triplets(vectors, labels, n, random_state=seed, strategy=strategy)
    assert triplets.dtype == np.int64
    assert triplets.shape == (len(triplets), 3)
    assert len(triplets) <= n
    assert len(asked(triplets)) == len(triplets)
    assert all(len(set(row)) == 3 for row in triplets.tolist())
    if strategy != "random":
        assert (labels[triplets[:, 1]] != labels[triplets[:, 2]]).all()
    np.testing.assert_array_equal(
        triplets, sample_triplets(vectors, labels, n, random_state=seed, strategy=strategy)
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_three_rows_have_at_most_three_questions(strategy):
    vectors = np.array([[1, 0], [0, 1], [0.7, 0.7]], np.float32)
    for labels in (np.array([0, 1, 2]), np.array([0, 1, 1])):
        assert len(sample_triplets(vectors, labels, 50, random_state=0, strategy=strategy)) <= 3


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nothing_is_asked_where_nothing_can_be(strategy):
    two = np.eye(2, dtype=np.float32)
    assert sample_triplets(two, np.array([0, 1]), 5, random_state=0, strategy=strategy).shape == (0, 3)
    three = np.eye(3, dtype=np.float32)
    assert sample_triplets(three, np.zeros(3, np.int64), 5, random_state=0, strategy=strategy).shape == (0, 3)
    assert sample_triplets(three, np.arange(3), 0, random_state=0, strategy=strategy).shape == (0, 3)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_other_seeds_ask_other_questions_and_leave_the_global_generator_alone(strategy):
    vectors, labels = blobs(200, 5)
    before = np.random.get_state()[1].copy()  # noqa: NPY002, it is the global generator that must not move
    one, two = (sample_triplets(vectors, labels, 60, random_state=seed, strategy=strategy) for seed in (0, 1))
    assert asked(one) != asked(two)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_entropy_sampling_is_that_of_the_paper():
    """A straight transcription: sort by entropy, keep a fifth, draw two of the closest clusters, members."""
    n, k = 400, 150
    vectors, _ = blobs(n, k, seed=1)
    labels = np.random.default_rng(2).permutation(np.arange(n) % k)
    closest, _, entropy = by_the_paper(vectors, labels)
    fifth = np.argsort(-entropy, kind="stable")[: n // 5]
    possible = {
        (int(query), *sorted((int(one), int(two))))
        for query in fifth
        for place, a in enumerate(closest[query])
        for b in closest[query][place + 1 :]
        for one in np.flatnonzero(labels == a)
        for two in np.flatnonzero(labels == b)
        if query not in (one, two)
    }
    some = sample_triplets(vectors, labels, 300, random_state=0, strategy="entropy")
    assert len(some) == 300
    assert asked(some) <= possible
    # Queries come in turn, but for those drawn as their own choice, who wait for the next turn.
    assert len(set(some[: n // 5 // 2, 0].tolist())) == n // 5 // 2
    # Random members and clusters: given draws enough, all that the paper could ask is asked.
    every = asked(sample_triplets(vectors, labels, 20 * len(possible), random_state=0, strategy="entropy"))
    assert every == possible


def test_margin_sampling_asks_about_the_two_nearest_clusters():
    vectors, labels = blobs(300, 150, seed=1)
    closest, probability, _ = by_the_paper(vectors, labels)
    margin = probability[:, 0] - probability[:, 1]
    triplets = sample_triplets(vectors, labels, 60, random_state=0, strategy="margin")
    assert set(triplets[:, 0].tolist()) <= set(np.argsort(margin, kind="stable")[:60].tolist())
    pairs = np.sort(labels[triplets[:, 1:]], axis=1)
    np.testing.assert_array_equal(pairs, np.sort(closest[triplets[:, 0], :2], axis=1))


def test_exemplar_sampling_asks_the_least_sure_once_about_exemplars():
    vectors, labels = blobs(300, 5)
    membership = membership_of(vectors, labels)
    two = np.sort(membership, axis=1)[:, -2:]
    gap = two[:, 1] - two[:, 0]
    triplets = sample_triplets(vectors, labels, 40, random_state=0)
    queries = triplets[:, 0]
    assert len(set(queries.tolist())) == len(queries)
    assert gap[queries].max() <= np.sort(gap)[40]
    shown = exemplars(vectors, labels, membership)
    assert np.isin(triplets[:, 1:], shown).all()
    strongest = np.argsort(-membership[queries], axis=1)[:, :2]
    np.testing.assert_array_equal(np.sort(labels[triplets[:, 1:]], axis=1), np.sort(strongest, axis=1))


def test_choices_come_in_random_order():
    vectors, labels = blobs(300, 3)
    membership = membership_of(vectors, labels)
    for strategy in ("exemplar", "entropy", "margin"):
        triplets = sample_triplets(vectors, labels, 120, random_state=0, strategy=strategy)
        strong = membership[triplets[:, 0], labels[triplets[:, 1]]]
        weak = membership[triplets[:, 0], labels[triplets[:, 2]]]
        assert 0.3 < (strong > weak).mean() < 0.7, strategy


def test_a_given_membership_decides_who_is_asked():
    vectors, labels = blobs(30, 3)
    membership = np.tile(np.array([0.8, 0.2, 0.0], np.float32), (30, 1))
    membership[6] = [0.1, 0.46, 0.44]
    triplet = sample_triplets(vectors, labels, 1, random_state=0, membership=membership)[0]
    assert triplet[0] == 6
    assert set(labels[triplet[1:]]) == {1, 2}


@pytest.mark.slow
@given(clustered())
def test_exemplars_are_members_and_different_where_there_are_enough(data):
    vectors, labels = data
    shown = exemplars(vectors, labels, membership_of(vectors, labels))
    sizes = np.bincount(labels)
    assert shown.shape == (len(sizes), EXEMPLARS)
    for cluster, rows in enumerate(shown):
        assert (labels[rows] == cluster).all()
        assert len(set(rows.tolist())) == min(EXEMPLARS, sizes[cluster])


def test_exemplars_are_sure_first_and_central_second():
    vectors = np.array([[1, 0], [0.9, 0.1], [0.8, 0.6], [0, 1]], np.float32)
    labels = np.array([0, 0, 0, 1])
    membership = np.array([[0.9, 0.1], [0.9, 0.1], [0.99, 0.01], [0, 1]], np.float32)
    assert exemplars(vectors, labels, membership)[0, 0] == 2
    membership[2] = membership[0]
    centre = vectors[:3].mean(axis=0)
    assert exemplars(vectors, labels, membership)[0, 0] == (vectors[:3] @ centre).argmax()


def test_least_sure_names_the_strongest_first_and_ties_by_row():
    membership = np.array([[0.5, 0.5, 0], [0.1, 0.3, 0.6], [0.5, 0.5, 0]], np.float32)
    queries, clusters = least_sure(membership, 3)
    np.testing.assert_array_equal(queries, [0, 2, 1])
    np.testing.assert_array_equal(clusters, [[0, 1], [0, 1], [2, 1]])


def test_a_query_is_never_its_own_choice():
    shown = np.zeros((2, EXEMPLARS), np.int64)
    shown[1] = 1
    queries, clusters = np.array([0, 1, 2]), np.array([[0, 1]] * 3)
    triplets = exemplar_triplets(queries, clusters, shown, np.random.default_rng(0))
    np.testing.assert_array_equal(triplets[:, 0], [2])
