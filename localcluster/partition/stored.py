"""A fitted partition as plain values: a checkpoint that a continued run takes up instead of fitting again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.partition.candidates import Candidate
from localcluster.partition.fit import Partition, fused_vectors
from localcluster.partition.granularity import KChoice
from localcluster.partition.selection import Judged, Selection


def to_arrays(partition: Partition) -> dict[str, NDArray[Any]]:
    """Labels, confidence, and every candidate's labels; the vectors follow from the views."""
    judged = [one.candidate.labels for one in partition.selection.judged]
    rows = {} if partition.rows is None else {"rows": partition.rows}
    return {
        "labels": partition.labels,
        "confidence": partition.confidence,
        "candidates": np.stack(judged).astype(np.int32),
        **rows,
    }


def to_json(partition: Partition) -> dict[str, Any]:
    """Everything else, JSON-ready."""
    selection = partition.selection
    judged = []
    for one in selection.judged:
        entry = {key: value for key, value in asdict(one).items() if key != "candidate"}
        candidate = {key: value for key, value in asdict(one.candidate).items() if key != "labels"}
        judged.append(
            {
                **entry,
                "candidate": candidate,
                "chosen": one.candidate is selection.chosen,
                "alternative": one.candidate is selection.alternative,
            }
        )
    return {
        "judged": judged,
        "relatedness": selection.relatedness,
        "reason": selection.reason,
        "selection notes": selection.notes,
        "notes": list(partition.notes),
        "k": None if partition.k_choice is None else asdict(partition.k_choice),
    }


def from_stored(
    views: Sequence[View], arrays: Mapping[str, NDArray[Any]], told: Mapping[str, Any]
) -> Partition:
    """Partition of :func:`to_arrays` and :func:`to_json`, over the same views."""
    judged, chosen, alternative = [], None, None
    for entry, labels in zip(told["judged"], arrays["candidates"], strict=True):
        values = dict(entry)
        is_chosen, is_alternative = values.pop("chosen"), values.pop("alternative")
        candidate = Candidate(**values.pop("candidate"), labels=labels.astype(np.int64))
        judged.append(Judged(candidate=candidate, **values))
        chosen = candidate if is_chosen else chosen
        alternative = candidate if is_alternative else alternative
    assert chosen is not None
    selection = Selection(
        chosen, judged, told["relatedness"], told["reason"], list(told["selection notes"]), alternative
    )
    k = told["k"]
    choice = None if k is None else KChoice(k["k"], tuple((a, b) for a, b in k["curve"]))
    return Partition(
        arrays["labels"].astype(np.int64),
        arrays["confidence"].astype(np.float32),
        fused_vectors(views, chosen.weights),
        selection,
        choice,
        tuple(told["notes"]),
        arrays["rows"].astype(np.int64) if "rows" in arrays else None,
    )
