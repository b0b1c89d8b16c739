"""Tables of what was tried: what was read from the model, and the clustering head."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from localcluster.evidence import HeadEvidence, TargetEvidence, TargetJudge
from localcluster.results import Evidence

#: What a candidate is and what it was judged by.
_TARGET_COLUMNS: dict[TargetJudge, list[str]] = {
    "index": ["wording, last token", "clearness x agreement of layers"],
    "answers": ["target", "log-likelihood of the model's answers (nats)"],
}
_HEAD_COLUMNS = ["fraction", "epochs", "held-out cross-entropy", "held-out agreement"]


@dataclass(frozen=True)
class Study:
    """A table with its conclusion.

    Attributes
    ----------
    rows : list of list
        Each as long as ``columns``.
    chosen : int or None
        The row that was chosen.
    other : dict
        More that was found, by name.
    """

    title: str
    why: str
    columns: list[str]
    rows: list[list[Any]]
    chosen: int | None
    other: dict[str, Any] = field(default_factory=dict)


def studies(evidence: Evidence) -> list[Study]:
    """The tables of one criterion's evidence; those that were not made are left out."""
    found = [] if evidence.targets is None else [_targets(evidence.targets)]
    return found if evidence.head is None else [*found, _head(evidence.head)]


def _targets(found: TargetEvidence) -> Study:
    names = list(found.figures)
    return Study(
        "What was read from the model",
        found.why,
        _TARGET_COLUMNS[found.judge],
        [[name, figure] for name, figure in found.figures.items()],
        names.index(found.chosen) if found.chosen in names else None,
    )


def _head(found: HeadEvidence) -> Study:
    return Study(
        "The clustering head",
        found.why,
        _HEAD_COLUMNS,
        [[trial.fraction, trial.epochs, trial.cross_entropy, trial.agreement] for trial in found.trials],
        next((place for place, trial in enumerate(found.trials) if trial.fraction == found.fraction), None),
        {"taught by": found.taught_by},
    )
