"""Where the lines of a curve and of a tree lie; the templates put them into SVG, so no script is needed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from localcluster.evidence import Branch
from localcluster.report.payload import shortened

#: Size of the curve's drawing, and its plotting area: left, top, right, bottom.
_CURVE_SIZE = (620, 210)
_CURVE_AREA = (52.0, 24.0, 606.0, 168.0)
#: An axis whose end is so many times its start is logarithmic: 4 and 8 clusters differ as 40 and 80 do.
_LOG_FROM = 8
#: Up to so many points are drawn as dots on the line: they were tried, the line between them was not.
_MAX_DOTS = 40

_TREE_WIDTH, _TREE_LEFT, _TREE_RIGHT, _TREE_TOP, _BRANCH_HEIGHT = 620, 14.0, 250.0, 20.0, 20.0
#: Characters of a branch's words that fit beside the tree.
_BRANCH_CHARS = 44


@dataclass(frozen=True)
class Tick:
    """A value at a place of an axis."""

    at: float
    value: float


@dataclass(frozen=True)
class CurveDrawing:
    """A curve over numbers of clusters.

    Attributes
    ----------
    area : (left, top, right, bottom)
        Of the plotting area.
    line : str
        SVG path.
    dots : list of (x, y)
        The points themselves, where they are few.
    band : (x, width) or None
        The plausible range.
    mark : float
        Where the chosen number lies.
    """

    size: tuple[int, int]
    area: tuple[float, float, float, float]
    line: str
    dots: list[tuple[float, float]]
    band: tuple[float, float] | None
    mark: float
    x_ticks: list[Tick]
    y_ticks: list[Tick]


@dataclass(frozen=True)
class DrawnBranch:
    """A branch at the bottom of the drawn tree."""

    y: float
    size: int
    words: str


@dataclass(frozen=True)
class TreeDrawing:
    """A tree with its root at the left.

    Attributes
    ----------
    line : str
        SVG path of all branches.
    right : float
        Where the branches end.
    branches : list of DrawnBranch
        From top to bottom.
    cut : float or None
        Where a cut into the chosen number of clusters crosses the tree; None if it lies below the drawing.
    """

    size: tuple[int, int]
    line: str
    right: float
    branches: list[DrawnBranch]
    cut: float | None


def draw_curve(
    points: Sequence[tuple[int, float]], chosen: int, low: int | None = None, high: int | None = None
) -> CurveDrawing:
    """Draw values by number of clusters.

    Parameters
    ----------
    points : sequence of (int, float)
        At least two, ascending.
    low, high : int, optional
        Ends of the plausible range, both in it.
    """
    left, top, right, bottom = _CURVE_AREA
    first, last = points[0][0], points[-1][0]
    log = last >= _LOG_FROM * first
    values = [value for _, value in points]
    floor, ceiling = min(values), max(values)
    height = (ceiling - floor) or 1.0

    def x(k: float) -> float:
        share = math.log(k / first) / math.log(last / first) if log else (k - first) / (last - first)
        return round(left + (right - left) * min(max(share, 0.0), 1.0), 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * (value - floor) / height, 1)

    spots = [(x(k), y(value)) for k, value in points]
    band = None
    if low is not None and high is not None:
        # Half a number to each side, so that a range of one number is seen.
        start, end = x(low - 0.5), x(high + 0.5)
        band = (start, max(round(end - start, 1), 2.0))
    ticks = _log_ticks(first, last) if log else [t for t in nice_ticks(first, last, 8) if t == int(t)]
    return CurveDrawing(
        size=_CURVE_SIZE,
        area=_CURVE_AREA,
        line="M" + " ".join(f"{a},{b}" for a, b in spots),
        dots=spots if len(spots) <= _MAX_DOTS else [],
        band=band,
        mark=x(chosen),
        x_ticks=[Tick(x(k), int(k)) for k in ticks],
        y_ticks=[Tick(y(value), value) for value in nice_ticks(floor, ceiling, 4)],
    )


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from ``low`` to ``high``, both included if round; at most about ``most``.

    >>> nice_ticks(0.02, 0.31, 4)
    [0.1, 0.2, 0.3]
    """
    if high <= low:
        return [low]
    rough = (high - low) / most
    scale = 10.0 ** math.floor(math.log10(rough))
    step = scale * next(m for m in (1, 2, 5, 10) if m * scale >= rough * 0.999)
    start, end = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(start, end + 1)]


def _log_ticks(first: int, last: int) -> list[float]:
    decades = range(math.floor(math.log10(max(first, 1))), math.ceil(math.log10(last)) + 1)
    return [float(m * 10**d) for d in decades for m in (1, 2, 5) if first <= m * 10**d <= last]


def draw_tree(root: Branch, chosen: int) -> TreeDrawing:
    """Draw the top of a hierarchy.

    Parameters
    ----------
    chosen : int
        Number of clusters whose cut is marked.
    """
    heights = sorted((node.height for node in _inner(root)), reverse=True)
    top, bottom = (heights[0], heights[-1]) if heights else (1.0, 1.0)
    # The lowest merge stands a little before the end, so that its two branches have a length.
    span = ((top - bottom) or 1.0) * 1.08

    def x(height: float) -> float:
        return round(_TREE_LEFT + (_TREE_RIGHT - _TREE_LEFT) * (top - height) / span, 1)

    lines: list[str] = []
    branches: list[DrawnBranch] = []

    def place(node: Branch) -> tuple[float, float]:
        """Draw what is below a node; where the node stands."""
        if not node.children:
            y = _TREE_TOP + _BRANCH_HEIGHT * (len(branches) + 0.5)
            words = shortened(", ".join(node.words), _BRANCH_CHARS)
            branches.append(DrawnBranch(y, node.size, words))
            return _TREE_RIGHT, y
        own = x(node.height)
        spots = [place(child) for child in node.children]
        lines.append(f"M{own},{spots[0][1]} V{spots[-1][1]}")
        lines.extend(f"M{own},{y} H{end}" for end, y in spots)
        return own, (spots[0][1] + spots[-1][1]) / 2

    start, y = place(root)
    lines.append(f"M{_TREE_LEFT - 10},{y} H{start}")
    height = math.ceil(_TREE_TOP + _BRANCH_HEIGHT * len(branches) + 6)
    places = [x(h) for h in heights] + [_TREE_RIGHT]
    # A cut into k parts lies below k - 1 merges; halfway to the next one.
    gaps = [round((a + b) / 2, 1) for a, b in pairwise([_TREE_LEFT - 10, *places])]
    cut = gaps[chosen - 1] if 1 <= chosen <= len(gaps) else None
    return TreeDrawing((_TREE_WIDTH, height), " ".join(lines), _TREE_RIGHT, branches, cut)


def _inner(node: Branch) -> Iterator[Branch]:
    if node.children:
        yield node
        for child in node.children:
            yield from _inner(child)
