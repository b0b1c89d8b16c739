"""What the templates show, computed from a run's result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcluster.evidence import CandidateEvidence
from localcluster.report.asked import Asked, asked
from localcluster.report.cards import Card, cards
from localcluster.report.crosstab import Comparison, compare
from localcluster.report.how_many import HowMany, how_many
from localcluster.report.nouns import Noun, noun_of
from localcluster.report.payload import MAX_MAP_POINTS, MAX_TEXT_CHARS
from localcluster.report.pictures import MAX_OPEN_CARDS
from localcluster.report.readings import Reading, readings
from localcluster.report.studies import Study, studies
from localcluster.results import CriterionResult, Evidence, RunResult


@dataclass(frozen=True)
class Why:
    """The table of candidates that a choice was made from, and further tables of what was tried."""

    candidates: tuple[CandidateEvidence, ...]
    studies: list[Study]
    notes: tuple[str, ...]
    other: dict[str, Any]


@dataclass(frozen=True)
class Section:
    """One criterion on the page."""

    anchor: str
    criterion: str
    chosen: str
    worth_a_look: str
    cards: list[Card]
    why: Why
    how_many: HowMany | None
    asked: Asked
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
            f"{n_cut:,} {'text is' if n_cut == 1 else 'texts are'} longer than {MAX_TEXT_CHARS:,} characters "
            "and cut on this page."
        )
    if len(result.texts) > MAX_MAP_POINTS:
        remarks.append(
            f"The maps draw {MAX_MAP_POINTS:,} of the {len(result.texts):,} rows, taken at even steps. "
            "Everything else on this page counts all rows."
        )
    return remarks


def _section(index: int, criterion: CriterionResult, result: RunResult, noun: Noun) -> Section:
    evidence = criterion.evidence
    return Section(
        anchor=f"criterion-{index + 1}",
        criterion=criterion.criterion,
        chosen=criterion.chosen,
        worth_a_look=criterion.worth_a_look(noun.one, noun.many),
        cards=cards(criterion, result),
        why=_why(evidence),
        how_many=how_many(evidence.k, noun),
        asked=asked(evidence.oracle, noun),
        readings=readings(evidence, result),
        folded=criterion.k > MAX_OPEN_CARDS,
        pictures=result.images is not None,
    )


def _why(evidence: Evidence) -> Why:
    other = {
        "wordings": evidence.wordings,
        "relatedness": evidence.relatedness,
        "weights": evidence.weights,
    }
    return Why(
        evidence.candidates,
        studies(evidence),
        evidence.notes,
        {name: value for name, value in other.items() if value not in (None, {})},
    )
