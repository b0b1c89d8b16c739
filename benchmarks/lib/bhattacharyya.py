"""Answer distributions compared by their overlap, where a run compares them by the cosine of logits."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax


def bhattacharyya_vectors(logprobs):
    """Unit vectors whose dot product is the Bhattacharyya coefficient of two answer distributions.

    Parameters
    ----------
    logprobs : float32, shape (n, m)
        Over the kept answer words; renormalized to these.
    """
    return np.sqrt(softmax(logprobs, axis=1)).astype(np.float32)
