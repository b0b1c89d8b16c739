from __future__ import annotations

import numpy as np
import pytest
from fakes import WordEmbedder, models, reviews
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

import localcluster
from localcluster.backends.base import Item
from localcluster.errors import ConfigError, InputError, LocalClusterError, ModelError
from localcluster.oracle import Answers
from localcluster.testing import ScriptedModel

N = 90
TEXTS, SENTIMENT, KIND = reviews(N)
VECTORS = WordEmbedder().encode(TEXTS)
BY_KIND = np.array(["film", "food", "gadget"])[KIND]


def blobs(k, per=30, width=8, seed=0):
    rng = np.random.default_rng(seed)
    centres = np.eye(k, width) * 4
    labels = np.repeat(np.arange(k), per)
    return (centres[labels] + rng.normal(size=(k * per, width)) * 0.3).astype(np.float32), labels


def truth_of(triplets, labels):
    """Probability that choice 1 is right by the labels; NaN where neither or both are."""
    query, one, two = labels[triplets].T
    return np.where((query == one) == (query == two), np.nan, (query == one).astype(float))


@pytest.mark.parametrize("strategy", ["exemplar", "entropy", "margin", "random"])
def test_triplets_are_drawn_of_any_embedding_and_labels(strategy):
    triplets = localcluster.sample_triplets(VECTORS.tolist(), BY_KIND, 20, strategy=strategy)
    assert triplets.shape[1] == 3
    assert 0 < len(triplets) <= 20
    assert all(len(set(row)) == 3 for row in triplets.tolist())
    again = localcluster.sample_triplets(VECTORS, KIND, 20, strategy=strategy)
    assert np.array_equal(triplets, again)


def test_the_model_answers_triplets_without_a_trial():
    llm = models().llm
    triplets = localcluster.sample_triplets(VECTORS, SENTIMENT, 100, strategy="random")
    answers = localcluster.ask_triplets(TEXTS, triplets, "sentiment", llm, scorer="yes or no")
    assert isinstance(answers, Answers)
    assert np.array_equal(answers.questions, triplets)
    truth = truth_of(triplets, SENTIMENT)
    clear = ~np.isnan(truth) & ~answers.abstained
    assert clear.sum() > 30
    assert (answers.first[clear] == truth[clear]).mean() > 0.65


def test_rows_may_be_items():
    given = [Item(text) for text in TEXTS[:6]]
    asked = [[0, 1, 2]], "sentiment", models().llm
    by_item = localcluster.ask_triplets(given, *asked, scorer="likelihood")
    by_text = localcluster.ask_triplets(TEXTS[:6], *asked, scorer="likelihood")
    assert np.array_equal(by_item.scores, by_text.scores)


def test_with_vectors_the_ways_to_ask_are_on_trial():
    triplets = localcluster.sample_triplets(VECTORS, KIND, 10)
    # Near and far as the criterion has it, but for some noise: copies make no question.
    states = np.eye(2, dtype=np.float32)[SENTIMENT] + 0.1 * VECTORS[:, :2]
    answers = localcluster.ask_triplets(TEXTS, triplets, "sentiment", models().llm, vectors=states)
    assert len(answers) == len(triplets)
    by_name = localcluster.ask_triplets(TEXTS, triplets, "sentiment", models().llm, scorer="yes or no")
    assert np.array_equal(answers.scores, by_name.scores)
    assert not np.array_equal(answers.probability, by_name.probability)
    unrelated = np.random.default_rng(0).normal(size=(N, 8))
    with pytest.raises(ModelError, match="name a scorer"):
        localcluster.ask_triplets(TEXTS, triplets, "sentiment", ScriptedModel(), vectors=unrelated)


@pytest.mark.parametrize("name", ["choice tokens", "yes or no", "likelihood"])
def test_every_way_to_ask_can_be_named(name):
    triplets, pairs = [[0, 1, 2]], [[0, 1], [1, 2]]
    assert len(localcluster.ask_triplets(TEXTS, triplets, "topic", models().llm, scorer=name)) == 1
    assert len(localcluster.ask_pairs(TEXTS, pairs, "topic", models().llm, scorer=name)) == 2


def test_answers_that_stand_in_a_file_are_not_asked_again(tmp_path):
    settings = {"scorer": "likelihood", "answers": tmp_path / "answers.sqlite"}
    first, second = models().llm, models().llm
    before = localcluster.ask_triplets(TEXTS, [[0, 1, 2]], "sentiment", first, **settings)
    after = localcluster.ask_triplets(TEXTS, [[0, 1, 2]], "sentiment", second, **settings)
    assert first.calls["score"] > 0
    assert second.calls["score"] == 0
    assert np.array_equal(before.scores, after.scores)


@pytest.mark.parametrize("k", [3, 6])
@pytest.mark.parametrize("method", ["change point", "F-beta", "expected F-beta"])
def test_the_number_of_clusters_follows_answers_about_pairs(k, method):
    vectors, labels = blobs(k)
    asked = []

    def same(pairs):
        asked.append(pairs)
        return (labels[pairs[:, 0]] == labels[pairs[:, 1]]).astype(float) * 0.98 + 0.01

    found = localcluster.choose_granularity(vectors, same, k_max=40, per_step=3, method=method)
    assert abs(found.k - k) <= 1
    assert found.low <= k <= found.high
    assert len(asked) == 1
    assert asked[0].dtype == np.int64


def test_answers_of_a_model_choose_too_and_no_answer_counts_as_none():
    vectors, labels = blobs(4)
    with_answers = localcluster.choose_granularity(
        vectors,
        lambda pairs: Answers(
            pairs,
            np.zeros((len(pairs), 2), np.float32),
            (labels[pairs[:, 0]] == labels[pairs[:, 1]]).astype(np.float32),
            np.zeros(len(pairs), np.bool_),
        ),
        k_max=30,
    )
    assert with_answers.low <= 4 <= with_answers.high < 8
    silent = localcluster.choose_granularity(vectors, lambda pairs: np.full(len(pairs), np.nan), k_max=30)
    assert silent.answered == 0


@pytest.mark.slow
def test_an_embedding_learns_from_answers_and_held_out_ones_judge_it():
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=150)
    vectors = rng.normal(size=(150, 6)).astype(np.float32)
    vectors[:, 0] = 2 * labels - 1
    triplets = localcluster.sample_triplets(vectors, labels, 400, strategy="random")
    found = localcluster.adapt_embedder(vectors, (triplets, truth_of(triplets, labels)))
    assert found.method == "head"
    assert found.vectors.shape == vectors.shape
    assert found.verdict.adopted
    assert found.verdict.mean > 0
    coin = localcluster.adapt_embedder(vectors, (triplets, rng.integers(2, size=len(triplets))))
    assert not coin.verdict.adopted


@pytest.mark.slow
def test_answers_of_the_model_adapt_as_they_are():
    triplets = localcluster.sample_triplets(VECTORS, KIND, 30)
    answers = localcluster.ask_triplets(TEXTS, triplets, "sentiment", models().llm, scorer="likelihood")
    assert localcluster.adapt_embedder(VECTORS, answers).trained_on > 0


def test_fine_tuning_needs_what_it_trains():
    with pytest.raises(ConfigError, match="model="):
        localcluster.adapt_embedder(VECTORS, ([[0, 1, 2]], [1]), method="full")
    with pytest.raises(ConfigError, match="adapts nothing"):
        localcluster.adapt_embedder(VECTORS, ([[0, 1, 2]], [1]), method="none")


@pytest.mark.slow
def test_a_head_learns_any_clustering():
    vectors, labels = blobs(3)
    names = np.array(["b", "a", "c"])[labels]
    fitted = localcluster.fit_head(vectors, names)
    assert fitted.proba.shape == (90, 3)
    assert adjusted_rand_score(labels, fitted.labels) == 1
    assert fitted.labels[labels == 1].tolist() == [0] * 30


def test_clusters_of_any_clustering_are_named():
    by_model = localcluster.name_clusters(TEXTS, SENTIMENT, "sentiment", models().llm, vectors=VECTORS)
    assert [name.name for name in by_model] == ["Negative", "Positive"]
    by_words = localcluster.name_clusters(TEXTS, BY_KIND, "subject")
    assert len({name.name for name in by_words}) == 3
    assert {name.named_by for name in by_words} == {"words"}
    km = KMeans(3, random_state=0).fit(VECTORS)
    assert len(localcluster.name_clusters(TEXTS, km.labels_, "subject", vectors=VECTORS)) == 3


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: localcluster.sample_triplets(VECTORS, KIND[:5]), "5 labels for 90 rows"),
        (lambda: localcluster.sample_triplets(VECTORS[0], KIND), r"shape \(48,\)"),
        (lambda: localcluster.fit_head(np.where(VECTORS > 9, VECTORS, np.nan), KIND), "90 of 90 vectors"),
        (lambda: localcluster.fit_head(VECTORS, KIND[:, None]), "labels have shape"),
        (lambda: localcluster.ask_triplets(TEXTS, [[0, 1]], "x", models().llm), r"\(m, 3\)"),
        (lambda: localcluster.ask_pairs(TEXTS, [[0, 90]], "x", models().llm), "rows 0 to 90"),
        (lambda: localcluster.ask_pairs(TEXTS, [[0.0, 1.0]], "x", models().llm), "float64"),
        (
            lambda: localcluster.ask_pairs(TEXTS, [[0, 1]], "x", models().llm, vectors=VECTORS[:9]),
            "9 vectors for 90 rows",
        ),
        (lambda: localcluster.ask_pairs(TEXTS, [[0, 1]], "x", models().llm, scorer="?"), "not known"),
        (lambda: localcluster.adapt_embedder(VECTORS, ([[0, 1, 2]], [2.0])), "from 0 to 1"),
        (lambda: localcluster.adapt_embedder(VECTORS, ([[0, 1, 2]], [1, 0])), r"shape \(2,\)"),
        (lambda: localcluster.choose_granularity(VECTORS, lambda pairs: [1.0]), r"returned shape \(1,\)"),
        (lambda: localcluster.choose_granularity(VECTORS, lambda p: np.full(len(p), 3)), "outside 0 to 1"),
        (lambda: localcluster.name_clusters(TEXTS, KIND[:4], "x"), "4 labels for 90 rows"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call, says):
    with pytest.raises((InputError, ConfigError), match=says):
        call()


ASKED = np.array([[0, 1, 2]])


def all_alike(pairs):
    return np.ones(len(pairs))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda api: api.sample_triplets([["a"]], [0]), InputError, "vectors are not an array"),
        (lambda api: api.sample_triplets([[1, 2], [3]], [0, 1]), InputError, "vectors are not an array"),
        (lambda api: api.sample_triplets(VECTORS, KIND, strategy="best"), ConfigError, "'entropy'"),
        (lambda api: api.fit_head(VECTORS, [None] * N), InputError, "no None"),
        (lambda api: api.fit_head(VECTORS, [np.nan] * N), InputError, "Row 0 .* NaN"),
        (lambda api: api.fit_head(VECTORS, KIND, fractions=()), ConfigError, "above 0"),
        (lambda api: api.fit_head(VECTORS, KIND, fractions=(2.0,)), ConfigError, "above 0"),
        (lambda api: api.fit_head(VECTORS, KIND, fractions=np.array([0.5, 2.0])), ConfigError, "above 0"),
        (lambda api: api.fit_head(VECTORS, KIND, confidence=[1]), InputError, r"shape \(1,\)"),
        (lambda api: api.ask_triplets(TEXTS, ASKED, "", models().llm), ConfigError, "not one criterion"),
        (lambda api: api.ask_triplets(TEXTS, ASKED, ["a", "b"], models().llm), ConfigError, "not one"),
        (lambda api: api.ask_triplets(TEXTS, ASKED, "topic", None), ConfigError, "has to answer"),
        (lambda api: api.ask_pairs([None, "a"], [[0, 1]], "topic", models().llm), InputError, "Row 0"),
        (lambda api: api.choose_granularity(VECTORS, len, k_min=30, k_max=5), ConfigError, "k_min=2 and k"),
        (lambda api: api.choose_granularity(VECTORS, all_alike, k_min=1, k_max=5), ConfigError, "k_min=5"),
        (lambda api: api.choose_granularity(VECTORS, len, method="best"), ConfigError, "'F-beta'"),
        (lambda api: api.name_clusters(TEXTS, KIND, " "), ConfigError, "not one criterion"),
        (lambda api: api.name_clusters([None] * N, KIND, "kind"), InputError, "Row 0"),
    ],
)
def test_what_a_stage_cannot_use_is_refused_in_a_sentence(call, error, says):
    with pytest.raises(error, match=says):
        call(localcluster)


def test_rows_may_come_in_any_column():
    import polars as pl

    asked = localcluster.ask_pairs(TEXTS, [[3, 1]], "sentiment", models().llm).probability
    for rows in (pl.Series(TEXTS), np.array(TEXTS), np.array(TEXTS, dtype=object)):
        found = localcluster.ask_pairs(rows, [[3, 1]], "sentiment", models().llm).probability
        assert np.array_equal(found, asked)
        assert localcluster.name_clusters(rows, BY_KIND, "kind") == localcluster.name_clusters(
            TEXTS, BY_KIND, "kind"
        )


@pytest.mark.slow
def test_the_starter_models_open_by_path(starter_gguf, starter_embedder):
    embedder = localcluster.load_embedder(starter_embedder)
    assert embedder.encode(TEXTS[:2]).shape[0] == 2
    llm = localcluster.load_llm(starter_gguf, engine="gguf")
    assert len(localcluster.ask_pairs(TEXTS, [[0, 1]], "topic", llm)) == 1
    llm.close()


def test_an_unknown_model_says_what_to_type():
    with pytest.raises(LocalClusterError, match="localcluster models"):
        localcluster.load_llm("no-such-model")
