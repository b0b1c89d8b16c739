import numpy as np
import pytest

from localcluster.explain.phrases import cluster_phrases

PARCEL = ["where can I track my parcel", "please track my parcel", "I want to track my parcel today"]
MONEY = ["I want a refund now", "a refund please", "the refund is late"]


def phrases(*clusters):
    texts = [text for own in clusters for text in own]
    labels = np.repeat(np.arange(len(clusters)), [len(own) for own in clusters])
    return cluster_phrases(texts, labels)


def test_phrases_keep_small_words_inside_and_none_at_the_ends():
    parcel, money = phrases(PARCEL * 2, MONEY * 2).own
    assert parcel[0] == "track my parcel"
    assert money[0] == "refund"
    assert not any(phrase.split()[0] in ("my", "to", "a") for phrase in (*parcel, *money))


def test_a_phrase_does_not_cross_a_comma():
    own = phrases(["my card, stolen yesterday"] * 3, MONEY).own[0]
    assert "card stolen" not in own and "stolen yesterday" in own


def test_what_is_said_everywhere_is_no_phrase_of_a_cluster():
    first, second = phrases(["my account is locked"] * 6, ["close my account"] * 6).own
    assert "account" not in (*first, *second)


def test_greetings_and_signatures_are_told_by_where_they_stand():
    letters = [
        f"Dear Ms Miller,\nthe {thing} was broken when it came.\nKind regards,\nTom"
        for thing in ("kettle", "lamp", "toaster", "kettle", "lamp", "kettle")
    ]
    found = phrases(letters, [*MONEY, "Refund, please, it was too late"])
    assert {"dear", "miller", "regards", "tom"} <= found.salutations
    assert not {"kettle", "refund", "broken"} & found.salutations
    assert not any("miller" in phrase or "regards" in phrase for phrase in found.own[0])


@pytest.mark.parametrize("texts", [["", ""], ["...", "!!"], ["42", "the of"], ["退款很慢", "手机坏了"]])
def test_rows_without_phrases_do_not_fail(texts):
    assert cluster_phrases(texts, np.array([0, 1])).own == [(), ()]


def test_order_of_rows_does_not_matter():
    texts, labels = PARCEL * 2 + MONEY * 2, np.repeat([0, 1], 6)
    order = np.random.default_rng(0).permutation(12)
    assert cluster_phrases([texts[i] for i in order], labels[order]) == cluster_phrases(texts, labels)
