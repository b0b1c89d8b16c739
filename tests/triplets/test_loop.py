from __future__ import annotations

import json

import numpy as np
import pytest
from triplet_fakes import blobs, corrupted, oracle_of, partition_of, texts_of, view_of

from localcluster.evidence import to_json
from localcluster.scoring.metrics import clustering_accuracy
from localcluster.store.answers import AnswerStore
from localcluster.triplets import improve
from localcluster.triplets.gate import GATE_Z, MIN_HELD_OUT
from localcluster.triplets.moves import Mover

N = 400


class Case:
    """A partition of blobs with a fifth of the rows in a wrong cluster."""

    def __init__(self, n=N, share=0.2, spread=0.8, seed=0, **simulated):
        self.vectors, self.truth = blobs(n, 3, spread=spread, seed=seed)
        self.partition = partition_of(self.vectors, corrupted(self.truth, share, seed))
        self.oracle = oracle_of(self.truth, seed=seed, **simulated)
        self.refits = []

    def refit(self, views):
        self.refits.append(views)
        return partition_of(views[0].vectors, self.partition.labels)

    def improved(self, **settings):
        given = {"triplets": 200, "method": "none", **settings}
        views = [view_of(self.vectors)]
        return improve(self.partition, views, texts_of(len(self.truth)), self.oracle, self.refit, **given)

    def accuracy(self, labels):
        return clustering_accuracy(self.truth, labels)


def test_a_perfect_oracle_repairs_a_partition():
    case = Case()
    found = case.improved()
    assert found.rounds[0].adopted
    # More than the neighbours' votes alone, which stand in the moves too.
    alone = Mover(case.vectors, case.partition.labels, 0).place(case.partition.labels, []).labels
    assert case.accuracy(found.partition.labels) > case.accuracy(alone) + 0.03
    assert case.accuracy(found.partition.labels) > case.accuracy(case.partition.labels) + 0.1
    assert (found.partition.labels != case.partition.labels).any()
    assert "round 1" in found.partition.notes[-1]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["none", "head"])
def test_coin_flips_change_nothing_over_many_seeds(method):
    adopted = []
    for seed in range(30 if method == "none" else 5):
        case = Case(accuracy=0.5, seed=seed)
        found = case.improved(seed=seed, method=method)
        if found.rounds[0].adopted:
            adopted.append(seed)
            continue
        assert found.partition is case.partition
        assert found.views[0].vectors is case.vectors
    assert adopted == []


@pytest.mark.parametrize("simulated", [{"order_bias": 1.0}, {"abstention": 1.0}])
def test_an_oracle_that_says_nothing_changes_nothing(simulated):
    case = Case(**simulated)
    found = case.improved()
    assert found.partition is case.partition
    (only,) = found.rounds
    assert only.abstained == only.asked
    assert only.estimated_accuracy == 0.5
    assert only.moves.n == 0


def test_an_oracle_that_is_always_wrong_changes_what_it_cannot_check():
    """Second opinions come from the same oracle: one that errs the same way twice is believed.

    Calibration is what refuses such an oracle, not the gate.
    """
    assert Case(accuracy=0.0).improved().rounds[0].adopted


def test_rounds_end_where_nothing_is_adopted_and_stop_at_their_number():
    assert len(Case(accuracy=0.5).improved(rounds=4).rounds) == 1
    several = Case(n=600).improved(rounds=2, triplets=150)
    assert [found.number for found in several.rounds] == [1, 2]
    assert several.rounds[0].adopted


def test_a_later_round_asks_what_was_not_asked_before():
    found = Case(n=600).improved(rounds=2, triplets=150)
    asked = [
        (query, *sorted(choices))
        for batch in found.evidence.all
        for query, *choices in batch.questions.tolist()
    ]
    assert len(asked) == sum(each.asked for each in found.rounds)
    assert len(set(asked)) == len(asked)


def test_one_call_one_result():
    one, two = Case().improved(rounds=2), Case().improved(rounds=2)
    np.testing.assert_array_equal(one.partition.labels, two.partition.labels)
    np.testing.assert_array_equal(one.partition.confidence, two.partition.confidence)
    assert [each.evidence() for each in one.rounds] == [each.evidence() for each in two.rounds]


def test_the_second_time_all_answers_come_from_the_store(tmp_path):
    results = []
    for _ in range(2):
        with AnswerStore.open(tmp_path / "answers.sqlite") as store:
            case = Case(accuracy=0.9)
            case.oracle = oracle_of(case.truth, store, accuracy=0.9)
            results.append((case.improved(rounds=2), case.oracle.asked, case.oracle.recalled))
            assert all(count.repeated == 0 for count in store.counts())
    (first, asked, recalled), (again, asked_again, recalled_again) = results
    assert recalled == asked_again == 0
    assert asked == recalled_again > 0
    np.testing.assert_array_equal(first.partition.labels, again.partition.labels)


def test_training_and_held_out_answers_are_recorded_apart():
    case, seen = Case(), []
    found = case.improved(record=lambda answers, purpose, number: seen.append((purpose, number, answers)))
    assert [(purpose, number) for purpose, number, _ in seen] == [("training", 1), ("held out", 1)]
    trained, held_out = (
        {(query, *sorted(choices)) for query, *choices in answers.questions.tolist()} for *_, answers in seen
    )
    assert not trained & held_out
    assert len(trained) + len(held_out) == found.rounds[0].asked


@pytest.mark.parametrize("triplets", [1, 2, 3, 10, 31])
def test_few_triplets_are_asked_and_adopt_nothing(triplets):
    case = Case()
    found = case.improved(triplets=triplets)
    assert found.partition is case.partition
    assert sum(each.asked for each in found.rounds) <= triplets
    # One answer could move a row and none could check the move.
    assert bool(found.rounds) == (triplets > 1)
    assert all(str(MIN_HELD_OUT) in each.evidence().reason for each in found.rounds)


@pytest.mark.parametrize("method", ["none", "head"])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 8])
def test_a_handful_of_rows_is_no_error(n, method):
    for k in range(1, n + 1):
        case = Case(n=n, share=0)
        case.partition = partition_of(case.vectors, np.arange(n) % k)
        found = case.improved(method=method)
        assert found.partition is case.partition


def test_small_budgets_leave_enough_to_check_with():
    case = Case(n=120, spread=0.7)
    found = case.improved(triplets=60)
    assert found.rounds[0].moves.n == MIN_HELD_OUT
    assert found.rounds[0].adopted


def test_a_round_asks_about_half_of_the_rows_at_most():
    found = Case(n=100).improved(triplets=5000)
    assert found.rounds[0].asked <= 50


def test_equal_rows_are_no_error():
    vectors = np.ones((200, 4), np.float32) / 2
    case = Case(n=200)
    case.vectors, case.partition = vectors, partition_of(vectors, case.partition.labels)
    found = case.improved(method="head")
    assert np.isfinite(found.partition.confidence).all()
    assert set(found.partition.labels.tolist()) == {0, 1, 2}


def test_clusters_are_numbered_by_the_rows_they_stand_for():
    case = Case()
    counts = np.where(case.truth == 2, 5, 1)
    found = case.improved(counts=counts)
    assert found.rounds[0].adopted
    weights = np.bincount(found.partition.labels, weights=counts)
    assert (np.diff(weights) <= 0).all()


def test_confidence_is_a_share_of_each_row_in_its_own_cluster():
    case = Case()
    found = case.improved().partition
    assert found.confidence.dtype == np.float32
    assert found.confidence.shape == case.truth.shape
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    # It is worth something: the surer half is more often right.
    majority = np.array([np.bincount(case.truth[found.labels == c]).argmax() for c in range(3)])
    right = majority[found.labels] == case.truth
    sure = found.confidence > np.median(found.confidence)
    assert right[sure].mean() > right[~sure].mean()


def test_auto_adapts_nothing_to_answers_read_off_a_view():
    case = Case()
    case.oracle.scorer.per_item = True
    assert case.improved(method="auto").rounds[0].embedding is None


def loud(case, seed=0):
    """Adds to each row more that says nothing about its blob than what says something."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([case.vectors, rng.normal(size=case.vectors.shape) / 2], axis=1)
    case.vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    case.partition = partition_of(case.vectors, case.partition.labels)
    return case


def test_an_adapted_embedding_is_partitioned_anew_where_held_out_answers_support_it():
    case = loud(Case(n=1200, spread=0.4, uninformative="abstain"))
    found = case.improved(method="head", triplets=600)
    (embedding,) = (found.rounds[0].embedding,)
    assert found.rounds[0].embedding_adopted == embedding.verdict.adopted == (embedding.verdict.z >= GATE_Z)
    assert embedding.verdict.adopted
    assert found.views[0].vectors is embedding.vectors
    assert len(case.refits) == 1
    assert case.refits[0][0].vectors is embedding.vectors


def test_the_record_of_a_round_is_json():
    for simulated, method in (({}, "head"), ({"accuracy": 0.5}, "none"), ({"abstention": 1.0}, "head")):
        for found in Case(**simulated).improved(method=method).rounds:
            record = found.evidence()
            json.dumps(to_json(record), allow_nan=False)
            assert record.checked == found.moves.n
            assert 0 <= record.supported <= 1
            assert record.adopted == (record.z >= GATE_Z)
            assert record.reason.endswith(".")
            assert (record.embedding is None) == (method == "none")
