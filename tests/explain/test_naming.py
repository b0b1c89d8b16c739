import numpy as np
import pytest

from localcluster.backends.base import Item
from localcluster.explain import explain_clusters
from localcluster.explain.guard import is_name, same_name
from localcluster.explain.naming import _distinct, choose_names, score_names
from localcluster.testing import ScriptedModel

GOOD = ["a great phone", "great soup here", "really great film", "such a great place"]
BAD = ["an awful phone", "awful soup here", "really awful film", "such an awful place"]
TEXTS = GOOD + BAD
LABELS = np.repeat([0, 1], 4)
EXEMPLARS = [(0, 1, 2, 3), (4, 5, 6, 7)]
WORDS = [("great", "phone"), ("awful", "soup")]
ROWS = [Item(text) for text in TEXTS]
READ = [ROWS[:4], ROWS[4:]]


def model(script=None):
    return ScriptedModel({"sentiment": {"great": "positive", "awful": "negative"}}, script=script)


def test_the_answer_word_becomes_the_name():
    names = choose_names("sentiment", ROWS, WORDS, EXEMPLARS, model())
    assert [n.name.split()[0] for n in names] == ["Positive", "Negative"]
    assert {n.named_by for n in names} == {"model"}


def test_the_score_says_what_sets_a_cluster_apart():
    both = ["Positive", "Negative"]
    good, bad = score_names("sentiment", READ, [both, both], model())
    assert good[0] > good[1] and bad[1] > bad[0]


def test_where_two_clusters_want_one_name_the_loser_adds_a_word():
    scored = [
        [("Card", -1.0), ("Odd", -9.0)],
        [("Card", -2.0), ("Just this", -8.0)],
        [("Cards", -3.0), ("Visa", -4.0)],
    ]
    words = [("card",), ("card", "accepted"), ("visa",)]
    named = [("Card", "best"), ("Card, accepted", "combined"), ("Visa", "best")]
    assert _distinct(scored, words) == named


def test_a_name_that_fits_every_cluster_is_none():
    (phone, positive), _ = score_names("sentiment", READ, [["Phone", "Positive"], []], model())
    assert phone == -np.inf < positive


@pytest.mark.parametrize(
    "said",
    [
        "",
        "I'm sorry, I cannot",
        "sentiment",
        "a great phone",
        "<script>alert(1)</script>",
        "Texts:\n- a great",
    ],
)
def test_whatever_the_model_says_names_are_names(said):
    names = choose_names("sentiment", ROWS, WORDS, EXEMPLARS, model(lambda text: said))
    for n, rows in zip(names, EXEMPLARS, strict=True):
        assert is_name(n.name, "sentiment", [TEXTS[r] for r in rows])
        assert "<" not in n.name + n.description
    assert not same_name(names[0].name, names[1].name)


def test_without_a_model_words_name():
    names = choose_names("sentiment", ROWS, WORDS, EXEMPLARS)
    assert [(n.name, n.named_by) for n in names] == [("Great, phone", "words"), ("Awful, soup", "words")]


def test_names_are_distinct_and_never_empty_even_without_words():
    words = [("card",), ("card",), (), ("cards", "bank")]
    names = [n.name for n in choose_names("topic", [Item("x")] * 4, words, [(0,), (1,), (2,), (3,)])]
    assert len(set(names)) == 4 and all(names)


@pytest.mark.slow
def test_a_hundred_and_fifty_clusters_stay_cheap():
    k = 150
    rows = [Item(f"text about thing{i % k}") for i in range(8 * k)]
    exemplars = [tuple(range(c, 8 * k, k)) for c in range(k)]
    fake, seen = model(), []
    names = choose_names(
        "topic",
        rows,
        [(f"thing{c}",) for c in range(k)],
        exemplars,
        fake,
        lambda done, total: seen.append((done, total)),
    )
    assert len({n.name for n in names}) == k
    assert sum(fake.calls.values()) <= 20 * k
    assert seen == sorted(seen) and seen[-1][0] <= seen[-1][1]


def test_cards_hold_what_the_report_shows():
    vectors = np.eye(8, dtype=np.float32)
    confidence = np.linspace(0, 1, 8, dtype=np.float32)
    cards = explain_clusters("sentiment", TEXTS, LABELS, confidence, vectors, model())
    assert [(c.cluster, c.size) for c in cards] == [(0, 4), (1, 4)]
    assert cards[0].least_confident == (0, 1, 2, 3)
    assert cards[1].words[0] == "awful"
    assert set(cards[1].exemplars) == {4, 5, 6, 7}


def test_a_label_without_rows_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="without rows"):
        explain_clusters(
            "x", ["a"], np.array([1]), np.ones(1, dtype=np.float32), np.ones((1, 2), dtype=np.float32)
        )


def test_the_same_input_gets_the_same_names():
    first, second = (choose_names("sentiment", ROWS, WORDS, EXEMPLARS, model()) for _ in range(2))
    assert first == second
