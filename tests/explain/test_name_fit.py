"""Names compared with rows by an embedder whose dimensions are topics."""

import re

import numpy as np
import pytest

from localcluster.backends.base import Item
from localcluster.explain.fit import ROWS_COMPARED, Fit, rows_to_compare
from localcluster.explain.naming import choose_names
from localcluster.testing import ScriptedModel

TOPICS = (
    {"kettle", "pan", "toaster", "kitchen", "appliances", "spoon"},
    {"film", "actor", "plot", "scene", "cinema"},
    {"soup", "menu", "food", "waiter"},
    {"hi", "hello", "dear", "regards"},
)
POTS = ["the kettle leaks", "a good pan", "kettle and toaster", "the spoon bent", "my toaster died"]
FILMS = ["the plot is thin", "great actor", "every scene", "an actor and a plot", "long scene"]
ROWS = [Item(text) for text in POTS + FILMS]
LABELS = np.repeat([0, 1], 5)
EXEMPLARS = [tuple(range(5)), tuple(range(5, 10))]


class TopicEmbedder:
    name, sha256 = "topics", "0" * 64

    def encode(self, sentences, progress=None):
        words = [set(re.findall(r"\w+", text.casefold())) for text in sentences]
        counts = [[len(own & topic) for topic in TOPICS] + [0.1] for own in words]
        return np.array(counts, np.float32)


def fit(embedder=None, criterion="kind of thing"):
    return Fit(criterion, [POTS, FILMS], embedder)


def test_a_name_fits_its_own_cluster_better_than_one_of_neither():
    own = ["Kitchen appliances", "Food", "Cinema"]
    pots, films = fit(TopicEmbedder()).merits([own, own])
    assert own[int(pots.argmax())] == "Kitchen appliances"
    assert own[int(films.argmax())] == "Cinema"
    assert pots[2] == -np.inf and films[0] == -np.inf


def test_greetings_are_refused_by_what_they_are_like():
    (merits, _) = fit(TopicEmbedder()).merits([["Hi", "Kettle"], []])
    assert merits[0] == -np.inf < merits[1]


def test_without_an_embedder_words_alone_tell():
    merits, _ = fit().merits([["Toasters", "Actor", "Unheard"], []])
    assert merits[0] > merits[2] > merits[1]


def test_a_sentence_nearer_to_other_rows_is_not_borne_out():
    said = ["about actors in a film", "about a plot"]
    assert fit(TopicEmbedder()).bears_out(said) == [False, True]
    assert fit().bears_out(said) == [True, True]


@pytest.mark.parametrize("empty", [[[], []], [["", " "], ["a"]]])
def test_clusters_without_text_do_not_fail(empty):
    found = Fit("x", empty, TopicEmbedder())
    assert not found.embeds
    assert [len(own) for own in found.merits([["A"], []])] == [1, 0]


def test_few_rows_stand_for_a_large_cluster_exemplars_first():
    labels = np.repeat([0, 1], [500, 3])
    large, small = rows_to_compare(labels, [(7, 490), (501,)])
    assert large[:2] == [7, 490] and len(large) == ROWS_COMPARED == len(set(large))
    assert small == [501, 500, 502]


def test_a_wrong_word_of_the_model_loses_to_a_word_of_the_rows():
    model = ScriptedModel(script=lambda text: "Food" if "kettle" in text else "Soup")
    names = choose_names(
        "kind of thing",
        ROWS,
        [("kettle", "toaster"), ("plot", "scene")],
        EXEMPLARS,
        model,
        labels=LABELS,
        embedder=TopicEmbedder(),
    )
    assert [n.name.split()[0].casefold() in topic for n, topic in zip(names, TOPICS, strict=False)] == [
        True,
        True,
    ]
    assert model.calls["score"] < len(ROWS) * 2 and {n.named_by for n in names} == {"words"}


def test_without_a_language_model_the_best_phrase_names():
    names = choose_names(
        "thing", ROWS, [("kettle",), ("plot",)], EXEMPLARS, labels=LABELS, embedder=TopicEmbedder()
    )
    assert {n.named_by for n in names} == {"words"}
    assert not any("," in n.name for n in names)
    assert [n.description for n in names] == [f"For example: “{POTS[0]}”", f"For example: “{FILMS[0]}”"]
