"""Unit rows around known directions, for the heads' tests."""

import numpy as np

from localcluster.embed.view import unit_rows


def blobs(k=3, per_cluster=40, width=24, spread=0.6, seed=0):
    """(vectors float32 (n, d), labels int64 (n,)): clusters apart, their edges not."""
    rng = np.random.default_rng(seed)
    centres = unit_rows(rng.normal(size=(k, width)).astype(np.float32))
    labels = np.repeat(np.arange(k), per_cluster)
    noise = unit_rows(rng.normal(size=(len(labels), width)).astype(np.float32))
    order = rng.permutation(len(labels))
    return unit_rows(centres[labels] + np.float32(spread) * noise)[order], labels[order]
