from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_embedder import tiny_embedder
from triplet_fakes import answers_of, blobs, oracle_of, texts_of

from localcluster.embed.view import unit_rows
from localcluster.errors import ConfigError
from localcluster.oracle import joined
from localcluster.triplets import adapt_embedder, sample_triplets
from localcluster.triplets import adaptation as room
from localcluster.triplets.adaptation import HELD_OUT_SHARE, resolve_method, select
from localcluster.triplets.finetune import Tuned
from localcluster.triplets.gate import MIN_HELD_OUT


def asked(n=300, accuracy=1.0, seed=0, loud=1.0):
    """Rows whose blob is one part of what they are, and answers that follow the blob."""
    signal, truth = blobs(n, 3, d=6, spread=0.3, seed=seed)
    noise = np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)
    vectors = unit_rows(np.concatenate([signal, loud * noise], axis=1))
    triplets = sample_triplets(vectors, truth, 800, random_state=seed, strategy="random")
    answers = oracle_of(truth, accuracy=accuracy, seed=seed, uninformative="abstain").ask_triplets(triplets)
    return vectors, answers


def test_a_head_on_right_answers_is_adopted():
    vectors, answers = asked()
    found = adapt_embedder(vectors, answers, method="head", texts=texts_of(300), random_state=0)
    assert found.method == "head"
    assert found.verdict.adopted
    assert found.vectors.shape == vectors.shape
    assert found.model is None
    # Whoever abstained trains nothing and judges nothing.
    assert found.trained_on + found.verdict.n == (~answers.abstained).sum()


@pytest.mark.slow
def test_a_head_on_coin_flips_is_not_adopted():
    for seed in range(5):
        vectors, answers = asked(accuracy=0.5, seed=seed)
        assert not adapt_embedder(
            vectors, answers, method="head", texts=texts_of(300), random_state=seed
        ).verdict.adopted


@pytest.mark.slow
def test_held_out_answers_do_not_train(monkeypatch):
    vectors, answers = asked()
    seen = {}
    fit = room.fit_linear_map

    def spy(vectors, query, positive, negative, weight, seed):
        seen["trained"] = set(zip(query.tolist(), positive.tolist(), negative.tolist(), strict=True))
        seen["queries"] = set(query.tolist())
        return fit(vectors, query, positive, negative, weight, seed)

    def judge(base, adapted, held_out):
        seen["judged"] = set(held_out.questions[:, 0].tolist())
        return np.zeros(len(held_out))

    monkeypatch.setattr(room, "fit_linear_map", spy)
    monkeypatch.setattr(room, "support_of_embedding", judge)
    adapt_embedder(vectors, answers, method="head", texts=texts_of(300), random_state=0)
    assert not seen["queries"] & seen["judged"]
    share = len(seen["judged"]) / len(set(answers.questions[:, 0].tolist()))
    assert share == pytest.approx(HELD_OUT_SHARE, abs=0.01)


def test_the_answer_says_which_choice_is_the_positive(monkeypatch):
    vectors, _ = blobs(30, 3)
    answers = answers_of([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [0.9, 0.2, 0.9], [False, False, True])
    monkeypatch.setattr(room, "_split", lambda query, seed: np.zeros(len(query), bool))
    seen = {}

    def spy(vectors, query, positive, negative, weight, seed):
        seen.update(rows=np.stack([query, positive, negative], axis=1), weight=weight)
        return type("Same", (), {"apply": staticmethod(lambda v: v)})

    monkeypatch.setattr(room, "fit_linear_map", spy)
    adapt_embedder(vectors, answers, method="head", texts=texts_of(30), random_state=0)
    np.testing.assert_array_equal(seen["rows"], [[0, 1, 2], [3, 5, 4]])
    np.testing.assert_allclose(seen["weight"], [0.8, 0.6], rtol=1e-5)


@pytest.mark.parametrize(
    "little",
    [
        answers_of(np.empty((0, 3)), 0.9),
        answers_of([[0, 1, 2]], 0.9),
        answers_of([[0, 1, 2]] * 5, 0.9),
        answers_of([[row, 1, 2] for row in range(3, 30)], 0.9, [True] * 27),
    ],
    ids=["none", "one", "all about one row", "all abstained"],
)
@pytest.mark.parametrize("method", ["head", "full"])
def test_too_little_to_learn_from_leaves_the_vectors(little, method, tmp_path):
    vectors, _ = blobs(30, 3)
    model = tiny_embedder(tmp_path)
    found = adapt_embedder(vectors, little, method=method, texts=["cat"] * 30, model=model, random_state=0)
    assert found.vectors is vectors
    assert found.trained_on == 0
    assert not found.verdict.adopted


@pytest.mark.parametrize("method", ["full", "lora"])
def test_fine_tuning_is_judged_beside_the_vectors_it_would_replace(method, tmp_path, monkeypatch):
    vectors, answers = asked(60)
    model = tiny_embedder(tmp_path)
    clean, _ = blobs(60, 3, d=16, spread=0.1)
    seen = {}

    def stand_in(model, texts, query, *rest, progress):
        seen.update(method=rest[-1], n=len(query))
        return Tuned(model, 1, (1.0, 0.5))

    monkeypatch.setattr(room, "finetune", stand_in)
    monkeypatch.setattr(Tuned, "encode", lambda self, texts: clean)
    found = adapt_embedder(vectors, answers, method=method, texts=texts_of(60), model=model, random_state=0)
    assert seen == {"method": method, "n": found.trained_on}
    assert found.model is model
    np.testing.assert_array_equal(found.vectors, clean)
    assert found.verdict.n >= MIN_HELD_OUT
    assert found.verdict.adopted


def test_fine_tuned_vectors_are_transformed_before_they_are_judged(tmp_path, monkeypatch):
    vectors, answers = asked(60)
    clean, _ = blobs(60, 3, d=16, spread=0.1)
    monkeypatch.setattr(room, "finetune", lambda model, *_, **__: Tuned(model, 1, (1.0, 0.5)))
    order = np.random.default_rng(0).permutation(60)
    monkeypatch.setattr(Tuned, "encode", lambda self, texts: clean[order])
    given = {"method": "full", "texts": texts_of(60), "model": tiny_embedder(tmp_path), "random_state": 0}
    assert not adapt_embedder(vectors, answers, **given).verdict.adopted
    found = adapt_embedder(vectors, answers, **given, transform=lambda rows: rows[np.argsort(order)])
    assert found.verdict.adopted
    np.testing.assert_array_equal(found.vectors, clean)


def test_fine_tuning_without_weights_is_refused():
    vectors, answers = asked(60)
    with pytest.raises(ConfigError, match="Give model="):
        adapt_embedder(vectors, answers, method="lora", texts=texts_of(60), random_state=0)


def test_auto_fine_tunes_on_cuda_only(tmp_path, monkeypatch):
    model = object()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_method("auto", model) == "head"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_method("auto", model) == "full"
    assert resolve_method("auto", None) == "head"
    assert [resolve_method(method, model) for method in ("head", "lora", "full")] == ["head", "lora", "full"]


def test_batches_come_together_and_apart():
    _, answers = asked(60)
    half = np.arange(len(answers)) < 30
    again = joined([select(answers, half), select(answers, ~half)])
    for name in ("questions", "scores", "probability", "abstained"):
        np.testing.assert_array_equal(getattr(again, name), getattr(answers, name))
