"""Colours and marker shapes that tell clusters apart, also for colour-blind eyes."""

from __future__ import annotations

#: Okabe and Ito's colour-blind-safe set (2008) without black, which a dark page swallows, and with
#: a darker yellow, which a light page swallows.
_BASE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#c9b400", "#8a7ad1")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross")
#: Share of white (positive) or black (negative) mixed in, one step per pass through the base colours.
_TINTS = (0.0, 0.3, -0.25, 0.5, -0.4)


def cluster_colours(k: int) -> list[str]:
    """One ``#rrggbb`` per cluster; the first eight are the base set, later ones its tints."""
    return [_tinted(_BASE[c % len(_BASE)], _TINTS[c // len(_BASE) % len(_TINTS)]) for c in range(k)]


def cluster_symbols(k: int) -> list[str]:
    """One plotly marker symbol per cluster; it changes where the base colours start again."""
    return [_SYMBOLS[c // len(_BASE) % len(_SYMBOLS)] for c in range(k)]


def _tinted(colour: str, tint: float) -> str:
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    toward = 255 if tint > 0 else 0
    return "#" + "".join(f"{round(v + (toward - v) * abs(tint)):02x}" for v in channels)
