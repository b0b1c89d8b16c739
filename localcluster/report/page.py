"""What the templates show, computed from a run's result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcluster.report.asked import Asked, asked
from localcluster.report.cards import Card, cards
from localcluster.report.crosstab import Comparison, compare
from localcluster.report.how_many import HowMany, how_many
from localcluster.report.nouns import Noun, noun_of
from localcluster.report.payload import MAX_MAP_POINTS, MAX_TEXT_CHARS
from localcluster.report.pictures import MAX_OPEN_CARDS
from localcluster.report.readings import Reading, readings
from localcluster.report.studies import STUDIES, Study, studies
from localcluster.results import CriterionResult, RunResult

#: Columns of the evidence table that name a candidate; the others are its numbers.
_CANDIDATE_NAMES = ("view", "partition")


@dataclass(frozen=True)
class Evidence:
    """The table of candidates that a choice was made from, and further tables of what was tried."""

    columns: list[str]
    rows: list[dict[str, Any]]
    studies: list[Study]
    notes: list[str]
    other: dict[str, Any]


@dataclass(frozen=True)
class Section:
    """One criterion on the page."""

    anchor: str
    criterion: str
    chosen: str
    worth_a_look: str
    cards: list[Card]
    evidence: Evidence
    how_many: HowMany | None
    asked: Asked | None
    readings: list[Reading]
    folded: bool
    pictures: bool


@dataclass(frozen=True)
class Page:
    """The whole page, without its scripts."""

    title: str
    n_rows: int
    noun: Noun
    sections: list[Section]
    comparison: Comparison | None
    remarks: list[str]
    facts: dict[str, Any]


def page(result: RunResult) -> Page:
    """Gather what the templates show."""
    noun = noun_of(result)
    return Page(
        title=" · ".join(c.criterion for c in result.criteria) or "localcluster",
        n_rows=len(result.texts),
        noun=noun,
        sections=[_section(i, criterion, result, noun) for i, criterion in enumerate(result.criteria)],
        comparison=compare(result.criteria),
        remarks=_remarks(result),
        facts=result.facts,
    )


def _remarks(result: RunResult) -> list[str]:
    """Where the page shows less than there is."""
    remarks = []
    n_cut = sum(len(text) > MAX_TEXT_CHARS for text in result.texts)
    if n_cut:
        remarks.append(
            f"{n_cut:,} texts are longer than {MAX_TEXT_CHARS:,} characters and are cut in this page."
        )
    if len(result.texts) > MAX_MAP_POINTS:
        remarks.append(
            f"The maps draw {MAX_MAP_POINTS:,} of the {len(result.texts):,} rows, taken at even steps; "
            "everything else on this page counts all rows."
        )
    return remarks


def _section(index: int, criterion: CriterionResult, result: RunResult, noun: Noun) -> Section:
    number = how_many(criterion.evidence.get("k"), noun)
    oracle = criterion.evidence.get("oracle")
    return Section(
        anchor=f"criterion-{index + 1}",
        criterion=criterion.criterion,
        chosen=criterion.chosen,
        worth_a_look=criterion.worth_a_look(noun.one, noun.many),
        cards=cards(criterion, result),
        evidence=_evidence(criterion.evidence, told=("oracle", "readings", *(("k",) if number else ()))),
        how_many=number,
        # A run from before there was an oracle says nothing about it, and neither does its page.
        asked=asked(oracle, noun) if "oracle" in criterion.evidence else None,
        readings=readings(criterion.evidence, result),
        folded=criterion.k > MAX_OPEN_CARDS,
        pictures=result.images is not None,
    )


def _evidence(evidence: Mapping[str, Any], told: tuple[str, ...]) -> Evidence:
    """The candidates, and whatever else was recorded and is not ``told`` elsewhere on the page."""
    candidates = [dict(row) for row in evidence.get("candidates", [])]
    columns = list(dict.fromkeys(key for row in candidates for key in row if key != "chosen"))
    columns.sort(key=lambda key: key not in _CANDIDATE_NAMES)
    tables = {key for key in STUDIES if isinstance(evidence.get(key), Mapping)}
    shown = {"candidates", "notes", *tables, *told}
    rest = {k: v for k, v in evidence.items() if k not in shown and v not in (None, {}, [])}
    notes = [str(note) for note in evidence.get("notes", [])]
    return Evidence(columns, candidates, studies(evidence), notes, rest)
