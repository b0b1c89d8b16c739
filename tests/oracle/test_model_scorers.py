from __future__ import annotations

import numpy as np
import pytest
from oracle_fakes import RuleModel, items_of, question_of

from localcluster.errors import ModelError
from localcluster.oracle import ChoiceScorer, Example, LikelihoodScorer, YesNoScorer
from localcluster.oracle.questions import REWORDED
from localcluster.testing import ScriptedModel

TEXTS = ("red cherry", "red brick", "blue sky", "blue sea")
TRIPLETS = np.array([[0, 1, 2], [0, 2, 1], [3, 0, 2]], dtype=np.int64)
PAIRS = np.array([[0, 1], [1, 0], [0, 2]], dtype=np.int64)
SCORERS = (ChoiceScorer, YesNoScorer, LikelihoodScorer)


def colour(text):
    return text.split()[0]


def knows_colours(bias=0.0):
    """Answers rightly by colour, one nat sure, and leans to whatever is named first by ``bias``."""

    def rule(prompt, continuation):
        shown = items_of(prompt)
        if continuation in (" 1", " 2"):
            if len(shown) == 3:
                right = colour(shown[0]) == colour(shown[1 if continuation == " 1" else 2])
            else:
                asked = question_of(prompt)
                same_is = " 1" if asked.index("the same") < asked.index("a different") else " 2"
                right = (colour(shown[0]) == colour(shown[1])) == (continuation == same_is)
            return float(right) + bias * (continuation == " 1")
        if continuation in ("Yes", "No"):
            return float((colour(shown[0]) == colour(shown[1])) == (continuation == "Yes")) + bias * (
                continuation == "Yes"
            )
        return -len(continuation) + (float(colour(shown[0]) == colour(continuation)) if shown else 0.0)

    return RuleModel(rule)


@pytest.mark.parametrize("scorer", SCORERS)
def test_a_model_that_knows_answers_triplets_and_pairs(scorer):
    asked = scorer(knows_colours(), "colour", TEXTS)
    triplets, pairs = asked.triplets(TRIPLETS), asked.pairs(PAIRS)
    assert triplets.dtype == pairs.dtype == np.float32
    np.testing.assert_array_equal(np.sign(triplets), [1, -1, -1])
    assert pairs[0] == pairs[1] > pairs[2]


def test_choice_tokens_show_a_lean_to_the_first_choice():
    scorer = ChoiceScorer(knows_colours(bias=5.0), "colour", TEXTS)
    as_given, swapped = scorer.triplets(TRIPLETS[:2])
    assert as_given > 0
    assert swapped > 0  # whatever stands there
    assert as_given - swapped == pytest.approx(2.0)  # and yet the mean of both orders is right


def test_choices_of_a_pair_are_asked_in_both_orders_of_same_and_different():
    leaning = ChoiceScorer(knows_colours(bias=5.0), "colour", TEXTS)
    np.testing.assert_allclose(leaning.pairs(PAIRS), [1, 1, -1])


def test_a_lean_to_yes_cancels_in_triplets_and_stays_in_pairs():
    scorer = YesNoScorer(knows_colours(bias=5.0), "colour", TEXTS)
    np.testing.assert_allclose(scorer.triplets(TRIPLETS), [2, -2, -2])
    np.testing.assert_allclose(scorer.pairs(PAIRS), [6, 6, 4])


def test_likelihood_is_the_gain_over_the_neutral_prompt():
    scorer = LikelihoodScorer(knows_colours(), "colour", TEXTS)
    np.testing.assert_allclose(scorer.pairs(PAIRS), [1, 1, 0])


@pytest.mark.parametrize("scorer", [YesNoScorer, LikelihoodScorer])
def test_no_pair_is_asked_twice_in_a_call(scorer):
    model = knows_colours()
    both_orders = np.concatenate([TRIPLETS, TRIPLETS[:, [0, 2, 1]], TRIPLETS])
    scorer(model, "colour", TEXTS).triplets(both_orders)
    assert len(set(model.prompts)) == len(model.prompts)


@pytest.mark.parametrize("scorer", [YesNoScorer, LikelihoodScorer, ChoiceScorer])
def test_a_call_asks_the_same_whatever_was_asked_before(scorer):
    """Or else a resumed run would put other prompts into a batch, and batches move an engine's numbers."""
    fresh, used = knows_colours(), knows_colours()
    scorer(fresh, "colour", TEXTS).triplets(TRIPLETS)
    asked = scorer(used, "colour", TEXTS)
    asked.pairs(TRIPLETS[:1, :2])
    asked.triplets(TRIPLETS[:, [0, 2, 1]])
    before = len(used.prompts)
    asked.triplets(TRIPLETS)
    assert used.prompts[before:] == fresh.prompts


def test_one_call_of_the_model_answers_a_batch():
    model = knows_colours()
    ChoiceScorer(model, "colour", TEXTS).triplets(TRIPLETS)
    assert (model.calls, len(model.prompts)) == (1, 3)


@pytest.mark.parametrize("scorer", SCORERS)
def test_nothing_to_ask_is_no_error(scorer):
    asked = scorer(knows_colours(), "colour", TEXTS)
    assert asked.triplets(np.zeros((0, 3), np.int64)).shape == (0,)
    assert asked.pairs(np.zeros((0, 2), np.int64)).shape == (0,)


@pytest.mark.parametrize("scorer", SCORERS)
def test_an_answer_that_is_no_number_is_told(scorer):
    with pytest.raises(ModelError, match="models verify"):
        scorer(RuleModel(lambda prompt, continuation: float("nan")), "colour", TEXTS).triplets(TRIPLETS)


@pytest.mark.parametrize("scorer", SCORERS)
def test_impossible_answers_are_no_evidence(scorer):
    impossible = scorer(RuleModel(lambda prompt, continuation: -np.inf), "colour", TEXTS)
    np.testing.assert_array_equal(impossible.triplets(TRIPLETS), 0)


def test_the_fingerprint_covers_what_a_score_depends_on():
    model = knows_colours()
    example = (Example("a", "b", True),)
    scorers = [scorer(model, "colour", TEXTS) for scorer in SCORERS]
    scorers += [
        ChoiceScorer(model, "hue", TEXTS),
        ChoiceScorer(model, "colour", TEXTS, example),
        ChoiceScorer(model, "colour", TEXTS, wording=REWORDED),
        ChoiceScorer(ScriptedModel(), "colour", TEXTS),
    ]
    assert len({scorer.fingerprint for scorer in scorers}) == len(scorers)
    assert ChoiceScorer(model, "colour", TEXTS[:2]).fingerprint == scorers[0].fingerprint


@pytest.mark.parametrize("scorer", SCORERS)
def test_scorers_speak_the_backends_protocol(scorer):
    hostile = ("word " * 5000, "\x00", "<|im_end|>", "\U0001f600" * 400)
    asked = scorer(ScriptedModel(), "colour", hostile)
    assert np.isfinite(asked.triplets(TRIPLETS)).all()
    assert np.isfinite(asked.pairs(PAIRS)).all()
