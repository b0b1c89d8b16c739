"""How the number of clusters came about, as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from localcluster.evidence import KEvidence, KRule, PairEvidence
from localcluster.partition.usual_k import RANGE_MASS
from localcluster.report.drawing import CurveDrawing, TreeDrawing, draw_curve, draw_tree
from localcluster.report.nouns import TEXTS, Noun
from localcluster.report.payload import shortened

#: Characters of a text of a pair.
_PAIR_CHARS = 160
#: A plausible range whose high end is so many times its low end leaves the choice to the reader.
_WIDE = 2
#: A probability below this is not listed.
_SMALL = 0.001
#: What a curve's height is.
_HEIGHTS: dict[KRule, str] = {
    "silhouette": "mean silhouette",
    "usual number": "probability",
    "change point": "probability",
    "F-beta": "agreement with the answers",
    "expected F-beta": "agreement with the answers",
}


@dataclass(frozen=True)
class Pair:
    """Two texts that the language model was asked to compare.

    Attributes
    ----------
    merge : int
        The most clusters in which they are together.
    answer : str
        In words, with its probability.
    agrees : bool or None
        Whether the chosen number does to them what the answer says; None where there was no answer.
    """

    a: str
    b: str
    merge: int
    answer: str
    agrees: bool | None


@dataclass(frozen=True)
class HowMany:
    """The number of clusters and what speaks for it.

    Attributes
    ----------
    height : str
        What the curve shows.
    low, high : int or None
        Plausible range.
    points : tuple of (int, float)
        The curve in numbers.
    small : float
        Points below this are not listed.
    apart, together : list of Pair
        Pairs that the chosen number keeps apart, and together; nearest to a change first.
    """

    k: int
    sentences: list[str]
    curve: CurveDrawing | None = None
    height: str = ""
    low: int | None = None
    high: int | None = None
    points: tuple[tuple[int, float], ...] = ()
    small: float = 0.0
    tree: TreeDrawing | None = None
    apart: tuple[Pair, ...] = ()
    together: tuple[Pair, ...] = ()

    @property
    def told(self) -> list[tuple[int, float]]:
        """The points that are listed."""
        return [(at, value) for at, value in self.points if value >= self.small or not self.small]

    @property
    def n_small(self) -> int:
        """How many points are not listed."""
        return len(self.points) - len(self.told)

    @property
    def spoken(self) -> str:
        """The curve for those who do not see it."""
        at, value = max(self.points, key=lambda point: point[1])
        return f"from {self.points[0][0]:,} to {self.points[-1][0]:,}, highest ({value:.3g}) at {at:,}"


def how_many(found: KEvidence | None, noun: Noun = TEXTS) -> HowMany | None:
    """Tell how the number of clusters was found; None where the record does not say.

    Parameters
    ----------
    noun : Noun
        What the rows are called.
    """
    if found is None:
        return None
    k, low, high, tree = found.chosen, found.low, found.high, found.dendrogram
    if found.rule == "given":
        return HowMany(k, [f"{_clusters(k)}, as you asked."])
    points = tuple((at, value) for at, value in found.curve if isfinite(value))
    probable = found.rule in ("usual number", "change point")
    if probable:
        points = _each(points)
    pairs = [_pair(pair, k) for pair in found.pairs]
    return HowMany(
        k=k,
        sentences=_by_rule(found, noun) if low is None or high is None else _in_range(found, low, high, noun),
        curve=draw_curve(points, k, low, high) if len(points) > 1 else None,
        height=_HEIGHTS[found.rule],
        low=low,
        high=high,
        points=points,
        small=_SMALL if probable else 0.0,
        tree=draw_tree(tree, k) if tree is not None and tree.children else None,
        apart=tuple(pair for pair in reversed(pairs) if pair.merge < k),
        together=tuple(pair for pair in pairs if pair.merge >= k),
    )


def _by_rule(found: KEvidence, noun: Noun) -> list[str]:
    sentence = f"{_clusters(found.chosen)}, chosen by the {found.in_words}"
    if found.rule == "silhouette":
        sentence += f": how much nearer {noun.many} are to their own cluster than to the next one"
    return [f"{sentence}."]


def _in_range(found: KEvidence, low: int, high: int, noun: Noun) -> list[str]:
    k, asked = found.chosen, found.asked_range
    if found.rule == "usual number":
        given = "given what criteria in like words usually have, and how clear the groups of each number are"
        sentences = []
    else:
        given = "given the answers"
        between = f", for every number from {asked[0]:,} to {asked[1]:,}" if asked else ""
        sentences = [
            f"The language model was asked whether two {noun.many} belong together, about pairs that one "
            f"more cluster would separate{between}. The chosen number is where its answers turn from "
            "“different” to “same”."
        ]
    plausible = f"{low:,} to {high:,} are plausible ({RANGE_MASS:.0%} of the probability, {given})."
    sentences.insert(0, f"{_clusters(k)}; {plausible}")
    if high >= _WIDE * low:
        sentences.append(
            f"This range is wide. If you know the number better, give it: -k {k} fixes the number, "
            f"-k {low}:{high} the range."
        )
    return sentences


def _each(points: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
    """Probability of each number alone: far up, a point of the curve stands for several numbers."""
    ks = [at for at, _ in points]
    edges = [0.5 * (a + b) for a, b in pairwise(ks)]
    edges = [ks[0] - 0.5, *edges, ks[-1] + 0.5] if ks else []
    return tuple((at, value / (b - a)) for (at, value), (a, b) in zip(points, pairwise(edges), strict=True))


def _pair(pair: PairEvidence, k: int) -> Pair:
    same = pair.probability
    words = {
        "same": f"same ({same:.0%})",
        "different": f"different ({1 - same:.0%})",
        "abstained": "no answer",
    }
    return Pair(
        shortened(pair.a, _PAIR_CHARS),
        shortened(pair.b, _PAIR_CHARS),
        pair.merge,
        words[pair.answer],
        None if pair.answer == "abstained" else (pair.answer == "same") == (pair.merge >= k),
    )


def _clusters(k: int) -> str:
    return f"{k:,} cluster{'' if k == 1 else 's'}"
