"""Tables of what was tried: any record that a run may leave is shown, none breaks the page."""

import pytest
from test_decisions import text_of
from test_report import HOSTILE, Reader

from localcluster.report.studies import studies
from localcluster.report.write import render

TARGETS = {
    "columns": ["wording", "layer", "index"],
    "rows": [["plain", 24, 0.61234], ["chat", 28, 0.7]],
    "chosen": 1,
    "why": "The chat wording sets rows apart best.",
}
HEAD = {"columns": ["fraction"], "rows": [[0.3]], "why": "Not adopted.", "adopted": False, "gain": None}


def rendered(make_result, **evidence):
    result = make_result(ks=(2,))
    result.criteria[0].evidence.update(evidence)
    return render(result)


def test_tables_are_shown_with_their_conclusion(make_result):
    text = text_of(rendered(make_result, targets=TARGETS, head=HEAD))
    assert "What was read from the model The chat wording sets rows apart best." in text
    assert "Wording Layer Index plain 24 0.612 ✓ chosen chat 28 0.7" in text
    assert "The clustering head Not adopted." in text and "Adopted no" in text


def test_what_was_not_tried_is_not_shown(make_result):
    assert studies({"head": None, "targets": {}}) == []
    assert "The clustering head" not in rendered(make_result, head=None)


def test_rows_may_be_records_and_of_any_length():
    (study,) = studies({"head": {"rows": [{"a": 1, "b": 2}, {"b": 3}, [4], [5, 6, 7], "odd"]}})
    assert study.columns == ["a", "b", ""]
    assert study.rows == [[1, 2, None], [None, 3, None], [4, None, None], [5, 6, 7]]


@pytest.mark.parametrize("chosen", ["the second", True, [1], 1.5])
def test_a_choice_that_is_no_row_is_a_finding_like_others(chosen):
    (study,) = studies({"head": HEAD | {"chosen": chosen}})
    assert study.chosen is None and study.other["chosen"] == chosen


def test_a_record_of_no_known_form_is_still_shown(make_result):
    text = text_of(
        rendered(make_result, head={"epochs": 140, "curve": [[1, 0.9], [2, 0.8]]}, targets="by hand")
    )
    assert "The clustering head" in text and "Epochs 140" in text and "by hand" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_strings_in_the_tables_are_never_obeyed(make_result, hostile):
    spoiled = {"columns": [hostile], "rows": [[hostile], [[hostile]]], "why": hostile, hostile: hostile}
    plain = Reader(rendered(make_result, head=HEAD, targets=TARGETS))
    reader = Reader(rendered(make_result, head=spoiled, targets=spoiled))
    assert reader.scripts[1:] == plain.scripts[1:]
    assert {tag for tag, _ in reader.tags} <= {tag for tag, _ in plain.tags}
