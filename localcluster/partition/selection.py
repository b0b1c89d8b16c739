"""Choose embedding and partition together, without labels.

Every candidate partition is judged by how much of the neighbour structure of *each* view it
explains, not only of the view it was made from:

* the **support** of a partition in a view is its modularity on that view's neighbour graph, divided
  by the best modularity any candidate reaches there: 1 for the best, about 0 for an unrelated one;
* **relatedness** of the two families of views - the sentence embedder, which has not read the
  criterion, and the criterion views, which have - is the adjusted mutual information of each
  family's best supported partition: 1 for the same groups, 0 for groups that ignore each other;
* the **contrast** (:mod:`~localcluster.partition.contrast`) says whether the model's groups are
  clearer for being asked by this criterion: only then do they follow it.

Where the families see related groups, each has its own errors, and the partition that both support
best is taken; the embedder counts twice. Where they do not, both structures are real and only one can be
what the criterion asks for: the model's if the contrast says that it follows the criterion, more clearly
the more the two are related; else the embedder leads, and the user is told. A reading that is clearly
worse for being asked is left out unless the families are closely related. Known rows and the user's own
word go before all of this.

No oracle and no label takes part, so the rule is not circular: the answer distributions are one
criterion view among others, judged by and judging the rest. ``benchmarks/README.md`` says on which
data sets the constants were set and on which others they were judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score

from localcluster.embed import View
from localcluster.embed.view import fuse
from localcluster.evidence import CandidateEvidence
from localcluster.items.known import KnownRows
from localcluster.partition.candidates import (
    JUDGE_NEIGHBORS,
    Candidate,
    Family,
    NeighbourIndex,
    criterion_candidates,
    fused_candidates,
    judge_neighbors,
    sentence_candidates,
)
from localcluster.partition.graph import modularity
from localcluster.partition.guidance import Guidance, clearly_better, known_scores

#: Below this relatedness the two families speak of different things, and one of them must be chosen.
UNRELATED_BELOW = 0.2
#: From this relatedness on they see the same groups, whatever the contrast.
RELATED_FROM = 0.4
#: The contrast's gain from which the model's reading is taken alone: a line in the relatedness. Set on 28
#: criteria of the training pool (``benchmarks/quality/contrast.py``).
GAIN_SLOPE, GAIN_FREE = 1.3, 0.08
#: A reading that shares this much with the reading by another criterion follows neither, unless it is
#: clearer by this gain.
SAME_READING, CLEARER = 0.5, 0.1
#: Below this gain the model reads the rows worse for being asked by the criterion.
NOT_READ = -0.1
#: Readings that share less than this are shown as alternatives.
ALTERNATIVE_BELOW = 0.5
#: Where no contrast was measured, unrelated criterion views are taken if their groups are at least this
#: share as clear (modularity) as the sentence view's.
CLEAR_ENOUGH = 0.75
#: The sentence view's support counts this often against the criterion views' mean support.
SENTENCE_WEIGHT = 2.0

Advance = Callable[[int, int], None]
#: Whose support decides: one family's, or both's, over all candidates or over those of fused views.
Reading = Literal["sentence", "criterion", "joint", "fused"]
NOTHING = Guidance()


@dataclass(frozen=True)
class Judged:
    """A candidate and its support.

    Attributes
    ----------
    modularity : dict of str to float
        On every view's neighbour graph.
    sentence_support, criterion_support : float or None
        None where there is no such view.
    score : float or None
        What the choice is made by, in its case; higher is better. None for a candidate that the case
        leaves out.
    """

    candidate: Candidate
    modularity: dict[str, float]
    sentence_support: float | None
    criterion_support: float | None
    score: float | None = None


@dataclass(frozen=True)
class Selection:
    """The chosen candidate and everything that led to it.

    Attributes
    ----------
    judged : tuple of Judged
        Best score first, which is the chosen one; those left out last.
    relatedness : float or None
        None where there is only one family of views.
    reason : str
        One sentence for the report.
    alternative_at : int or None
        Place among ``judged`` of the best partition by the other family of views, where it tells another
        story than the chosen one.
    """

    judged: tuple[Judged, ...]
    relatedness: float | None
    reason: str
    alternative_at: int | None = None

    @property
    def chosen(self) -> Candidate:
        """The candidate with the best score."""
        return self.judged[0].candidate

    @property
    def alternative(self) -> Candidate | None:
        """The candidate at :attr:`alternative_at`."""
        return None if self.alternative_at is None else self.judged[self.alternative_at].candidate

    def evidence(self) -> tuple[CandidateEvidence, ...]:
        """The candidates for the record."""
        return tuple(
            CandidateEvidence(
                judged.candidate.view,
                judged.candidate.partition,
                place == 0,
                _rounded(judged.score),
                _rounded(judged.sentence_support),
                _rounded(judged.criterion_support),
            )
            for place, judged in enumerate(self.judged)
        )


def candidates(
    index: NeighbourIndex, views: Sequence[View], k: int, seed: int, progress: Advance | None = None
) -> list[Candidate]:
    """All candidate partitions into ``k`` clusters."""
    found: list[Candidate] = []
    steps = len(views) + 1
    for done, view in enumerate(views):
        make = criterion_candidates if view.reads_criterion else sentence_candidates
        found += make(index, view, k, seed)
        if progress is not None:
            progress(done + 1, steps)
    if any(view.reads_criterion for view in views):
        found += fused_candidates(index, views, k, seed)
    if progress is not None:
        progress(steps, steps)
    return found


def judge(
    index: NeighbourIndex, views: Sequence[View], found: Sequence[Candidate], k: int | None = None
) -> list[Judged]:
    """Support of every candidate in both families of views.

    Parameters
    ----------
    k : int, optional
        Number of clusters, where they may be small.
    """
    count = JUDGE_NEIGHBORS if k is None else judge_neighbors(len(views[0].vectors), k)
    graphs = {view.name: index.graph(view.name, count) for view in views}
    tables = [
        {name: modularity(graph, candidate.labels) for name, graph in graphs.items()} for candidate in found
    ]
    best = {name: max(max(table[name] for table in tables), 1e-9) for name in graphs}
    sentence = [view.name for view in views if not view.reads_criterion]
    criterion = [view.name for view in views if view.reads_criterion]
    return [
        Judged(candidate, table, _mean_support(table, best, sentence), _mean_support(table, best, criterion))
        for candidate, table in zip(found, tables, strict=True)
    ]


def choose(
    judged: Sequence[Judged],
    guidance: Guidance = NOTHING,
    seed: int = 0,
    vectors: Mapping[str, NDArray[np.float32]] | None = None,
) -> Selection:
    """Apply the rule of the module docstring.

    Parameters
    ----------
    seed : int
        Of the resampling of known rows.
    vectors : mapping of str to float32, shape (n, d), optional
        Of every view, by name; looked at where rows are known.
    """
    has_sentence = judged[0].sentence_support is not None
    has_criterion = judged[0].criterion_support is not None
    if not (has_sentence and has_criterion):
        scored = [_scored(j, (j.sentence_support or 0.0) + (j.criterion_support or 0.0)) for j in judged]
        return _select(scored, None, "Only one kind of embedding was available.")
    # Adjusted for chance it may fall a little below zero, which means no more than zero does.
    related = max(0.0, relatedness(judged))
    reading, reason = _reading(judged, related, guidance)
    if guidance.view == "auto" and guidance.known is not None and vectors is not None:
        best = _by_known(judged, vectors, guidance.known, reading, seed)
        if best != reading:
            reading = best
            reason = f"{len(guidance.known)} known rows agree clearly better with {_WORDS[reading]}."
    scored = [_scored(j, _SCORES[reading](j)) for j in judged]
    found = _select(scored, related, reason)
    return replace(found, alternative_at=_alternative(found.judged))


def _reading(judged: Sequence[Judged], related: float, guidance: Guidance) -> tuple[Reading, str]:
    """Whose reading is taken, and why, without known rows."""
    if guidance.view != "auto":
        return _OF_VIEW[guidance.view], f"You asked for {_WORDS[_OF_VIEW[guidance.view]]}."
    contrast = guidance.contrast
    if contrast is None:
        return _without_contrast(judged, related)
    if related >= RELATED_FROM:
        return "joint", (
            f"The sentence embedder and the language model see related groups (relatedness {related:.2f}). "
            "The partition that both support best was taken."
        )
    same = contrast.overlap >= SAME_READING and contrast.gain < CLEARER
    clearer = contrast.gain >= GAIN_SLOPE * (related - GAIN_FREE)
    if related < UNRELATED_BELOW and clearer and not same:
        return "criterion", (
            "Asked by your criterion, the language model sees other groups than the sentence embedder "
            f"(relatedness {related:.2f}). They are clear enough to follow the criterion "
            f"({np.expm1(contrast.gain):+.0%} against asking for something else), so only the language "
            "model's reading is used."
        )
    if contrast.gain < NOT_READ:
        return "sentence", (
            "The language model could not read these texts by your criterion: its groups are less clear (by "
            f"{-np.expm1(contrast.gain):.0%}) than when it is asked for something else. Only the sentence "
            "embedder's reading is used."
        )
    if same:
        return "joint", (
            "The language model sees the same groups when it is asked for something else. Both readings "
            "are used together, and the sentence embedder's counts twice."
        )
    if related >= UNRELATED_BELOW:
        return "joint", (
            "The sentence embedder and the language model see partly related groups (relatedness "
            f"{related:.2f}). The partition that both support best was taken."
        )
    return "joint", (
        "The language model's groups are hardly clearer when it is asked by your criterion than when it is "
        f"asked for something else ({np.expm1(contrast.gain):+.0%}). Both readings are used together, and "
        "the sentence embedder's counts twice."
    )


def _without_contrast(judged: Sequence[Judged], related: float) -> tuple[Reading, str]:
    sentence_clear, criterion_clear = clarity(judged)
    if related >= UNRELATED_BELOW:
        return "joint", (
            f"The sentence embedder and the language model see related groups (relatedness {related:.2f}). "
            "The partition that both support best was taken."
        )
    if criterion_clear >= CLEAR_ENOUGH * sentence_clear:
        return "criterion", (
            "Asked by your criterion, the language model sees other groups than the sentence embedder "
            f"(relatedness {related:.2f}, below {UNRELATED_BELOW}). Only its reading is used."
        )
    return "joint", (
        "The language model's groups are unrelated to the sentence embedder's (relatedness "
        f"{related:.2f}) and less clear (modularity {criterion_clear:.2f} against {sentence_clear:.2f}). "
        "Both readings are used together, and the sentence embedder's counts twice."
    )


def _by_known(
    judged: Sequence[Judged],
    vectors: Mapping[str, NDArray[np.float32]],
    known: KnownRows,
    default: Reading,
    seed: int,
) -> Reading:
    """The reading that known rows support; the default where they do not tell."""
    best: dict[str, Candidate] = {}
    for reading, score in _SCORES.items():
        ranked = [(value, j.candidate) for j in judged if (value := score(j)) is not None]
        if ranked:
            best[reading] = max(ranked, key=lambda entry: entry[0])[1]
    fused = {reading: fuse(vectors, each.weights) for reading, each in best.items()}
    scores, drawn = known_scores(known, fused, {r: c.labels for r, c in best.items()}, seed)
    return cast(Reading, clearly_better(scores, drawn, default))


def _alternative(judged: Sequence[Judged]) -> int | None:
    """Place of the other family's best partition, where it differs much from the chosen one, the first."""
    chosen = judged[0].candidate
    if chosen.family == "criterion":
        other = max(_family(judged, "sentence"), key=lambda j: j.sentence_support or 0.0)
    else:
        other = max(_family(judged, "criterion"), key=lambda j: j.criterion_support or 0.0)
    shared = adjusted_mutual_info_score(chosen.labels, other.candidate.labels)
    return next(at for at, one in enumerate(judged) if one is other) if shared < ALTERNATIVE_BELOW else None


def relatedness(judged: Sequence[Judged]) -> float:
    """Adjusted mutual information of the best partition of each family, about 0 to 1."""
    by_sentence = max(_family(judged, "sentence"), key=lambda j: j.sentence_support or 0.0)
    by_criterion = max(_family(judged, "criterion"), key=lambda j: j.criterion_support or 0.0)
    return float(adjusted_mutual_info_score(by_sentence.candidate.labels, by_criterion.candidate.labels))


def clarity(judged: Sequence[Judged]) -> tuple[float, float]:
    """Best modularity in the sentence view, and the mean over criterion views of the best in each."""
    best = {name: max(j.modularity[name] for j in judged) for name in judged[0].modularity}
    sentence = {name for j in _family(judged, "sentence") for name in j.candidate.weights}
    return (
        float(np.mean([best[name] for name in best if name in sentence])),
        float(np.mean([best[name] for name in best if name not in sentence])),
    )


def _family(judged: Sequence[Judged], family: Family) -> list[Judged]:
    return [j for j in judged if j.candidate.family == family]


def _joint_support(judged: Judged) -> float:
    sentence, criterion = judged.sentence_support or 0.0, judged.criterion_support or 0.0
    return (SENTENCE_WEIGHT * sentence + criterion) / (SENTENCE_WEIGHT + 1)


_SCORES: dict[Reading, Callable[[Judged], float | None]] = {
    "sentence": lambda j: j.sentence_support if j.candidate.family == "sentence" else None,
    "criterion": lambda j: j.criterion_support if j.candidate.family == "criterion" else None,
    "joint": lambda j: _joint_support(j),
    "fused": lambda j: _joint_support(j) if j.candidate.family == "fused" else None,
}
_OF_VIEW: dict[str, Reading] = {"sentence": "sentence", "criterion": "criterion", "both": "fused"}
_WORDS: dict[Reading, str] = {
    "sentence": "the sentence embedder's reading",
    "criterion": "the language model's reading by the criterion",
    "joint": "both readings together",
    "fused": "both readings together",
}


def _scored(judged: Judged, score: float | None) -> Judged:
    return replace(judged, score=score)


def _select(scored: list[Judged], related: float | None, reason: str) -> Selection:
    ranked = sorted(scored, key=lambda j: -np.inf if j.score is None else j.score, reverse=True)
    best = ranked[0].candidate
    return Selection(tuple(ranked), related, f"{reason} Chosen: {best.partition} partition of {best.view}.")


def _mean_support(table: dict[str, float], best: dict[str, float], names: Sequence[str]) -> float | None:
    if not names:
        return None
    return float(np.mean([max(table[name], 0.0) / best[name] for name in names]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
