"""Which row a user means, and what is told about it."""

from dataclasses import replace

import pytest
from explained_run import LENS, NEIGHBOURS, PROBA, small_run

from localcluster.errors import ConfigError
from localcluster.explain.row import explain_row, find_criteria, find_row, words_in
from localcluster.store import RowEvidence


@pytest.fixture
def result():
    return small_run()


@pytest.fixture
def evidence(result):
    labels = result.criteria[0].labels
    return RowEvidence(PROBA, 1 - labels, NEIGHBOURS, tuple(map(tuple, LENS)))


@pytest.mark.parametrize(
    ("wanted", "by_number", "row"),
    [("7", False, 0), ("2", False, 1), ("2", True, 1), ("4", False, 3), ("1", False, 0)],
)
def test_an_id_goes_before_a_number(result, wanted, by_number, row):
    assert find_row(result, wanted, by_number) == row


def test_a_number_can_be_meant_where_an_id_looks_like_it(result):
    result.ids[0] = "3"
    assert find_row(result, "3") == 0
    assert find_row(result, "3", by_number=True) == 2


def test_a_picture_is_found_by_its_name(result):
    assert find_row(replace(result, images=["a/1.png", None, "a/2.png", "a/1.png"]), "a/2.png") == 2


@pytest.mark.parametrize("wanted", ["0", "5", "-1", "", "seven", "1.0", "²"])
def test_a_row_that_is_not_there(result, wanted):
    with pytest.raises(ConfigError, match=r'no row ".*from 1 to 4, and ids such as "7", "2"'):
        find_row(result, wanted)


def test_an_id_of_several_rows_asks_which(result):
    with pytest.raises(ConfigError, match=r'2 rows are called "x": rows 3, 4.*3 --number'):
        find_row(result, "x")


def test_criteria_are_found_whatever_their_case(result):
    assert find_criteria(result, []) == [0, 1]
    assert find_criteria(result, ["who WRITES ", "topic"]) == [1, 0]
    with pytest.raises(ConfigError, match=r'by "mood"\. Try: --by "topic" --by "Who writes"'):
        find_criteria(result, ["mood"])


def test_what_speaks_for_a_row_and_against_it(result, evidence):
    found = explain_row(result, result.criteria[0], 1, evidence)
    assert (found.cluster.name, found.runner_up.name) == ("fees", "delivery")
    assert found.share == pytest.approx(0.55) and found.runner_up_share == pytest.approx(0.45)
    assert [(near.row, near.cluster.name) for near in found.neighbours] == [(3, "fees"), (0, "delivery")]
    assert found.lens_words == ("money",)
    assert (found.shared_words, found.rival_words) == (("fee",), ("card",))


def test_short_lists_of_neighbours_end(result, evidence):
    assert [near.row for near in explain_row(result, result.criteria[0], 2, evidence).neighbours] == [0]


def test_a_run_that_kept_nothing_still_tells_cluster_and_words(result):
    found = explain_row(result, result.criteria[0], 0, None)
    assert (found.cluster.name, found.shared_words) == ("delivery", ("card", "card arrived"))
    assert found.runner_up is None and found.share is None and not found.recorded


def test_without_a_language_model_there_are_no_lens_words(result, evidence):
    found = explain_row(result, result.criteria[0], 0, replace(evidence, lens_words=None))
    assert found.lens_words == () and found.recorded


def test_one_cluster_has_no_runner_up(result, evidence):
    alone = replace(evidence, runner_up=evidence.runner_up * 0 - 1)
    found = explain_row(result, result.criteria[0], 0, alone)
    assert found.runner_up is None and found.runner_up_share is None and found.rival_words == ()


def test_the_name_of_a_picture_is_no_word_of_it(result, evidence):
    pictured = replace(result, images=list(result.texts))
    assert explain_row(pictured, pictured.criteria[0], 0, evidence).shared_words == ()


@pytest.mark.parametrize(
    ("text", "keywords", "found"),
    [
        ("Cards arrive late", ("card", "late card", "fee"), ("card", "late card")),
        ("退款很慢", ("款很", "卡片"), ("款很",)),
        ("", ("card",), ()),
        ("It is 42", ("42",), ("42",)),
    ],
)
def test_words_are_found_in_every_form_and_script(text, keywords, found):
    assert words_in(text, keywords) == found
