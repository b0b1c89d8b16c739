from __future__ import annotations

import numpy as np

from localcluster.embed.view import Standardizer, View, unit_rows
from localcluster.oracle.answers import Answers
from localcluster.triplets.target import choose_target, disputed_triplets

N = 120
TRUTH = np.arange(N) % 3


def view(name, noise, truth=TRUTH, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(truth.max() + 1, 16))
    vectors = unit_rows((centres[truth] + noise * rng.normal(size=(len(truth), 16))).astype(np.float32))
    return View(name, "states", vectors, Standardizer.identity(16))


def candidates():
    other = np.random.default_rng(3).integers(3, size=N)
    return {"is last": [view("a", 0.2, other, 1)], "is keyword": [view("b", 0.2, TRUTH, 2)]}


def answered(triplets, accuracy=1.0, seed=0):
    query, first, second = (TRUTH[column] for column in triplets.T)
    informative = (query == first) != (query == second)
    is_first = query == first
    wrong = np.random.default_rng(seed).random(len(triplets)) > accuracy
    probability = np.where(is_first ^ wrong, 0.9, 0.1).astype(np.float32)
    scores = np.repeat((probability - 0.5)[:, None], 2, axis=1).astype(np.float32)
    return Answers(triplets, scores, probability, ~informative)


def test_only_triplets_that_the_candidates_dispute_are_asked():
    found = candidates()
    triplets = disputed_triplets(found, seed=0, n=64)
    assert triplets.shape == (64, 3)
    assert (np.sort(triplets, axis=1)[:, :-1] != np.sort(triplets, axis=1)[:, 1:]).all()
    sides = [
        np.einsum(
            "ij,ij->i", v.vectors[triplets[:, 0]], v.vectors[triplets[:, 1]] - v.vectors[triplets[:, 2]]
        )
        > 0
        for (v,) in found.values()
    ]
    assert (sides[0] != sides[1]).all()


def test_candidates_that_agree_leave_nothing_to_ask():
    same = view("a", 0.2)
    assert len(disputed_triplets({"one": [same], "two": [same]}, seed=0)) == 0


def test_the_target_that_the_answers_support_replaces_the_default():
    found = candidates()
    triplets = disputed_triplets(found, seed=0)
    choice = choose_target(found, answered(triplets, 0.85), "is last")
    assert choice.chosen == "is keyword"
    assert choice.verdict.adopted
    assert choice.likelihood["is keyword"] > -0.6 > choice.likelihood["is last"]


def test_answers_at_chance_leave_the_default():
    found = candidates()
    triplets = disputed_triplets(found, seed=0)
    chosen = [choose_target(found, answered(triplets, 0.5, seed), "is last").chosen for seed in range(5)]
    assert chosen == ["is last"] * 5


def test_a_better_default_stays():
    found = candidates()
    triplets = disputed_triplets(found, seed=0)
    assert choose_target(found, answered(triplets), "is keyword").chosen == "is keyword"


def test_no_answer_leaves_the_default():
    found = candidates()
    triplets = disputed_triplets(found, seed=0)
    silent = answered(triplets)
    silent = Answers(triplets, silent.scores, silent.probability, np.ones(len(triplets), bool))
    choice = choose_target(found, silent, "is last")
    assert (choice.chosen, choice.answered) == ("is last", 0)
