"""A distance of two partitions that the papers on pictures report."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import mutual_info_score


def variation_of_information(truth, labels):
    """What each says that the other does not (VI, Meila 2007): H(truth | labels) + H(labels | truth) in nats.

    0 where both are the same but for names, at most log n; lower is better.
    """
    truth, labels = np.asarray(truth), np.asarray(labels)
    shared = mutual_info_score(truth, labels)
    # Rounding must not take the distance of equal partitions below zero.
    return max(0.0, _entropy(truth) + _entropy(labels) - 2 * float(shared))


def _entropy(labels):
    share = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(-(share * np.log(share)).sum())
