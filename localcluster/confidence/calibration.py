"""The one function from features to a probability, and the only place of its constants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localcluster.confidence.features import Features

#: Logistic regression of "in the right cluster" on the features of a row, fitted on labelled sets outside of
#: every benchmark. None of the row's own is negative.
#: Source: scripts/confidence/fit.py, which prints these lines.
INTERCEPT = -2.404
ROW_WEIGHTS = (0.510, 0.441, 0.704, 0.952)
SET_WEIGHTS = (2.085, 2.982, 1.260, -0.053, -0.946, -0.343)


def probability(features: Features) -> NDArray[np.float32]:
    """Probability that each row is in the right cluster, float32, shape (n,).

    More of any feature of a row never lowers it.
    """
    total = INTERCEPT + features.rows @ np.array(ROW_WEIGHTS) + float(features.whole @ np.array(SET_WEIGHTS))
    return np.asarray(1 / (1 + np.exp(-total)), dtype=np.float32)
