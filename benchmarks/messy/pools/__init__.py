"""
Words to wrap texts in, in two halves: one for each role of :mod:`benchmarks.messy.kinds`.

Every module here writes its two halves as ``SHAPING`` and ``JUDGING``. Each is a table from a
symbol to its templates. A template may name other symbols in braces, which are drawn from the same
half. ``||`` parts what two speakers say, or a key from its value. No template is in both halves.
A module whose kinds are all of one role leaves the other half empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    agents,
    asian,
    asides,
    crowds,
    disclaimers,
    firms,
    frames,
    german,
    layout,
    letters,
    manners,
    names,
    records,
    replies,
    tongues,
)

_MODULES = (
    agents,
    asides,
    disclaimers,
    firms,
    frames,
    layout,
    letters,
    names,
    replies,
    german,
    tongues,
    asian,
    crowds,
    records,
    manners,
)

#: Role -> symbol -> templates.
POOLS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "shaping": {symbol: rules for module in _MODULES for symbol, rules in module.SHAPING.items()},
    "judging": {symbol: rules for module in _MODULES for symbol, rules in module.JUDGING.items()},
}

__all__ = ["POOLS"]
