from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from localcluster.oracle import Oracle, calibrate
from localcluster.testing import SimulatedScorer

N = 4000
LABELS = np.arange(300) % 5


def questions(width, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(300)[:width] for _ in range(N)]).astype(np.int64)


TRIPLETS = questions(3)
INFORMATIVE = TRIPLETS[
    (LABELS[TRIPLETS[:, 0]] == LABELS[TRIPLETS[:, 1]]) != (LABELS[TRIPLETS[:, 0]] == LABELS[TRIPLETS[:, 2]])
]
TRUTH = LABELS[INFORMATIVE[:, 0]] == LABELS[INFORMATIVE[:, 1]]


@pytest.mark.parametrize("accuracy", [1.0, 0.85, 0.7, 0.5, 0.0])
def test_informative_triplets_are_answered_with_the_accuracy_asked_for(accuracy):
    says = SimulatedScorer(LABELS, accuracy).triplets(INFORMATIVE) > 0
    assert (says == TRUTH).mean() == pytest.approx(accuracy, abs=0.04)


@pytest.mark.parametrize("accuracy", [1.0, 0.7])
def test_pairs_too(accuracy):
    pairs = questions(2)
    says = SimulatedScorer(LABELS, accuracy).pairs(pairs) > 0
    truth = LABELS[pairs[:, 0]] == LABELS[pairs[:, 1]]
    assert (says == truth).mean() == pytest.approx(accuracy, abs=0.03)


def test_answers_belong_to_the_question_and_not_to_the_order_of_asking():
    scorer = SimulatedScorer(LABELS, 0.7, abstention=0.1, order_bias=0.1)
    order = np.random.default_rng(1).permutation(N)
    np.testing.assert_array_equal(scorer.triplets(TRIPLETS)[order], scorer.triplets(TRIPLETS[order]))
    again = SimulatedScorer(LABELS, 0.7, abstention=0.1, order_bias=0.1)
    np.testing.assert_array_equal(scorer.triplets(TRIPLETS[:7]), again.triplets(TRIPLETS)[:7])
    other = SimulatedScorer(LABELS, 0.7, abstention=0.1, order_bias=0.1, seed=1)
    assert (scorer.triplets(TRIPLETS) != other.triplets(TRIPLETS)).any()


def test_swapping_the_choices_turns_the_answer_and_swapping_a_pair_does_not():
    scorer = SimulatedScorer(LABELS, 0.7)
    np.testing.assert_array_equal(scorer.triplets(TRIPLETS), -scorer.triplets(TRIPLETS[:, [0, 2, 1]]))
    pairs = questions(2)
    np.testing.assert_array_equal(scorer.pairs(pairs), scorer.pairs(pairs[:, ::-1]))


def test_uninformative_triplets_are_a_coin_or_nothing():
    uninformative = TRIPLETS[
        (LABELS[TRIPLETS[:, 0]] == LABELS[TRIPLETS[:, 1]])
        == (LABELS[TRIPLETS[:, 0]] == LABELS[TRIPLETS[:, 2]])
    ]
    coin = SimulatedScorer(LABELS).triplets(uninformative)
    assert (coin > 0).mean() == pytest.approx(0.5, abs=0.04)
    silent = SimulatedScorer(LABELS, uninformative="abstain")
    assert not silent.triplets(uninformative).any()
    assert silent.triplets(INFORMATIVE).all()


def test_order_bias_and_abstention_have_their_shares():
    texts = [str(row) for row in range(300)]
    biased = Oracle(SimulatedScorer(LABELS, order_bias=0.4), texts).ask_triplets(INFORMATIVE)
    first = calibrate("x", "triplet", biased.scores, TRUTH)
    # A biased reading is right half of the time, so the share of "first" is 0.5 + 0.4 / 2.
    assert first.order_bias == pytest.approx(0.2, abs=0.03)
    assert not biased.consistent.all()
    quiet = Oracle(SimulatedScorer(LABELS, abstention=0.3), texts).ask_triplets(INFORMATIVE)
    assert quiet.abstained.mean() == pytest.approx(0.3, abs=0.04)
    assert quiet.consistent.all()


def test_errors_do_not_gather_on_one_query_or_one_choice():
    scorer = SimulatedScorer(LABELS, 0.5)
    wrong = (scorer.triplets(INFORMATIVE) > 0) != TRUTH
    for column in (0, 1):
        asked = np.bincount(INFORMATIVE[:, column], minlength=300)
        share = np.bincount(INFORMATIVE[:, column], weights=wrong, minlength=300) / np.maximum(asked, 1)
        # Independent errors spread like a binomial share: none is always wrong by more than its size allows.
        deviation = (share - 0.5) * np.sqrt(4 * asked)
        assert deviation[asked > 0].std() == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("setting", ["accuracy", "order_bias", "abstention"])
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_a_share_outside_0_and_1_is_refused(setting, value):
    with pytest.raises(ValueError, match=setting):
        SimulatedScorer(LABELS, **{setting: value})


def test_every_setting_is_in_the_fingerprint():
    settings = [{}, {"accuracy": 0.9}, {"order_bias": 0.1}, {"abstention": 0.1}, {"seed": 1}]
    settings += [{"uninformative": "abstain"}]
    assert len({SimulatedScorer(LABELS, **s).fingerprint for s in settings}) == len(settings)
    assert SimulatedScorer(LABELS[::-1]).fingerprint != SimulatedScorer(LABELS).fingerprint


def test_labels_may_be_words():
    words = np.array(["a", "b", "c", "d", "e"])[LABELS]
    np.testing.assert_array_equal(
        SimulatedScorer(words).triplets(TRIPLETS), SimulatedScorer(LABELS).triplets(TRIPLETS)
    )


def test_the_package_does_not_load_it():
    code = "import sys, localcluster.oracle; sys.exit('localcluster.testing' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
