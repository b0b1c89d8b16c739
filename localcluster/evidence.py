"""The parts of a clustering's evidence, as typed values: written by the stages of a run, read by the report.

:class:`localcluster.results.Evidence` holds them. :func:`to_json` and :func:`from_json` are the only way into
``run.json`` and back; the names of the fields are the names there.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import asdict, dataclass
from functools import cache
from math import nan
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BeforeValidator, TypeAdapter

QuestionKind = Literal["triplet", "pair"]
PairAnswer = Literal["same", "different", "abstained"]
#: How a number of clusters came about.
KRule = Literal["given", "silhouette", "usual number", "change point", "F-beta", "expected F-beta"]
#: What judged the target embeddings: an index that asks nobody, or the model's answers.
TargetJudge = Literal["index", "answers"]

#: A float. JSON has no form for one that is not finite: it is written as null, and read as nan.
Figure = Annotated[float, BeforeValidator(lambda value: nan if value is None else value)]

_T = TypeVar("_T")


@dataclass(frozen=True)
class CandidateEvidence:
    """An embedding and a partition of it, beside the others.

    Attributes
    ----------
    score : float or None
        What the choice was made by; None for a candidate that was left out.
    sentence_support, criterion_support : float or None
        Support in either family of views; None where there is no such view.
    """

    view: str
    partition: str
    chosen: bool
    score: float | None = None
    sentence_support: float | None = None
    criterion_support: float | None = None


@dataclass(frozen=True)
class TargetEvidence:
    """Which hidden states were read, and why these.

    Attributes
    ----------
    judge : {"index", "answers"}
    figures : dict of str to float
        By candidate, best first where answers judged: clearness times agreement of layers, or the
        log-likelihood of the model's answers in nats.
    chosen : str or None
        None where the chosen one was not among the candidates.
    """

    judge: TargetJudge
    figures: dict[str, Figure]
    chosen: str | None
    why: str


@dataclass(frozen=True)
class PairEvidence:
    """Two texts that the model was asked to compare.

    Attributes
    ----------
    merge : int
        The most clusters in which they are together.
    answer : {"same", "different", "abstained"}
    probability : float
        Of "same".
    """

    a: str
    b: str
    merge: int
    answer: PairAnswer
    probability: Figure


@dataclass(frozen=True)
class Branch:
    """A node of a hierarchy, with all that is drawn below it.

    Attributes
    ----------
    size : int
        Distinct rows below.
    height : float
        Ward's distance of its two parts; 0 for a single row.
    children : tuple of Branch
        Two, or none at the bottom of the drawing.
    words : tuple of str
        Of a branch at the bottom.
    """

    size: int
    height: Figure
    children: tuple[Branch, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class KEvidence:
    """Where the number of clusters came from.

    Attributes
    ----------
    rule : {"given", "silhouette", "usual number", "change point", "F-beta", "expected F-beta"}
    curve : tuple of (int, float)
        Number of clusters and its value by the rule, ascending.
    low, high : int or None
        Plausible range, where the curve is of probabilities.
    asked_range : (int, int) or None
        Fewest and most clusters that the questions could tell apart.
    pairs : tuple of PairEvidence
        Those nearest to the chosen number, by rising merge.
    """

    chosen: int
    rule: KRule
    curve: tuple[tuple[int, Figure], ...] = ()
    low: int | None = None
    high: int | None = None
    asked_range: tuple[int, int] | None = None
    pairs_asked: int | None = None
    pairs_answered: int | None = None
    pairs: tuple[PairEvidence, ...] = ()
    dendrogram: Branch | None = None

    @property
    def in_words(self) -> str:
        """The rule as a person reads it.

        >>> KEvidence(4, "silhouette").in_words, KEvidence(4, "change point").in_words
        ('highest mean silhouette', 'pairwise answers (change point)')
        """
        known = {
            "given": "the user's word",
            "silhouette": "highest mean silhouette",
            "usual number": "silhouette and the usual number",
        }
        return known.get(self.rule, f"pairwise answers ({self.rule})")


@dataclass(frozen=True)
class ScorerEvidence:
    """A way of asking, judged on easy questions: as ``oracle.Calibration``, without its curve."""

    scorer: str
    kind: QuestionKind
    n: int
    accuracy: Figure
    low: Figure
    high: Figure
    order_consistency: Figure
    order_bias: Figure
    accepted: bool
    reason: str


@dataclass(frozen=True)
class AdaptationEvidence:
    """An embedding that was adapted to answers, and what held-out answers say about it.

    Attributes
    ----------
    method : str
        ``"head"``, ``"lora"`` or ``"full"``.
    trained_on, held_out : int
        Answers.
    gain : float
        Nats per held-out answer.
    """

    method: str
    trained_on: int
    held_out: int
    gain: Figure
    z: Figure
    adopted: bool
    reason: str


@dataclass(frozen=True)
class RoundEvidence:
    """A round of triplet questions.

    Attributes
    ----------
    number : int
        From 1.
    estimated_accuracy : float
        Of the given answers, without labels.
    changed : int
        Rows that the answers would move.
    checked : int
        Of these moves, how many a second question checked.
    supported : float
        Share of the checks that support the move.
    adopted : bool
        Whether the moves were made.
    """

    number: int
    asked: int
    abstained: int
    estimated_accuracy: Figure
    changed: int
    checked: int
    supported: Figure
    z: Figure
    adopted: bool
    reason: str
    embedding: AdaptationEvidence | None = None


@dataclass(frozen=True)
class QuestionCount:
    """How much was asked.

    Attributes
    ----------
    readings : int
        By the model, in this run.
    recalled : int
        Known from before.
    """

    readings: int = 0
    recalled: int = 0
    seconds: Figure = 0.0


@dataclass(frozen=True)
class OracleEvidence:
    """What the model was asked about one criterion, and what its answers changed.

    Attributes
    ----------
    chosen : str or None
        The scorer that was asked about rows; None where all were refused.
    """

    scorers: tuple[ScorerEvidence, ...] = ()
    chosen: str | None = None
    why: str = ""
    rounds: tuple[RoundEvidence, ...] = ()
    questions: QuestionCount = QuestionCount()


@dataclass(frozen=True)
class HeadTrial:
    """A share of each cluster that a clustering head was trained on.

    Attributes
    ----------
    cross_entropy : float
        Of held-out rows, in nats.
    agreement : float
        Share of held-out rows that the head puts where the partition has them.
    """

    fraction: Figure
    epochs: int
    cross_entropy: Figure
    agreement: Figure


@dataclass(frozen=True)
class HeadEvidence:
    """The clustering head that learned the partition.

    Attributes
    ----------
    fraction : float
        Of the trial that was chosen.
    taught_by : int
        Distinct rows.
    """

    trials: tuple[HeadTrial, ...]
    fraction: Figure
    taught_by: int
    why: str


@dataclass(frozen=True)
class ReadingEvidence:
    """One of two readings that disagree.

    Attributes
    ----------
    reading : str
        Who reads.
    view : str
        What ``--view`` takes it.
    rows : tuple of int
        Rows of the input, one of each of its largest clusters.
    """

    reading: str
    view: str
    chosen: bool
    sentence: str
    rows: tuple[int, ...]


def to_json(value: Any) -> dict[str, Any]:
    """A value of this module as nested dicts and tuples, which JSON can hold."""
    return asdict(value)


def from_json(kind: type[_T], data: object) -> _T:
    """Inverse of :func:`to_json`; fields that ``kind`` does not have are left out.

    Raises
    ------
    ValueError
        Where ``data`` does not fit ``kind``.
    """
    found: _T = _adapter(cast(Hashable, kind)).validate_python(data)
    return found


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
