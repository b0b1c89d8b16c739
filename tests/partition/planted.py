"""Views with groups that were put there."""

from __future__ import annotations

import numpy as np

from localcluster.embed.view import Standardizer, View, unit_rows


def planted(name, groups, *, kind="states", noise=0.5, seed=0, d=10):
    """A view in which rows of a group lie together."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups.max() + 1, d))
    raw = (centres[groups] + noise * rng.normal(size=(len(groups), d))).astype(np.float32)
    return View(name, kind, unit_rows(raw), Standardizer.identity(d))


def two_structures(n=240, k=3, seed=1):
    """Two groupings that have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    return rng.permutation(np.arange(n) % k), rng.permutation(np.arange(n) % k)
