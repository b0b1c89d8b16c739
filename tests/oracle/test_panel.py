from __future__ import annotations

import json

import numpy as np
import pytest

from localcluster.embed.view import Standardizer, View, unit_rows
from localcluster.evidence import to_json
from localcluster.oracle import Oracle, calibrate, choose_scorer, easy_triplets, hold_panel, scorers_of
from localcluster.oracle.calibration import MIN_QUESTIONS
from localcluster.oracle.trial import ALL_QUESTIONS
from localcluster.store.answers import AnswerStore
from localcluster.testing import ScriptedModel, SimulatedScorer

N = 300
TEXTS = [f"text {row}" for row in range(N)]


@pytest.fixture(scope="module")
def data():
    """Unit rows in three clear blobs, and the blob of each."""
    rng = np.random.default_rng(0)
    truth = np.arange(N) % 3
    rows = 3 * np.eye(3, 6)[truth] + 0.4 * rng.normal(size=(N, 6))
    return unit_rows(rows.astype(np.float32)), truth


@pytest.fixture
def store(tmp_path):
    with AnswerStore.open(tmp_path / "answers.sqlite") as opened:
        yield opened


class Named(SimulatedScorer):
    """A simulated scorer under a name of its own, that counts what it is asked."""

    def __init__(self, name, truth, per_item=False, **settings):
        super().__init__(truth, **settings)
        self.name, self.per_item = name, per_item
        self.fingerprint += name
        self.readings = 0

    def triplets(self, triplets, progress=None):
        self.readings += len(triplets)
        return super().triplets(triplets)

    def pairs(self, pairs, progress=None):
        self.readings += len(pairs)
        return super().pairs(pairs)


def held(data, *scorers, kind="triplet", **settings):
    return hold_panel(kind, scorers, TEXTS, [data[0]], 0, **settings)


@pytest.mark.parametrize("kind", ["triplet", "pair"])
def test_scorers_at_chance_are_all_refused_in_words(data, kind):
    truth = data[1]
    panel = held(
        data,
        Named("coin", truth, accuracy=0.5),
        Named("silent", truth, abstention=1.0),
        Named("first", truth, order_bias=1.0),
        kind=kind,
    )
    assert panel.oracle is None
    assert not any(found.accepted for found in panel.calibrations)
    assert "None of 3 ways" in panel.why
    assert all("not used" in row.reason for row in panel.evidence())


@pytest.mark.parametrize("kind", ["triplet", "pair"])
def test_the_one_that_can_tell_is_chosen_and_calibrated(data, kind):
    truth = data[1]
    good = Named("good", truth, accuracy=0.9)
    panel = held(
        data, Named("coin", truth, accuracy=0.5), good, Named("silent", truth, abstention=1.0), kind=kind
    )
    assert panel.oracle is not None
    assert panel.oracle.scorer is good
    calibration = panel.oracle.calibration
    assert (calibration.scorer, calibration.kind) == ("good", kind)
    assert calibration.low < 0.9 < calibration.high
    assert '"good"' in panel.why
    assert "best of 3" in panel.why


def test_the_better_of_two_is_chosen_wherever_it_stands(data):
    truth = data[1]
    best, fair = Named("best", truth, accuracy=1.0), Named("fair", truth, accuracy=0.8)
    assert held(data, best, fair).oracle.scorer is best
    assert held(data, fair, best).oracle.scorer is best


@pytest.mark.parametrize("kind", ["triplet", "pair"])
def test_the_hopeless_are_stopped_early_and_it_is_said(data, kind):
    truth = data[1]
    scorers = [
        Named("coin", truth, accuracy=0.5),
        Named("first", truth, order_bias=1.0),
        Named("good", truth, accuracy=0.95),
        Named("coin of vectors", truth, per_item=True, accuracy=0.5),
    ]
    panel = held(data, *scorers, kind=kind)
    coin, first, good, of_vectors = panel.calibrations
    assert coin.n < ALL_QUESTIONS and first.n < ALL_QUESTIONS
    assert (good.n, of_vectors.n) == (ALL_QUESTIONS, ALL_QUESTIONS)
    for scorer, found in zip(scorers, panel.calibrations, strict=True):
        assert scorer.readings <= 2 * found.n, "both orders of each"
    assert panel.asked == sum(scorer.readings for scorer in scorers)
    assert panel.oracle.scorer.name == "good"
    for refused in (coin, first):
        assert not refused.accepted
        assert f"stopped after {refused.n} questions" in refused.reason
        assert "was not used" in refused.reason


def test_who_cannot_beat_the_best_so_far_is_asked_no_further(data):
    truth = data[1]
    fair = Named("fair", truth, accuracy=0.7)
    good = Named("good", truth, accuracy=0.95)
    found = held(data, good, fair).calibrations[1]
    assert found.n <= 32
    assert 'could not beat "good"' in found.reason
    assert held(data, fair, good).calibrations[1].n == ALL_QUESTIONS


def test_who_cannot_beat_the_best_whatever_it_says_is_asked_nothing(data):
    truth = data[1]
    best, other = Named("best", truth, accuracy=1.0), Named("other", truth, accuracy=1.0)
    panel = held(data, best, other)
    assert panel.oracle.scorer is best
    assert other.readings == 0
    assert "was asked no question" in panel.calibrations[1].reason
    assert not panel.calibrations[1].accepted


@pytest.mark.slow
@pytest.mark.parametrize(("accuracy", "alike"), [(0.65, 8), (0.8, 10), (0.9, 10)])
def test_stopping_early_chooses_as_asking_everything_does(data, accuracy, alike):
    """But for scorers that just pass, or just do not."""
    questions, truth = easy_triplets([data[0]], ALL_QUESTIONS, 0)
    same = 0
    for seed in range(10):
        scorers = [
            Named(name, data[1], accuracy=share, seed=seed)
            for name, share in (("coin", 0.5), ("one", accuracy), ("other", accuracy))
        ]
        full = [
            calibrate(s.name, "triplet", Oracle(s, TEXTS).ask_triplets(questions).scores, truth)
            for s in scorers
        ]
        best, chosen = choose_scorer(full), held(data, *scorers).oracle
        same += (best and best.scorer) == (chosen and chosen.scorer.name)
    assert same >= alike


def test_a_trial_may_not_cost_more_texts_than_given(data):
    truth = data[1]
    costly = {"triplet": 8, "pair": 4}
    scorers = [Named(name, truth, accuracy=0.9) for name in ("a", "b")]
    for scorer in scorers:
        scorer.texts_read = costly
    first, second = held(data, *scorers, texts=640).calibrations
    assert first.n == 40
    assert second.n <= 40
    assert held(data, *scorers, texts=640, kind="pair").calibrations[0].n == 80
    # However few texts, the questions that decide are asked.
    assert held(data, scorers[0], texts=1).calibrations[0].n == MIN_QUESTIONS


def test_a_repeated_panel_asks_nothing_and_finds_the_same(data, store):
    truth = data[1]
    scorers = [Named("good", truth, accuracy=0.9), Named("coin", truth, accuracy=0.5)]
    first = held(data, *scorers, store=store)
    assert first.asked == 2 * sum(found.n for found in first.calibrations)
    again = held(data, *scorers, store=store)
    assert again.asked == 0
    assert again.calibrations == first.calibrations
    assert all(count.repeated == 0 for count in store.counts())


def test_a_panel_that_was_killed_asks_the_rest_only(data, store):
    truth = data[1]

    class Killed(Named):
        def triplets(self, triplets, progress=None):
            if self.readings >= 48:
                raise KeyboardInterrupt
            return super().triplets(triplets)

    whole = held(data, Named("good", truth, accuracy=0.9))
    with pytest.raises(KeyboardInterrupt):
        held(data, Killed("good", truth, accuracy=0.9), store=store)
    resumed = held(data, Named("good", truth, accuracy=0.9), store=store)
    assert resumed.calibrations == whole.calibrations
    assert resumed.recalled == 48
    assert resumed.asked == whole.asked - 48


@pytest.mark.slow
def test_decisions_of_all_scorers_and_kinds_stay_side_by_side(data, store):
    truth = data[1]
    scorers = [Named(name, truth, accuracy=0.9) for name in ("a", "b", "c", "d")]
    # The panel of pairs is shorter: not every scorer can tell "same".
    held(data, *scorers[2:], kind="pair", store=store)
    held(data, *scorers, store=store)
    decided = {(row["kind"], row["scorer"]) for row in store.rows() if row["answer"]}
    assert decided == {("triplet", name) for name in "abcd"} | {("pair", "c"), ("pair", "d")}


def test_rows_without_easy_questions_refuse_everyone():
    same = np.ones((5, 3), np.float32) / np.sqrt(np.float32(3))
    for kind in ("triplet", "pair"):
        panel = hold_panel(kind, [SimulatedScorer(range(5))], TEXTS[:5], [same], 0)
        assert panel.oracle is None
        assert "only 0 easy questions" in panel.calibrations[0].reason


def test_the_record_is_json_and_keeps_the_curve_to_itself(data):
    rows = held(data, Named("good", data[1]), Named("coin", data[1], accuracy=0.5)).evidence()
    assert json.dumps([to_json(row) for row in rows], allow_nan=False)
    assert [row.scorer for row in rows] == ["good", "coin"]


def test_progress_counts_scorers(data):
    seen = []
    held(
        data,
        Named("a", data[1]),
        Named("b", data[1]),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]


def test_every_way_to_ask_has_a_name_and_a_key_of_its_own(data):
    vectors = data[0]
    view = View("answers", "answers", vectors, Standardizer.identity(6))
    scorers = scorers_of(ScriptedModel(), "topic", TEXTS, view)
    assert len({scorer.name for scorer in scorers}) == len({s.fingerprint for s in scorers}) == len(scorers)
    other = scorers_of(ScriptedModel(), "sentiment", TEXTS, view)
    assert not {s.fingerprint for s in scorers[1:]} & {s.fingerprint for s in other[1:]}
    # Answers read off vectors tell near from far, not same from different.
    assert [scorer.name for scorer in scorers if not scorer.knows_same] != []
    assert scorers[0].per_item
