"""Which pairs to ask about: one (or a few) across each merge, as ClusterLLM section 3.2 does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.errors import ConfigError
from localcluster.granularity.hierarchy import Hierarchy
from localcluster.papers import GRANULARITY_PAIRS_PER_STEP

#: Rows of a node, the nearest to its centre, that a pair's member is drawn from. The paper draws from all;
#: a row at the edge of an impure node says little about the merge. Set on hwu64, stackoverflow, snips,
#: syngoalex and sib200 (mean error of log k 0.29 against 0.39), among 1, 3, 10 and a share of the rows.
CENTRAL_ROWS = 3


@dataclass(frozen=True)
class PairSample:
    """Pairs to ask "same or different", and the merge that each tests.

    Attributes
    ----------
    pairs : int64, shape (m, 2)
        Row numbers.
    step : int64, shape (m,)
        Number of clusters after the merge: the pair is together in a cut into ``k <= step`` and apart
        where ``k > step``.
    weight : float64, shape (m,)
        Pairs of rows that the merge brings together, per pair drawn: the inverse of the sampling rate.
    """

    pairs: NDArray[np.int64]
    step: NDArray[np.int64]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.step)


def sample_pairs(
    hierarchy: Hierarchy,
    k_min: int,
    k_max: int,
    per_step: int = GRANULARITY_PAIRS_PER_STEP,
    seed: int = 0,
    *,
    vectors: NDArray[np.float32] | None = None,
) -> PairSample:
    """Draw pairs across the two nodes of every merge between ``k_max`` and ``k_min`` clusters.

    Parameters
    ----------
    k_min, k_max : int
        Cuts to tell apart; ``k_max - k_min`` merges lie between them.
    per_step : int
        Distinct pairs per merge; fewer where the merge has fewer.
    vectors : float32, shape (n, d), optional
        Unit rows the hierarchy was built on: members come from the :data:`CENTRAL_ROWS` nearest to their
        node's centre. Without them, any row of the node, as in the paper.

    Raises
    ------
    ConfigError
        When the range of k is empty or exceeds the hierarchy, or ``per_step`` is below 1.
    """
    if not 1 <= k_min < k_max <= hierarchy.n_leaves:
        most = max(3, min(200, hierarchy.n_leaves))
        raise ConfigError(
            f"A hierarchy over {hierarchy.n_leaves} leaves has no cuts into {k_min} to {k_max} clusters. "
            f"Give a range that it has, the smaller number first (-k 2:{most}, or k_min=2 and k_max={most})."
        )
    if per_step < 1:
        raise ConfigError(f"per_step is {per_step}. Ask about 1 pair per merge, or more.")
    rng = np.random.default_rng(seed)
    middle = None if vectors is None else vectors.mean(axis=0)
    drawn = [_across(hierarchy, k, per_step, rng, vectors, middle) for k in range(k_min, k_max)]
    counts = [len(pairs) for pairs, _ in drawn]
    return PairSample(
        np.concatenate([pairs for pairs, _ in drawn]),
        np.repeat(np.arange(k_min, k_max), counts),
        np.repeat([size / count for (_, size), count in zip(drawn, counts, strict=True)], counts),
    )


def _across(
    hierarchy: Hierarchy,
    k: int,
    count: int,
    rng: np.random.Generator,
    vectors: NDArray[np.float32] | None,
    middle: NDArray[np.float32] | None,
) -> tuple[NDArray[np.int64], int]:
    """Distinct pairs across the merge that leaves ``k`` clusters, and how many pairs of rows it joins."""
    left, right = (hierarchy.rows_of(node) for node in hierarchy.joined(k))
    n_joined = len(left) * len(right)
    if vectors is not None and middle is not None:
        left, right = (_central(rows, vectors, middle, count) for rows in (left, right))
    every = len(left) * len(right)
    code = rng.choice(every, min(count, every), replace=False)
    return np.stack([left[code // len(right)], right[code % len(right)]], axis=1), n_joined


def _central(
    rows: NDArray[np.int64], vectors: NDArray[np.float32], middle: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    own = vectors[rows]
    nearness = own @ (own.mean(axis=0) - middle)
    keep = max(CENTRAL_ROWS, count)
    return rows[np.argsort(-nearness, kind="stable")[:keep]]
