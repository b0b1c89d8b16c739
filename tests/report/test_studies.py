"""Tables of what was tried, and hostile words in them."""

from dataclasses import replace

import pytest
from test_decisions import rendered, text_of
from test_report import HOSTILE, Reader

from localcluster.evidence import HeadEvidence, HeadTrial, TargetEvidence
from localcluster.report.studies import studies
from localcluster.results import Evidence

TARGETS = TargetEvidence("answers", {"is last": -0.61234, "is item": -0.7}, "is item", "Answers prefer it.")
HEAD = HeadEvidence((HeadTrial(0.3, 140, 0.51234, 0.9),), 0.3, 50, "30% taught.")


def test_tables_are_shown_with_their_conclusion(make_result):
    text = text_of(rendered(make_result, targets=TARGETS, head=HEAD))
    assert "What was read from the model Answers prefer it." in text
    assert (
        "Target Log-likelihood of the model&#39;s answers (nats) is last -0.612 ✓ chosen is item -0.7" in text
    )
    assert "The clustering head 30% taught." in text
    assert (
        "Chosen Fraction Epochs Held-out cross-entropy Held-out agreement ✓ chosen 0.3 140 0.512 0.9" in text
    )
    assert "Taught by 50" in text


def test_figures_of_an_index_are_called_so(make_result):
    text = text_of(rendered(make_result, targets=replace(TARGETS, judge="index", chosen=None)))
    assert "Wording, last token Clearness x agreement of layers is last -0.612 is item -0.7" in text


def test_what_was_not_tried_is_not_shown(make_result):
    assert studies(Evidence()) == []
    assert "The clustering head" not in rendered(make_result, head=None)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_strings_in_the_tables_are_never_obeyed(make_result, hostile):
    targets = replace(TARGETS, figures={hostile: 1.0}, chosen=hostile, why=hostile)
    head = replace(HEAD, why=hostile)
    plain = Reader(rendered(make_result, head=HEAD, targets=TARGETS))
    reader = Reader(rendered(make_result, head=head, targets=targets))
    assert reader.scripts[1:] == plain.scripts[1:]
    assert {tag for tag, _ in reader.tags} <= {tag for tag, _ in plain.tags} | {"li", "ul"}
