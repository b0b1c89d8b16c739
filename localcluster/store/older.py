"""The ``run.json`` of an older version, as this one would have written it.

When what ``run.json`` holds changes: raise :data:`~localcluster.store.run_folder.FORMAT`; write a function
here that makes the form before into the new one; call it in :func:`as_current`, after those of older forms;
keep a small run folder of the form before for the test (``tests/store/format_1`` is the first).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Names of rules in format 1.
_RULES_1 = {
    "highest mean silhouette": "silhouette",
    "pairwise answers (change point)": "change point",
    "pairwise answers (F-beta)": "F-beta",
    "pairwise answers (expected F-beta)": "expected F-beta",
}


def as_current(document: dict[str, Any]) -> dict[str, Any]:
    """A ``run.json`` of any format up to this version's, in this version's.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        It is not what a run writes.
    """
    if document["format"] < 2:
        criteria = [
            {**criterion, "evidence": _evidence_from_1(criterion["evidence"])}
            for criterion in document["criteria"]
        ]
        document = {**document, "format": 2, "criteria": criteria}
    return document


def _evidence_from_1(old: Mapping[str, Any]) -> dict[str, Any]:
    """Format 1 named things in prose, and had what was tried as tables of columns and rows."""
    return {
        "candidates": [
            {
                **candidate,
                "sentence_support": candidate.get("support in sentence view"),
                "criterion_support": candidate.get("support in criterion views"),
            }
            for candidate in old.get("candidates", ())
        ],
        "wordings": old.get("wordings") or {},
        "targets": _targets_from_1(old.get("targets")),
        "relatedness": old.get("relatedness"),
        "weights": old.get("weights") or {},
        "notes": old.get("notes", ()),
        "k": _k_from_1(old.get("k")),
        "oracle": _oracle_from_1(old.get("oracle")),
        "head": _head_from_1(old.get("head")),
        "readings": old.get("readings", ()),
    }


def _targets_from_1(old: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not old:
        return None
    chosen = old["chosen"]
    return {
        "judge": "answers" if old["columns"][0] == "target" else "index",
        "figures": dict(old["rows"]),
        "chosen": None if chosen is None else old["rows"][chosen][0],
        "why": old["why"],
    }


def _k_from_1(old: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not old:
        return None
    if "given" in old:
        return None if not isinstance(old["given"], int) else {"chosen": old["given"], "rule": "given"}
    return {
        **old,
        "rule": _RULES_1[old["rule"]],
        "pairs_asked": old.get("pairs asked"),
        "pairs_answered": old.get("pairs answered"),
    }


def _oracle_from_1(old: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not old:
        return None
    questions = old["questions"]
    return {
        **old,
        "rounds": [{**made, "number": made["round"]} for made in old["rounds"]],
        "questions": {**questions, "readings": questions["readings asked"]},
    }


def _head_from_1(old: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not old:
        return None
    names = {
        "fraction": "fraction",
        "epochs": "epochs",
        "held-out cross-entropy": "cross_entropy",
        "held-out agreement": "agreement",
    }
    trials = [
        dict(zip((names[column] for column in old["columns"]), row, strict=True)) for row in old["rows"]
    ]
    return {
        "trials": trials,
        "fraction": trials[old["chosen"]]["fraction"],
        "taught_by": old["taught by"],
        "why": old["why"],
    }
