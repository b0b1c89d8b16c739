"""The data inside the page: every text once, and per criterion what its map draws."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from localcluster.report.nouns import noun_of
from localcluster.report.palette import cluster_colours, cluster_symbols
from localcluster.results import CriterionResult, RunResult

#: A longer text is cut in the page (not in the tables of the run folder).
MAX_TEXT_CHARS = 1_000
#: Points that one map draws; more are sampled evenly, and the page says so.
MAX_MAP_POINTS = 20_000
#: Map coordinates are integers in -1000..1000: finer than a pixel, half the size of decimals.
_MAP_UNITS = 1_000


def payload(result: RunResult) -> dict[str, Any]:
    """JSON-ready data that the page's script reads; row ``i`` of every array is input row ``i``."""
    return {
        "texts": [shortened(text, MAX_TEXT_CHARS) for text in result.texts],
        "ids": list(result.ids),
        "noun": noun_of(result).many,
        "mapRows": map_rows(len(result.texts)),
        "criteria": [_criterion(criterion) for criterion in result.criteria],
    }


def map_rows(n_rows: int) -> list[int] | None:
    """Rows drawn on the maps, or None for all of them."""
    if n_rows <= MAX_MAP_POINTS:
        return None
    return [int(row) for row in np.linspace(0, n_rows - 1, MAX_MAP_POINTS).round()]


def shortened(text: str, limit: int) -> str:
    """``text``, or its beginning and an ellipsis."""
    return text if len(text) <= limit else text[:limit].rstrip() + "…"


def script_json(data: object) -> str:
    r"""JSON that may stand inside a ``<script>`` element of an HTML page.

    No character that HTML or old JavaScript engines give a meaning to is left as it is, so that no
    text can close the element or open a comment.

    >>> script_json(["</script>"])
    '["\\u003c/script\\u003e"]'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def _criterion(criterion: CriterionResult) -> dict[str, Any]:
    xy = np.nan_to_num(np.asarray(criterion.map_xy, dtype=np.float64))
    span = float(np.abs(xy).max(initial=0)) or 1.0
    grid = np.round(xy / span * _MAP_UNITS).astype(int)
    confidence = np.nan_to_num(np.asarray(criterion.confidence, dtype=np.float64))
    return {
        "labels": criterion.labels.tolist(),
        "confidence": np.round(confidence, 2).tolist(),
        "nowhere": [] if criterion.nowhere is None else np.flatnonzero(criterion.nowhere).tolist(),
        "x": grid[:, 0].tolist(),
        "y": grid[:, 1].tolist(),
        "names": [card.name for card in criterion.clusters],
        "colours": cluster_colours(criterion.k),
        "symbols": cluster_symbols(criterion.k),
    }
