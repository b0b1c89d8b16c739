"""What a run finds, as plain data: the contract between the pipeline and everything that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcluster.evidence import (
    CandidateEvidence,
    Figure,
    HeadEvidence,
    KEvidence,
    OracleEvidence,
    ReadingEvidence,
    TargetEvidence,
)

#: A row is sure from here: at least four of five such rows should be right, as many as people agree on.
SURE_FROM = 0.8
#: ... worth a look from here: more probably right than wrong. Below, its cluster is unclear.
LOOK_FROM = 0.5
#: Most that the confidence of a row which fits nowhere can be: it is in the least wrong cluster.
NOWHERE_AT_MOST = 0.2
SURE, LOOK, UNCLEAR, NOWHERE = "sure", "look", "unclear", "fits nowhere"


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


@dataclass(frozen=True)
class Evidence:
    """Everything that led to the clustering by one criterion.

    Attributes
    ----------
    candidates : tuple of CandidateEvidence
        Best first.
    wordings : dict of str to float
        Clearness times agreement of layers, by prompt wording.
    targets : TargetEvidence or None
        None where no language model read.
    relatedness : float or None
        Of the embedder's and the model's groups; None where only one of the two read.
    weights : dict of str to float
        Of the chosen views.
    oracle : OracleEvidence or None
        None where nothing was asked.
    readings : tuple of ReadingEvidence
        Two that disagree, the chosen one first; or none.
    """

    candidates: tuple[CandidateEvidence, ...] = ()
    wordings: dict[str, Figure] = field(default_factory=dict)
    targets: TargetEvidence | None = None
    relatedness: float | None = None
    weights: dict[str, Figure] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    k: KEvidence | None = None
    oracle: OracleEvidence | None = None
    head: HeadEvidence | None = None
    readings: tuple[ReadingEvidence, ...] = ()


@dataclass
class CriterionResult:
    """The clustering of all rows by one criterion.

    Attributes
    ----------
    criterion : str
        The user's words.
    labels : int64, shape (n_rows,)
    confidence : float32, shape (n_rows,)
        Estimated probability that the row is in the right cluster; in [0, 1].
    map_xy : float32, shape (n_rows, 2)
        Position in the 2-D map; for showing only.
    clusters : list of ClusterCard
        In label order.
    chosen : str
        One sentence: which embedding and which partition, and why.
    evidence : Evidence
        Everything that led to the choice.
    nowhere : bool, shape (n_rows,), or None
        Rows that belong to no cluster, empty ones among them. They have a cluster all the same. None in
        runs of before this was looked at.
    """

    criterion: str
    labels: NDArray[np.int64]
    confidence: NDArray[np.float32]
    map_xy: NDArray[np.float32]
    clusters: list[ClusterCard]
    chosen: str
    evidence: Evidence = Evidence()
    nowhere: NDArray[np.bool_] | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.clusters)

    @property
    def checks(self) -> list[str]:
        """One word a row: :data:`SURE`, :data:`LOOK`, :data:`UNCLEAR`, or :data:`NOWHERE`."""
        words = np.full(len(self.labels), UNCLEAR, dtype=object)
        words[self.confidence >= LOOK_FROM] = LOOK
        words[self.confidence >= SURE_FROM] = SURE
        if self.nowhere is not None:
            words[self.nowhere] = NOWHERE
        return [str(word) for word in words]

    def worth_a_look(self, one: str = "row", many: str = "rows") -> str:
        """How many rows are not sure, as a sentence that calls a row ``one`` and several ``many``.

        For example "12% of rows (31) are worth a look: 20 look, 8 unclear, 3 fit nowhere."
        """
        words = self.checks
        counts = {word: words.count(word) for word in (LOOK, UNCLEAR, NOWHERE)}
        total = sum(counts.values())
        if not total:
            return f"No {one} is worth a second look."
        share = f"{total / len(words):.0%}" if total >= 0.01 * len(words) else "<1%"
        verb = "is" if total == 1 else "are"
        said = {LOOK: "look", UNCLEAR: "unclear", NOWHERE: "fit nowhere"}
        if counts[NOWHERE] == 1:
            said[NOWHERE] = "fits nowhere"
        parts = ", ".join(f"{counts[word]:,} {said[word]}" for word in said if counts[word])
        return f"{share} of {many} ({total:,}) {verb} worth a look: {parts}."


@dataclass
class RunResult:
    """A finished run: what the report and the tables are made from.

    Attributes
    ----------
    texts : list of str
        One per input row, in input order.
    ids : list of str
        One per input row.
    facts : dict
        JSON-ready: versions, model names and hashes, settings, seconds per stage, treatments of
        the input ("3 empty rows ...").
    images : list of (str or None), optional
        The picture of each row, by its name relative to what was clustered; None for a row without
        one, and in all for a run on texts alone.
    thumbnails : dict of int to bytes
        Row number to a small JPEG, of the rows that a report shows.
    read : list of (str or None), optional
        What the models read of each row; None for a row whose text they read as it is, and in all where
        nothing was left out.
    """

    texts: list[str]
    ids: list[str]
    criteria: list[CriterionResult]
    facts: dict[str, Any] = field(default_factory=dict)
    images: list[str | None] | None = None
    thumbnails: dict[int, bytes] = field(default_factory=dict)
    read: list[str | None] | None = None
