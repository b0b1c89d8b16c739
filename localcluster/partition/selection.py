"""Choose embedding and partition together, without labels.

Every candidate partition is judged by how much of the neighbour structure of *each* view it
explains, not only of the view it was made from:

* the **support** of a partition in a view is its modularity on that view's neighbour graph, divided
  by the best modularity any candidate reaches there: 1 for the best, about 0 for an unrelated one;
* **relatedness** of the two families of views - the sentence embedder, which has not read the
  criterion, and the criterion views, which have - is the adjusted mutual information of each
  family's best supported partition: 1 for the same groups, 0 for groups that ignore each other.

Two cases follow. Where the families are *unrelated* and the criterion views are about as clearly
clustered, both are real and only one can be what the criterion asks for (sentiment in texts that
differ by topic): that of the views that have read it. Otherwise both see the same groups, each with
its own errors, and the partition that both support best is taken; the embedder counts twice.

No oracle and no label takes part, so the rule is not circular: the answer distributions are one
criterion view among others, judged by and judging the rest. ``benchmarks/README.md`` says on which
data sets the two constants were set and on which others they were judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from localcluster.embed import View
from localcluster.partition.candidates import (
    JUDGE_NEIGHBORS,
    Candidate,
    Family,
    NeighbourIndex,
    criterion_candidates,
    fused_candidates,
    sentence_candidates,
)
from localcluster.partition.graph import modularity

#: Below this relatedness the two families speak of different things.
UNRELATED_BELOW = 0.2
#: ... unless the criterion views' groups are less clear than this share of the sentence view's modularity.
CLEAR_ENOUGH = 0.75
#: The sentence view's support counts this often against the criterion views' mean support.
SENTENCE_WEIGHT = 2.0

Advance = Callable[[int, int], None]


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


@dataclass
class Selection:
    """The chosen candidate and everything that led to it.

    Attributes
    ----------
    chosen : Candidate
    judged : list of Judged
        Best score first; those left out last.
    relatedness : float or None
        None where there is only one family of views.
    reason : str
        One sentence for the report.
    """

    chosen: Candidate
    judged: list[Judged]
    relatedness: float | None
    reason: str
    notes: list[str] = field(default_factory=list)

    def evidence(self) -> list[dict[str, Any]]:
        """JSON-ready table of the candidates."""
        return [
            {
                "view": judged.candidate.view,
                "partition": judged.candidate.partition,
                "chosen": judged.candidate is self.chosen,
                "score": _rounded(judged.score),
                "support in sentence view": _rounded(judged.sentence_support),
                "support in criterion views": _rounded(judged.criterion_support),
            }
            for judged in self.judged
        ]


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


def judge(index: NeighbourIndex, views: Sequence[View], found: Sequence[Candidate]) -> list[Judged]:
    """Support of every candidate in both families of views."""
    graphs = {view.name: index.graph(view.name, JUDGE_NEIGHBORS) for view in views}
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


def choose(judged: Sequence[Judged]) -> Selection:
    """Apply the rule of the module docstring."""
    has_sentence = judged[0].sentence_support is not None
    has_criterion = judged[0].criterion_support is not None
    if not (has_sentence and has_criterion):
        scored = [_scored(j, (j.sentence_support or 0.0) + (j.criterion_support or 0.0)) for j in judged]
        return _select(scored, None, "Only one kind of embedding was available.")
    # Adjusted for chance it may fall a little below zero, which means no more than zero does.
    related = max(0.0, relatedness(judged))
    sentence_clear, criterion_clear = clarity(judged)
    if related < UNRELATED_BELOW and criterion_clear >= CLEAR_ENOUGH * sentence_clear:
        scored = [
            _scored(j, j.criterion_support if j.candidate.family == "criterion" else None) for j in judged
        ]
        reason = (
            "The language model, asked by the criterion, sees other groups than the sentence embedder "
            f"(relatedness {related:.2f}, below {UNRELATED_BELOW}), so only its reading is used."
        )
        return _select(scored, related, reason)
    scored = [_scored(j, _joint_support(j)) for j in judged]
    if related >= UNRELATED_BELOW:
        reason = (
            f"Sentence embedder and language model see related groups (relatedness {related:.2f}), so "
            "the partition that both support best is taken."
        )
    else:
        reason = (
            "The language model's groups are unrelated to the sentence embedder's (relatedness "
            f"{related:.2f}) and less clear (modularity {criterion_clear:.2f} against {sentence_clear:.2f}), "
            "so the embedder leads."
        )
    return _select(scored, related, reason)


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


def _scored(judged: Judged, score: float | None) -> Judged:
    return replace(judged, score=score)


def _select(scored: list[Judged], related: float | None, reason: str) -> Selection:
    ranked = sorted(scored, key=lambda j: -np.inf if j.score is None else j.score, reverse=True)
    best = ranked[0].candidate
    return Selection(best, ranked, related, f"{reason} Chosen: {best.partition} partition of {best.view}.")


def _mean_support(table: dict[str, float], best: dict[str, float], names: Sequence[str]) -> float | None:
    if not names:
        return None
    return float(np.mean([max(table[name], 0.0) / best[name] for name in names]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
