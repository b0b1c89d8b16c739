from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from triplet_fakes import answers_of, blobs, clustered

from localcluster.embed.view import unit_rows
from localcluster.partition.vote import VOTERS
from localcluster.triplets import membership_of, with_answers
from localcluster.triplets.membership import OWN_WEIGHT, Neighbourhood, assign


@pytest.mark.slow
@given(clustered())
def test_membership_is_a_distribution_over_clusters(data):
    vectors, labels = data
    found = membership_of(unit_rows(vectors), labels)
    assert found.shape == (len(labels), labels.max() + 1)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def test_neighbours_vote_by_cosine_and_the_own_label_counts_too():
    vectors, labels = blobs(50, 3)
    found = membership_of(vectors, labels)
    for row in (0, 17, 49):
        cosine = vectors @ vectors[row]
        cosine[row] = -np.inf
        near = np.argsort(-cosine)[:VOTERS]
        votes = np.bincount(labels[near], weights=np.maximum(cosine[near], 1e-6), minlength=3)
        expected = votes / votes.sum() + OWN_WEIGHT * (np.arange(3) == labels[row])
        np.testing.assert_allclose(found[row], expected / (1 + OWN_WEIGHT), rtol=1e-4)


def test_many_rows_are_judged_by_a_sample_that_the_seed_draws(monkeypatch):
    vectors, labels = blobs(200, 3, spread=0.2)
    monkeypatch.setattr("localcluster.triplets.membership.MAX_VOTING_ROWS", 50)
    found = Neighbourhood(vectors, seed=1).membership(labels, labels)
    assert (found.argmax(axis=1) == labels).mean() > 0.98
    np.testing.assert_array_equal(found, Neighbourhood(vectors, seed=1).membership(labels, labels))
    assert (found != Neighbourhood(vectors, seed=2).membership(labels, labels)).any()


PRIOR = np.array([[0.6, 0.4, 0.0], [0.2, 0.3, 0.5], [0.0, 0.0, 1.0]], np.float32)
LABELS = np.array([0, 1, 2])


def test_an_answer_moves_a_row_by_bayes_rule():
    unmoved = with_answers(PRIOR, LABELS, [])
    found = with_answers(PRIOR, LABELS, [answers_of([[2, 0, 1]], 0.9)])
    odds = found[2] / unmoved[2]
    np.testing.assert_allclose(odds[0] / odds[1], 0.9 / 0.1, rtol=1e-5)
    np.testing.assert_allclose(odds[0] / odds[2], 2 * 0.9, rtol=1e-5)
    np.testing.assert_allclose(found[:2], unmoved[:2])


@given(st.floats(0, 1, width=32), st.permutations([0, 1, 2]))
def test_a_question_asked_the_other_way_round_says_the_same(probability, rows):
    query, one, two = rows
    given = with_answers(PRIOR, LABELS, [answers_of([[query, one, two]], probability)])
    turned = with_answers(PRIOR, LABELS, [answers_of([[query, two, one]], 1 - probability)])
    np.testing.assert_allclose(given, turned, atol=1e-5)


@pytest.mark.parametrize(
    "nothing",
    [
        answers_of([[0, 1, 2]], 0.5),
        answers_of([[0, 1, 2]], 0.99, [True]),
        answers_of([[0, 1, 3]], 0.99),
        answers_of(np.empty((0, 3)), 0.9),
    ],
    ids=["coin flip", "abstained", "choices of one cluster", "no question"],
)
def test_what_says_nothing_changes_nothing(nothing):
    labels = np.array([0, 1, 2, 1])
    prior = np.concatenate([PRIOR, PRIOR[1:2]])
    np.testing.assert_allclose(
        with_answers(prior, labels, [nothing]), with_answers(prior, labels, []), rtol=1e-6
    )


def test_answers_add_up_whatever_their_batches_and_order():
    one, two = answers_of([[2, 0, 1]], 0.8), answers_of([[2, 1, 0]], 0.7)
    both = answers_of([[2, 1, 0], [2, 0, 1]], [0.7, 0.8])
    apart = with_answers(PRIOR, LABELS, [one, two])
    np.testing.assert_allclose(apart, with_answers(PRIOR, LABELS, [both]), rtol=1e-6)


def test_certain_answers_that_disagree_leave_numbers():
    labels = np.array([0, 1, 0])
    prior = np.full((3, 2), 0.5, np.float32)
    contradiction = answers_of([[2, 0, 1], [2, 1, 0], [1, 0, 1]], [1.0, 1.0, 0.0])
    found = with_answers(prior, labels, [contradiction])
    np.testing.assert_allclose(found[2], 0.5)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def test_no_cluster_is_out_of_the_question():
    answers = answers_of([[2, 0, 1]] * 8, 0.95)
    assert with_answers(PRIOR, LABELS, [answers])[2].argmax() == 0


def test_fixed_rows_stay():
    posterior = np.array([[0.1, 0.9], [0.9, 0.1], [0.1, 0.9]], np.float32)
    np.testing.assert_array_equal(assign(posterior, np.array([0, 1, 0]), np.array([0])), [0, 0, 1])
