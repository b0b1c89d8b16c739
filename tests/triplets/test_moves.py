from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from triplet_fakes import answers_of, blobs, clustered, corrupted, oracle_of

from localcluster.embed.view import unit_rows
from localcluster.triplets.gate import MIN_HELD_OUT
from localcluster.triplets.moves import Mover, check_moves


def silent(done, total):
    pass


def mover_of(n=300, share=0.2, spread=0.8, seed=0):
    vectors, truth = blobs(n, 3, spread=spread, seed=seed)
    labels = corrupted(truth, share, seed)
    return Mover(vectors, labels, seed), truth


def questions_of(batches):
    return [tuple(row) for batch in batches for row in batch.questions.tolist()]


def test_right_answers_move_rows_to_the_right_clusters():
    mover, truth = mover_of()
    answers = mover.ask(oracle_of(truth, uninformative="abstain"), 150, [], silent)
    with_them, without = mover.place(mover.base, answers), mover.place(mover.base, [])
    right = [(labels == truth).mean() for labels in (mover.base, without.labels, with_them.labels)]
    assert right[2] > max(right[:2]) + 0.05


def test_as_many_are_asked_as_wanted_in_batches_that_differ(monkeypatch):
    monkeypatch.setattr("localcluster.triplets.moves.BATCH", 40)
    mover, truth = mover_of()
    seen = []
    answers = mover.ask(oracle_of(truth), 100, [], lambda done, total: seen.append((done, total)))
    assert [len(batch) for batch in answers[:1]] == [40]
    assert len(answers) == 3
    assert len(questions_of(answers)) <= 100
    assert seen == sorted(seen)
    assert all(done <= total == 100 for done, total in seen)
    asked = [(query, *sorted(choices)) for query, *choices in questions_of(answers)]
    assert len(set(asked)) == len(asked)


def test_a_question_is_not_asked_again_with_its_choices_turned():
    mover, truth = mover_of(60)
    queries = range(60)
    shown = mover.representatives
    everything = [
        [query, int(b), int(a)]
        for query in queries
        for one in range(3)
        for two in range(one)
        for a in shown[one]
        for b in shown[two]
    ]
    seen = [answers_of(everything, 0.6)]
    assert questions_of(mover.ask(oracle_of(truth), 30, seen, silent)) == []


def test_second_opinions_use_exemplars_that_the_row_was_not_shown():
    mover, truth = mover_of()
    answers = mover.ask(oracle_of(truth), 200, [], silent)
    moves = mover.place(mover.base, answers)
    second = mover.second_opinions(moves, answers, 80)
    assert len(second) >= MIN_HELD_OUT
    shown = {}
    for query, *choices in questions_of(answers):
        shown.setdefault(query, set()).update(choices)
    for row, new, old in second.tolist():
        assert not shown.get(row, set()) & {new, old}
        assert moves.labels[row] == mover.base[new] != mover.base[old] == mover.base[row]
        assert {new, old} <= set(mover.representatives.ravel().tolist())
        assert row not in (new, old)
    assert len(set(second[:, 0].tolist())) == len(second)


def test_a_row_that_has_seen_all_exemplars_gets_no_second_opinion():
    mover, _ = mover_of()
    row = next(r for r in range(300) if r not in mover.representatives)
    home = mover.base[row]
    new = (home + 1) % 3
    pairs = zip(mover.representatives[new].tolist(), mover.representatives[home].tolist(), strict=True)
    answers = [answers_of([[row, a, b] for a, b in pairs], 0.95)]
    moves = mover.place(mover.base, answers)
    assert moves.labels[row] == new
    assert row not in mover.second_opinions(moves, answers, 300)[:, 0]
    assert row in mover.second_opinions(moves, [], 300)[:, 0]


def test_without_moves_nothing_is_checked():
    vectors, truth = blobs(60, 3, spread=0.05)
    mover = Mover(vectors, truth, 0)
    answers, judged = check_moves(mover, mover.place(truth, []), [], oracle_of(truth), 20)
    assert len(answers) == judged.n == 0
    assert not judged.adopted


@pytest.mark.parametrize("accuracy", [1.0, 0.9, 0.5])
def test_second_opinions_support_right_moves_only(accuracy):
    mover, truth = mover_of(1000)
    oracle = oracle_of(truth, accuracy=accuracy)
    answers = mover.ask(oracle, 400, [], silent)
    _, judged = check_moves(mover, mover.place(mover.base, answers), answers, oracle, 150)
    assert judged.adopted == (accuracy > 0.5)


@pytest.mark.slow
@settings(deadline=None)
@given(clustered(), st.integers(0, 3), st.floats(0, 1))
def test_exemplars_never_move_and_no_cluster_empties(data, seed, accuracy):
    vectors, labels = data
    mover = Mover(unit_rows(vectors), labels, seed)
    oracle = oracle_of(np.random.default_rng(seed).permutation(labels), accuracy=accuracy, seed=seed)
    answers = mover.ask(oracle, 2 * len(labels), [], silent)
    moves = mover.place(mover.place(labels, answers).labels, answers)
    fixed = mover.representatives.ravel()
    np.testing.assert_array_equal(moves.labels[fixed], labels[fixed])
    assert set(moves.labels.tolist()) == set(labels.tolist())
    confidence = moves.confidence()
    assert confidence.shape == labels.shape
    assert ((confidence >= 0) & (confidence <= 1)).all()
