from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from localcluster.embed.view import Standardizer, View, unit_rows
from localcluster.evidence import from_json, to_json
from localcluster.partition import best_wording, fit_partition, vote
from localcluster.partition.granularity import choose_k
from localcluster.partition.selection import UNRELATED_BELOW
from localcluster.results import Evidence


def view(name, groups, *, kind="states", noise=0.5, seed=0, d=10):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups.max() + 1, d))
    raw = (centres[groups] + noise * rng.normal(size=(len(groups), d))).astype(np.float32)
    return View(name, kind, unit_rows(raw), Standardizer.identity(d))


@pytest.fixture
def groups():
    rng = np.random.default_rng(1)
    return rng.integers(3, size=300), rng.integers(3, size=300)


def test_unrelated_views_leave_the_criterion_to_those_that_read_it(groups):
    topic, mood = groups
    views = [
        view("sentence", topic, kind="sentence", noise=0.6, seed=3),
        *(view(f"states {i}", mood, noise=0.4, seed=i) for i in (4, 5)),
    ]
    found = fit_partition(views, 3, 0)
    assert found.selection.relatedness < UNRELATED_BELOW
    assert found.selection.chosen.family == "criterion"
    left_out = [one.view for one in found.selection.evidence() if one.score is None]
    assert "sentence" in left_out
    assert adjusted_rand_score(mood, found.labels) > 0.9


def test_unclear_unrelated_criterion_views_do_not_win(groups):
    topic, mood = groups
    views = [
        view("sentence", topic, kind="sentence", noise=0.3, seed=3),
        *(view(f"states {i}", mood, noise=6.0, seed=i) for i in (4, 5)),
    ]
    found = fit_partition(views, 3, 0)
    assert adjusted_rand_score(topic, found.labels) > 0.9


def test_related_views_are_joined(groups):
    topic, _ = groups
    views = [
        view("sentence", topic, kind="sentence", noise=0.9, seed=3),
        *(view(f"states {i}", topic, noise=0.9, seed=i) for i in (4, 5, 6)),
    ]
    alone = fit_partition(views[:1], 3, 0)
    both = fit_partition(views, 3, 0)
    assert both.selection.relatedness > UNRELATED_BELOW
    assert adjusted_rand_score(topic, both.labels) > adjusted_rand_score(topic, alone.labels)


def test_without_a_language_model_the_sentence_view_is_used(groups):
    found = fit_partition([view("sentence", groups[0], kind="sentence")], 3, 0)
    assert found.selection.chosen.family == "sentence"
    assert found.selection.relatedness is None


def test_the_evidence_marks_one_candidate_and_is_plain(groups):
    views = [view("sentence", groups[0], kind="sentence"), view("states", groups[0], seed=2)]
    found = Evidence(candidates=fit_partition(views, 3, 0).selection.evidence())
    assert sum(one.chosen for one in found.candidates) == 1
    assert from_json(Evidence, json.loads(json.dumps(to_json(found)))) == found


def test_rows_without_content_make_no_cluster_and_follow_the_others(groups):
    topic = groups[0].copy()
    topic[:4] = 3
    content = topic < 3
    found = fit_partition([view("sentence", topic, kind="sentence", noise=0.2)], 3, 0, content=content)
    assert adjusted_rand_score(topic[content], found.labels[content]) > 0.95
    assert found.labels.max() == 2 and found.labels.shape == (300,)
    assert found.rows.tolist() == np.flatnonzero(content).tolist()
    assert not any("sample" in note for note in found.notes)


def test_a_sample_is_drawn_from_the_rows_with_content(groups):
    content = np.arange(300) % 2 == 0
    found = fit_partition(
        [view("sentence", groups[0], kind="sentence")], 3, 0, content=content, max_fitted_rows=100
    )
    assert len(found.rows) == 100 and content[found.rows].all()
    assert "100 of 150 distinct rows" in found.notes[0]


def test_rows_beyond_the_sample_follow_their_neighbours(groups):
    topic = groups[0]
    views = [view("sentence", topic, kind="sentence"), view("states", topic, seed=2)]
    found = fit_partition(views, 3, 0, max_fitted_rows=120)
    assert len(found.labels) == len(topic)
    assert adjusted_rand_score(topic, found.labels) > 0.9
    assert "120 of 300" in found.notes[0]
    assert np.bincount(found.labels).tolist() == sorted(np.bincount(found.labels), reverse=True)


def test_confidence_is_lower_between_clusters(groups):
    topic = groups[0]
    views = [view("sentence", topic, kind="sentence", noise=0.7)]
    found = fit_partition(views, 3, 0)
    wrong = np.zeros(len(topic), bool)
    for cluster in range(3):
        own = found.labels == cluster
        wrong |= own & (topic != np.bincount(topic[own]).argmax())
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert found.confidence[wrong].mean() < found.confidence[~wrong].mean()


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_few_rows_work(n):
    vectors = unit_rows(np.random.default_rng(0).normal(size=(n, 6)).astype(np.float32))
    views = [
        View("sentence", "sentence", vectors, Standardizer.identity(6)),
        View("states", "states", vectors[:, ::-1].copy(), Standardizer.identity(6)),
    ]
    found = fit_partition(views, 2, 0)
    assert set(found.labels) == {0, 1}
    assert set(fit_partition(views, None, 0).labels) >= {0, 1}


def test_votes_are_shares_and_new_rows_join_their_like(groups):
    topic = groups[0]
    whole = view("sentence", topic, kind="sentence").vectors
    fitted, new = {"sentence": whole[:250]}, {"sentence": whole[250:]}
    shares = vote(fitted, {"sentence": 1.0}, topic[:250], 3, new)
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert (shares.argmax(axis=1) == topic[250:]).mean() > 0.9
    single = np.concatenate(
        [
            vote(fitted, {"sentence": 1.0}, topic[:250], 3, {"sentence": whole[i : i + 1]})
            for i in range(250, 260)
        ]
    )
    assert np.allclose(single, shares[:10], atol=1e-5)


def test_k_is_found_where_groups_are_clear():
    groups = np.random.default_rng(0).integers(6, size=300)
    choice = choose_k(view("v", groups, noise=0.2).vectors, 0)
    assert choice.k == 6
    assert dict(choice.curve)[6] == max(value for _, value in choice.curve)


def test_the_wording_whose_layers_agree_on_clear_groups_is_chosen(groups):
    clear = [view(f"a{i}", groups[0], noise=0.4, seed=i) for i in range(3)]
    vague = [view(f"b{i}", groups[0], noise=4.0, seed=i) for i in range(3)]
    best, scores = best_wording({"vague": vague, "clear": clear}, 3, 0)
    assert best == "clear"
    assert scores["clear"] > scores["vague"]
