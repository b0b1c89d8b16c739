"""How the number of clusters came about, as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from localcluster.granularity.choice import RANGE_MASS
from localcluster.report.drawing import CurveDrawing, TreeDrawing, draw_curve, draw_tree
from localcluster.report.nouns import TEXTS, Noun
from localcluster.report.payload import shortened

#: Characters of a text of a pair.
_PAIR_CHARS = 160
#: A plausible range whose high end is so many times its low end leaves the choice to the reader.
_WIDE = 2
#: A probability below this is not listed.
_SMALL = 0.001
#: What a curve's height is, by a word of its rule's name.
_HEIGHTS = {
    "silhouette": "mean silhouette",
    "change point": "probability",
    "F-beta": "agreement with the answers",
}


@dataclass(frozen=True)
class Pair:
    """Two texts that the language model was asked to compare.

    Attributes
    ----------
    a, b : str
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
    k : int
    sentences : list of str
    curve : CurveDrawing or None
    height : str
        What the curve shows.
    low, high : int or None
        Plausible range.
    points : tuple of (int, float)
        The curve in numbers.
    small : float
        Points below this are not listed.
    tree : TreeDrawing or None
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


def how_many(found: object, noun: Noun = TEXTS) -> HowMany | None:
    """Tell how the number of clusters was found; None where the record does not say.

    Parameters
    ----------
    found : object
        ``evidence["k"]`` of a criterion, from this or an earlier version.
    noun : Noun
        What the rows are called.
    """
    if not isinstance(found, Mapping):
        return None
    if isinstance(found.get("given"), int):
        return HowMany(found["given"], [f"{_clusters(found['given'])}, as you asked."])
    if not isinstance(found.get("chosen"), int):
        return None
    k, low, high = int(found["chosen"]), found.get("low"), found.get("high")
    points = tuple((int(at), float(value)) for at, value in found.get("curve", ()) if value is not None)
    rule = str(found.get("rule", ""))
    probable = "change point" in rule
    if probable:
        points = _each(points)
    pairs = [_pair(pair, k) for pair in found.get("pairs", ())]
    tree = found.get("dendrogram")
    return HowMany(
        k=k,
        sentences=_by_rule(k, rule, noun) if low is None or high is None else _by_answers(found, k, noun),
        curve=draw_curve(points, k, low, high) if len(points) > 1 else None,
        height=next((height for word, height in _HEIGHTS.items() if word in rule), "value"),
        low=low,
        high=high,
        points=points,
        small=_SMALL if probable else 0.0,
        tree=draw_tree(tree, k) if tree and tree["children"] else None,
        apart=tuple(pair for pair in reversed(pairs) if pair.merge < k),
        together=tuple(pair for pair in pairs if pair.merge >= k),
    )


def _by_rule(k: int, rule: str, noun: Noun) -> list[str]:
    sentence = f"{_clusters(k)}, chosen by the {rule}" if rule else _clusters(k)
    if "silhouette" in rule:
        sentence += f": how much nearer {noun.many} are to their own cluster than to the next one"
    return [f"{sentence}."]


def _by_answers(found: Mapping[str, Any], k: int, noun: Noun) -> list[str]:
    low, high = found["low"], found["high"]
    asked = found.get("asked_range")
    between = f", for every number from {asked[0]:,} to {asked[1]:,}" if asked else ""
    sentences = [
        f"{_clusters(k)}; {low:,} to {high:,} are plausible ({RANGE_MASS:.0%} of what the answers leave "
        "open).",
        f"The language model was asked whether two {noun.many} belong together, about pairs that one "
        f"cluster more would part{between}. Where its answers turn from “different” to “same” is the number.",
    ]
    if high >= _WIDE * low:
        sentences.append(
            f"The answers leave much open. If you know better, say so: -k {k} fixes the number, "
            f"-k {low}:{high} the range."
        )
    return sentences


def _each(points: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
    """Probability of each number alone: far up, a point of the curve stands for several numbers."""
    ks = [at for at, _ in points]
    edges = [0.5 * (a + b) for a, b in pairwise(ks)]
    edges = [ks[0] - 0.5, *edges, ks[-1] + 0.5] if ks else []
    return tuple((at, value / (b - a)) for (at, value), (a, b) in zip(points, pairwise(edges), strict=True))


def _pair(pair: Mapping[str, Any], k: int) -> Pair:
    merge, said, same = int(pair["merge"]), str(pair["answer"]), float(pair["probability"])
    sure = {"same": f"same ({same:.0%})", "different": f"different ({1 - same:.0%})"}
    agrees = (said == "same") == (merge >= k) if said in sure else None
    return Pair(
        shortened(str(pair["a"]), _PAIR_CHARS),
        shortened(str(pair["b"]), _PAIR_CHARS),
        merge,
        sure.get(said, "no answer"),
        agrees,
    )


def _clusters(k: int) -> str:
    return f"{k:,} cluster{'' if k == 1 else 's'}"
