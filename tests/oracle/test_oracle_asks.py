from __future__ import annotations

import numpy as np
import pytest
from oracle_fakes import CountingScorer
from scipy.special import expit

from localcluster.oracle import Oracle, calibrate
from localcluster.store.answers import AnswerStore
from localcluster.testing import SimulatedScorer

VALUES = [0.0, 1.0, 5.0, 6.0, 2.0]
TEXTS = ["zero", "one", "five", "six", "two"]
TRIPLETS = np.array([[0, 1, 2], [2, 0, 3], [4, 1, 3]], dtype=np.int64)
PAIRS = np.array([[0, 1], [0, 3]], dtype=np.int64)


@pytest.fixture
def store(tmp_path):
    with AnswerStore.open(tmp_path / "answers.sqlite") as opened:
        yield opened


def test_both_orders_are_read_and_their_mean_decides():
    scorer = CountingScorer(VALUES)
    answers = Oracle(scorer, TEXTS).ask_triplets(TRIPLETS)
    np.testing.assert_array_equal(answers.first, [True, False, True])
    np.testing.assert_allclose(answers.scores[:, 0], answers.scores[:, 1])
    np.testing.assert_allclose(answers.probability, expit(answers.scores[:, 0]), rtol=1e-6)
    assert answers.consistent.all()
    assert sorted(scorer.seen) == sorted([*map(tuple, TRIPLETS), *map(tuple, TRIPLETS[:, [0, 2, 1]])])


def test_an_oracle_that_always_says_first_abstains_and_is_inconsistent():
    simulated = SimulatedScorer([0, 0, 1, 1, 0], order_bias=1.0)
    answers = Oracle(simulated, TEXTS).ask_triplets(TRIPLETS)
    assert answers.abstained.all()
    assert not answers.consistent.any()


def test_pairs_are_read_in_both_orders():
    answers = Oracle(CountingScorer(VALUES), TEXTS).ask_pairs(np.array([[0, 4], [0, 3], [0, 1]]))
    np.testing.assert_allclose(answers.scores, [[-1, -1], [-5, -5], [0, 0]])
    np.testing.assert_array_equal(answers.abstained, [False, False, True])


def test_a_question_is_asked_once_in_a_batch_also_turned_round():
    scorer = CountingScorer(VALUES)
    oracle = Oracle(scorer, TEXTS)
    answers = oracle.ask_triplets(np.concatenate([TRIPLETS, TRIPLETS, TRIPLETS[:, [0, 2, 1]]]))
    assert len(scorer.seen) == len(set(scorer.seen)) == oracle.asked == 6
    np.testing.assert_allclose(answers.scores[:3], -answers.scores[6:])


def test_a_later_oracle_recalls_all_readings_bit_for_bit(store):
    first = Oracle(CountingScorer(VALUES), TEXTS, store).ask_triplets(TRIPLETS)
    # Row numbers may change between runs; the texts are what counts.
    order = np.array([3, 1, 4, 0, 2])
    place = np.argsort(order)
    scorer = CountingScorer(np.array(VALUES)[order])
    oracle = Oracle(scorer, [TEXTS[row] for row in order], store)
    again = oracle.ask_triplets(place[TRIPLETS])
    assert (scorer.seen, oracle.asked, oracle.recalled) == ([], 0, 6)
    np.testing.assert_array_equal(first.scores, again.scores)
    assert all(count.repeated == 0 for count in store.counts())


def test_another_fingerprint_and_another_kind_are_other_questions(store):
    Oracle(CountingScorer(VALUES), TEXTS, store).ask_triplets(TRIPLETS)
    other = Oracle(CountingScorer(VALUES, "other"), TEXTS, store)
    other.ask_triplets(TRIPLETS)
    other.ask_pairs(PAIRS)
    assert (other.asked, other.recalled) == (6 + 4, 0)


def test_a_killed_batch_goes_on_behind_its_last_stored_chunk(store):
    questions = np.array([[0, a, b] for a in range(1, 5) for b in range(1, 5) if a < b], dtype=np.int64)
    killed = CountingScorer(VALUES, fails_after=2)
    with pytest.raises(KeyboardInterrupt):
        Oracle(killed, TEXTS, store, chunk=2).ask_triplets(questions)
    scorer = CountingScorer(VALUES)
    oracle = Oracle(scorer, TEXTS, store, chunk=2)
    resumed = oracle.ask_triplets(questions)
    assert oracle.recalled == len(killed.seen) == 8
    assert not set(scorer.seen) & set(killed.seen)
    whole = Oracle(CountingScorer(VALUES), TEXTS).ask_triplets(questions)
    np.testing.assert_array_equal(resumed.scores, whole.scores)
    np.testing.assert_array_equal(resumed.probability, whole.probability)


def test_progress_counts_questions():
    done = []
    Oracle(CountingScorer(VALUES), TEXTS, chunk=2).ask_triplets(TRIPLETS, lambda *c: done.append(c))
    assert done == [(2, 3), (3, 3)]


def test_no_questions_give_no_answers(store):
    answers = Oracle(CountingScorer(VALUES), TEXTS, store).ask_triplets(np.zeros((0, 3), np.int64))
    assert len(answers) == 0
    assert answers.scores.shape == (0, 2)


def test_calibration_decides_about_probability_and_threshold():
    # Every pair scores below 0; near ones less so.
    scores = np.tile([[-1.0], [-5.0]], (20, 2))
    calibration = calibrate("counting", "pair", scores, np.tile([True, False], 20))
    answers = Oracle(CountingScorer(VALUES), TEXTS, calibration=calibration).ask_pairs(
        np.array([[0, 4], [0, 3]])
    )
    np.testing.assert_array_equal(answers.first, [True, False])
    assert answers.consistent.all()
    assert answers.middle == pytest.approx(-3, abs=0.5)


def test_a_calibration_of_another_kind_is_refused():
    calibration = calibrate("counting", "pair", np.ones((20, 2)), np.ones(20, bool))
    with pytest.raises(ValueError, match="pair questions, not of triplet"):
        Oracle(CountingScorer(VALUES), TEXTS, calibration=calibration).ask_triplets(TRIPLETS)


@pytest.mark.parametrize("questions", [np.zeros((2, 2), int), np.array([[0, 1, 5]]), np.array([[-1, 0, 1]])])
def test_questions_that_fit_no_texts_are_refused(questions):
    with pytest.raises(ValueError, match="questions"):
        Oracle(CountingScorer(VALUES), TEXTS).ask_triplets(questions)


def test_decisions_are_recorded_with_their_readings(store):
    oracle = Oracle(CountingScorer(VALUES), TEXTS, store)
    oracle.record(oracle.ask_triplets(TRIPLETS), "training", 1, run="here")
    oracle.record(oracle.ask_pairs(np.array([[0, 1], [0, 3]])), "granularity", 0, run="here")
    rows = list(store.rows())
    assert [row["answer"] for row in rows] == ["choice 1", "choice 2", "choice 1", "abstained", "different"]
    assert [row["score"] == row["score_swapped"] for row in rows] == [True] * 5
    assert rows[0]["query"], rows[0]["text_1"] == ("zero", "one")


def test_without_a_store_there_is_nothing_to_record():
    oracle = Oracle(CountingScorer(VALUES), TEXTS)
    oracle.record(oracle.ask_triplets(TRIPLETS), "training", 0)
