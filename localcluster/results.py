"""What a run finds, as plain data: the contract between the pipeline and everything that shows it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ClusterCard:
    """One cluster as a person reads it.

    Attributes
    ----------
    cluster : int
        Label, ``0..k-1``, ordered by size (0 is the largest).
    size : int
        Rows in it, duplicates counted.
    name, description : str
        Never empty; distinct names within a criterion.
    named_by : str
        ``"model"`` or ``"words"`` (the fallback).
    words : tuple of str
        Words that set this cluster apart (class TF-IDF), best first.
    exemplars, least_confident : tuple of int
        Row numbers of the input, best first and least sure first.
    lens_words : tuple of str
        Words the language model had on its tongue (logit lens) that set this cluster apart, best
        first; empty where no hidden states were read.
    """

    cluster: int
    size: int
    name: str
    description: str
    named_by: str
    words: tuple[str, ...]
    exemplars: tuple[int, ...]
    least_confident: tuple[int, ...]
    lens_words: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON-ready types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ClusterCard:
        """Inverse of :meth:`to_json`; also of an older version's, which lacks fields, or a newer one's."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in data.items() if name in known
        }
        return cls(**values)


@dataclass
class CriterionResult:
    """The clustering of all rows by one criterion.

    Attributes
    ----------
    criterion : str
        The user's words.
    labels : int64, shape (n_rows,)
    confidence : float32, shape (n_rows,)
        In [0, 1].
    map_xy : float32, shape (n_rows, 2)
        Position in the 2-D map; for showing only.
    clusters : list of ClusterCard
        In label order.
    chosen : str
        One sentence: which embedding and which partition, and why.
    evidence : dict
        JSON-ready: ``{"candidates": [{"view": str, "partition": str, "chosen": bool, <index>: float, ...}],
        "notes": [str, ...], "k": {...}}``. Everything that led to the choice. ``"head"`` and
        ``"targets"`` may be tables: ``{"columns": [...], "rows": [[...]], "chosen": row, "why": str}``.
    """

    criterion: str
    labels: NDArray[np.int64]
    confidence: NDArray[np.float32]
    map_xy: NDArray[np.float32]
    clusters: list[ClusterCard]
    chosen: str
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.clusters)


@dataclass
class RunResult:
    """A finished run: what the report and the tables are made from.

    Attributes
    ----------
    texts : list of str
        One per input row, in input order.
    ids : list of str
        One per input row.
    criteria : list of CriterionResult
    facts : dict
        JSON-ready: versions, model names and hashes, settings, seconds per stage, treatments of
        the input ("3 empty rows ...").
    images : list of (str or None), optional
        The picture of each row, by its name relative to what was clustered; None for a row without
        one, and in all for a run on texts alone.
    thumbnails : dict of int to bytes
        Row number to a small JPEG, of the rows that a report shows.
    """

    texts: list[str]
    ids: list[str]
    criteria: list[CriterionResult]
    facts: dict[str, Any] = field(default_factory=dict)
    images: list[str | None] | None = None
    thumbnails: dict[int, bytes] = field(default_factory=dict)
