"""Whether a head's partition should replace the one that it learned from: the views judge, not the head.

A study: on no set ever measured did a run's head move a row to the better, so runs do not ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.partition.candidates import Candidate, NeighbourIndex
from localcluster.partition.selection import SENTENCE_WEIGHT, Judged, judge

#: Joint support, relative to the better partition's, that the head's must have ahead of the other's.
MARGIN = 0.01


@dataclass(frozen=True)
class Adoption:
    """The decision.

    Attributes
    ----------
    reason : str
        One sentence.
    adopted : bool
    gain : float or None
        Joint support that the head's partition has ahead; None where it was not looked at.
    modularity : dict of str to (float, float)
        By view, before and after.
    """

    reason: str
    adopted: bool = False
    gain: float | None = None
    modularity: dict[str, tuple[float, float]] = field(default_factory=dict)


def adopt_head(
    views: NeighbourIndex | Sequence[View],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    weights: Mapping[str, float] | None = None,
) -> Adoption:
    """Do no harm: adopt a partition only where the views' own neighbour graphs support it better.

    It is the measure that the partition was chosen by (:mod:`localcluster.partition.selection`): modularity
    in every view's graph, relative to the better of the two; the sentence view counts twice. No family of
    views may lose, and together they must gain :data:`MARGIN`.

    Parameters
    ----------
    views : NeighbourIndex or sequence of View
        All over the same n rows.
    before, after : int64, shape (n,)
    weights : mapping of str to float, optional
        Of the chosen partition. Where it leaves the sentence view out, so does the judgement: selection found
        that it sees other groups than the criterion asks for.

    Returns
    -------
    Adoption
    """
    moved = float((before != after).mean())
    if moved == 0:
        return Adoption("The head puts every row where it was.")
    if len(np.unique(after)) < len(np.unique(before)):
        reason = f"The head leaves a cluster without rows ({moved:.1%} moved), so its partition is not used."
        return Adoption(reason)
    index = views if isinstance(views, NeighbourIndex) else NeighbourIndex(views)
    judging = [
        view
        for view in index.views.values()
        if weights is None or view.reads_criterion or view.name in weights or not _reads(index, weights)
    ]
    old, new = judge(index, judging, [_candidate("before", before), _candidate("head", after)])
    gains = {
        family: after_ - before_
        for family, before_, after_ in (
            ("sentence view", old.sentence_support, new.sentence_support),
            ("criterion views", old.criterion_support, new.criterion_support),
        )
        if before_ is not None and after_ is not None
    }
    gain = _joint(new) - _joint(old)
    adopted = gain >= MARGIN and min(gains.values()) >= 0
    told = " and ".join(f"{value:+.1%} in the {family}" for family, value in gains.items())
    reason = f"The head moves {moved:.1%} of rows; its partition is supported {told}, " + (
        f"at least {MARGIN:.0%} more in all, so it is adopted." if adopted else "so it is not adopted."
    )
    modularity = {
        name: (round(old.modularity[name], 4), round(new.modularity[name], 4)) for name in old.modularity
    }
    return Adoption(reason, adopted, round(gain, 4), modularity)


def _reads(index: NeighbourIndex, weights: Mapping[str, float]) -> bool:
    return any(index.views[name].reads_criterion for name in weights if name in index.views)


def _candidate(name: str, labels: NDArray[np.int64]) -> Candidate:
    return Candidate("fused", name, name, {}, labels)


def _joint(judged: Judged) -> float:
    parts = [
        (weight, support)
        for weight, support in ((SENTENCE_WEIGHT, judged.sentence_support), (1.0, judged.criterion_support))
        if support is not None
    ]
    return sum(weight * support for weight, support in parts) / sum(weight for weight, _ in parts)
