import random

import numpy as np
import pytest

from localcluster.explain.exemplars import cluster_exemplars, least_confident
from localcluster.explain.keywords import cluster_words
from localcluster.explain.tokens import ENGLISH_STOPS, looks_english, near_same, terms_of, words_of

FOOD = ["the soup was great", "great soup and bread", "bread with the soup", "a soup for the cold"]
PHONE = ["the phone rings", "my phone and the charger", "charger for the phone", "phone charger is loud"]


def test_words_set_clusters_apart():
    food, phone = cluster_words(FOOD + PHONE, np.array([0] * 4 + [1] * 4))
    assert food[0] == "soup"
    assert phone[0] == "phone"
    assert not set(food) & set(phone)
    assert not {"the", "and", "for"} & {w for words in (food, phone) for w in words}


def test_words_frequent_everywhere_are_no_words_of_a_cluster():
    texts = ["alpha common one"] * 10 + ["beta common two"] * 10
    first, second = cluster_words(texts, np.repeat([0, 1], 10), n_words=3)
    assert "common" not in (*first, *second)


def test_a_word_of_one_row_gives_way_in_a_large_cluster():
    texts = [f"soup bread wine salad {'zyzzyva' if i == 0 else ''}" for i in range(20)] + ["phone"] * 20
    assert "zyzzyva" not in cluster_words(texts, np.repeat([0, 1], 20), n_words=4)[0]


def test_near_duplicates_are_thinned():
    texts = ["my card arrived", "cards arrive", "card arriving today", "card arrived"] * 4 + ["soup"] * 16
    words = cluster_words(texts, np.repeat([0, 1], 16))[0]
    assert sum(near_same(w, "card") for w in words) == 1


def test_order_of_rows_does_not_matter():
    texts, labels = FOOD + PHONE, np.array([0] * 4 + [1] * 4)
    order = list(range(8))
    random.Random(0).shuffle(order)
    assert cluster_words([texts[i] for i in order], labels[order]) == cluster_words(texts, labels)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["退款很慢", "退款没有到", "手机很好", "手机坏了"], ("退款", "手机")),
        (["बिजली बिल", "बिजली नहीं", "पानी कम", "पानी साफ"], ("बिजली", "पानी")),
        (["der hund bellt", "ein hund", "die katze", "eine katze schläft"], ("hund", "katze")),
    ],
)
def test_other_languages(texts, expected):
    words = cluster_words(texts, np.array([0, 0, 1, 1]))
    assert tuple(w[0] for w in words) == expected


@pytest.mark.parametrize("texts", [["", ""], ["...", "!!"], ["", "the of"]])
def test_rows_without_words_do_not_fail(texts):
    assert len(cluster_words(texts, np.array([0, 1]))) == 2


def test_one_cluster_has_words():
    assert cluster_words(FOOD, np.zeros(4, dtype=np.int64))[0][0] == "soup"


def test_english_is_told_from_its_neighbours():
    assert looks_english(FOOD + PHONE)
    assert not looks_english(
        ["de hond is in het huis of in de tuin", "il gatto e il cane", "der Hund in dem Haus"]
    )
    assert not looks_english([])


def test_negations_are_kept_and_pairs_are_found_as_written():
    terms = terms_of("It's the card that doesn't work, not the phone", ENGLISH_STOPS)
    assert "doesn't" in terms and "not" in terms
    assert "doesn't work" in terms
    assert "card doesn't" not in terms


def test_combining_signs_stay_in_their_word():
    assert words_of("बिजली cafe\u0301") == ["बिजली", "cafe\u0301"]


def test_exemplars_are_central_distinct_and_no_copies():
    texts = ["centre", "Centre ", "near", "also near", "far " * 3]
    vectors = np.array([[0, 0], [0, 0], [0.1, 0], [0, 0.12], [9, 9]], dtype=np.float32)
    (rows,) = cluster_exemplars(texts, np.zeros(5, dtype=np.int64), vectors, n=3)
    assert len({texts[r].strip().lower() for r in rows}) == 3
    (all_rows,) = cluster_exemplars(texts, np.zeros(5, dtype=np.int64), vectors, n=10)
    assert len(all_rows) == 4


def test_a_short_row_wins_over_a_slightly_nearer_long_one():
    vectors = np.array([[1.0, 0], [-1.02, 0], [0, 3.0], [0, -3.0]], dtype=np.float32)
    texts = ["long " * 400, "short", "a", "b"]
    assert cluster_exemplars(texts, np.zeros(4, dtype=np.int64), vectors, n=1)[0] == (1,)


def test_exemplars_stay_in_their_cluster():
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 4
    found = cluster_exemplars(
        [f"t{i}" for i in range(40)], labels, rng.normal(size=(40, 3)).astype(np.float32)
    )
    assert all((labels[list(rows)] == c).all() for c, rows in enumerate(found))


def test_least_confident_come_least_sure_first():
    labels = np.array([0, 1, 0, 1, 0])
    confidence = np.array([0.9, 0.2, 0.1, 0.8, 0.5], dtype=np.float32)
    assert least_confident(labels, confidence, n=2) == [(2, 4), (1, 3)]
