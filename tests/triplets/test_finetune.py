from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from tiny_embedder import WORDS, tiny_embedder

from localcluster.triplets.finetune import SETTINGS, TuningSettings, finetune
from localcluster.triplets.gate import margins

ANIMALS, COLOURS, NUMBERS, DEEDS = (WORDS[start : start + 3] for start in (0, 3, 6, 9))
TEXTS = [
    f"{colour} {animal} {number} {deed}"
    for colour in COLOURS
    for animal in ANIMALS
    for number in NUMBERS
    for deed in DEEDS[:1]
]
ANIMAL = np.array([ANIMALS.index(text.split()[1]) for text in TEXTS])
#: As in ``SETTINGS``, but for weights that are random: they have far to go.
QUICK = {"full": TuningSettings(5e-3, 0.05, 4, 16), "lora": TuningSettings(2e-2, 0.05, 4, 16)}
METHODS = ("full", "lora")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_embedder(tmp_path_factory.mktemp("embedder"))


def triplets(n=80, seed=0):
    """Right answers to which text has the same animal."""
    rng = np.random.default_rng(seed)
    query, positive, negative = rng.integers(len(TEXTS), size=(3, 50 * n))
    right = (ANIMAL[query] == ANIMAL[positive]) & (ANIMAL[query] != ANIMAL[negative]) & (query != positive)
    return query[right][:n], positive[right][:n], negative[right][:n]


def tune(model, method="full", n=80, seed=3, weight=None, **settings):
    weight = np.ones(n) if weight is None else weight
    return finetune(model, TEXTS, *triplets(n), weight, seed, method, QUICK[method], **settings)


def weights_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


@pytest.mark.parametrize("method", METHODS)
def test_the_embedder_learns_what_answers_follow(model, method):
    tuned = tune(model, method)
    asked = np.stack(triplets(200, seed=9), axis=1)
    start = model.encode(TEXTS, show_progress_bar=False, normalize_embeddings=True)
    vectors = tuned.encode(TEXTS)
    assert (margins(vectors, asked) > 0).mean() > (margins(start, asked) > 0).mean() + 0.1
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert tuned.epoch > 0
    assert tuned.losses[tuned.epoch] == min(tuned.losses) < tuned.losses[0]


@pytest.mark.parametrize("method", METHODS)
def test_the_given_model_stays_as_it_is(model, method):
    before, modes = weights_of(model), [module.training for module in model.modules()]
    wanted = [parameter.requires_grad for parameter in model.parameters()]
    tuned = tune(model, method)
    after = weights_of(model)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert modes == [module.training for module in model.modules()]
    assert wanted == [parameter.requires_grad for parameter in model.parameters()]
    assert tuned.model is not model
    # LoRA is merged: what comes out has the shape of what went in, and can be trained again.
    assert tuned.model.state_dict().keys() == before.keys()
    assert not any(module.training for module in tuned.model.modules())


@pytest.mark.parametrize("method", METHODS)
def test_one_seed_one_result_whatever_was_drawn_before(model, method):
    one = tune(model, method).encode(TEXTS)
    torch.rand(5)
    np.random.rand(5)  # noqa: NPY002
    two = tune(model, method).encode(TEXTS)
    np.testing.assert_array_equal(one, two)
    assert (one != tune(model, method, seed=4).encode(TEXTS)).any()


@pytest.mark.parametrize("method", METHODS)
def test_global_generators_do_not_move(model, method):
    def drawn():
        return torch.rand(1).item(), np.random.rand(), random.random()  # noqa: NPY002

    def seed():
        torch.manual_seed(11)
        np.random.seed(11)  # noqa: NPY002
        random.seed(11)

    seed()
    expected = drawn()
    seed()
    tune(model, method, n=20)
    assert drawn() == expected


def test_training_stops_at_the_first_pass_that_does_not_help_and_keeps_the_best(model, monkeypatch):
    losses = iter([1.0, 0.5, 0.7, 0.1, 0.1])
    states = []

    def scripted(tuned, *_):
        states.append(weights_of(tuned))
        return next(losses)

    monkeypatch.setattr("localcluster.triplets.finetune._held_out_loss", scripted)
    tuned = tune(model)
    assert tuned.losses == (1.0, 0.5, 0.7)
    assert tuned.epoch == 1
    kept = weights_of(tuned.model)
    assert all(torch.equal(kept[name], states[1][name]) for name in kept)
    assert any(not torch.equal(kept[name], states[2][name]) for name in kept)


@pytest.mark.parametrize("bad", [2.0, float("nan")])
@pytest.mark.parametrize("method", METHODS)
def test_a_training_that_only_hurts_gives_the_start_back(model, method, bad, monkeypatch):
    losses = iter([1.0, bad])
    monkeypatch.setattr("localcluster.triplets.finetune._held_out_loss", lambda *_: next(losses))
    tuned = tune(model, method)
    assert tuned.epoch == 0
    start = model.encode(TEXTS, show_progress_bar=False, normalize_embeddings=True)
    np.testing.assert_allclose(tuned.encode(TEXTS), start, atol=1e-5)


def test_the_loss_is_that_of_the_paper(model):
    """Equation 4 by hand: positives against negatives and all other choices of the batch."""
    query, positive, negative = triplets(6)
    ends = np.stack([query, positive, negative], axis=1)
    weight = np.array([1.0, 0.5, 0.25, 1.0, 0.0, 0.8])
    vectors = model.encode(TEXTS, show_progress_bar=False, normalize_embeddings=True).astype(np.float64)
    each = []
    for row in range(6):
        cosine = np.array([vectors[query[row]] @ vectors[c] / 0.05 for c in (*positive, *negative)])
        each.append(np.log(np.exp(cosine).sum()) - cosine[row])
    model.eval()
    found = float(finetune_loss(model, ends, weight))
    assert found == pytest.approx((np.array(each) * weight).sum() / weight.sum(), rel=1e-4)


def finetune_loss(model, ends, weight):
    from localcluster.triplets.finetune import _loss

    with torch.no_grad():
        return _loss(model, TEXTS, ends, weight, 0.05)


@pytest.mark.parametrize("method", METHODS)
def test_a_later_round_starts_from_an_earlier_one(model, method):
    first = tune(model, method)
    again = tune(first.model, method)
    assert again.losses[0] == pytest.approx(first.losses[first.epoch], rel=1e-4)


def test_two_triplets_are_enough_and_progress_counts_steps(model):
    seen = []
    tuned = tune(model, n=2, progress=lambda done, total: seen.append((done, total)))
    assert np.isfinite(tuned.encode(TEXTS)).all()
    assert seen[0] == (1, 4)
    assert all(total == 4 for _, total in seen)


def test_long_and_empty_texts_are_encoded(model):
    tuned = tune(model, n=4)
    vectors = tuned.encode(["", "cat " * 5000])
    assert vectors.shape == (2, 16)
    assert np.isfinite(vectors).all()


def test_both_methods_have_settings():
    assert set(SETTINGS) == set(METHODS)
