"""Constants that tell frame from content by one rule."""

from __future__ import annotations

import numpy as np

from localcluster.boilerplate.context import IN_ROW
from localcluster.boilerplate.statistics import FEATURES
from localcluster.boilerplate.weights import Net, Weights


def weights_by_share():
    """Constants that take everything which a fifth of the rows have for frame."""
    columns = len(FEATURES)
    alone = Net(np.zeros((columns, 1), np.float32), np.zeros(1, np.float32), np.zeros(1, np.float32), 0.0)
    inner = np.zeros((1 + IN_ROW + columns, 1), np.float32)
    inner[1 + IN_ROW + FEATURES.index("rows with its template, share")] = 1.0
    among = Net(inner, np.zeros(1, np.float32), np.array([-30.0], np.float32), 6.0)
    return Weights(alone, among, False, 0.5)
