"""How sure each row of a run is, and whether it belongs in any cluster: what a run keeps of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows
from localcluster.confidence.estimate import estimate_confidence
from localcluster.confidence.nowhere import Surroundings, empty, look_around
from localcluster.embed import View
from localcluster.items.item import Item
from localcluster.partition import Partition
from localcluster.partition.fit import fused_vectors
from localcluster.results import NOWHERE_AT_MOST


@dataclass(frozen=True)
class RowSureness:
    """Of every distinct row by one criterion.

    Attributes
    ----------
    confidence : float32, shape (n,)
        Estimated probability of the right cluster; at most ``NOWHERE_AT_MOST`` where a row fits
        nowhere, 0 where it is empty.
    nowhere : bool, shape (n,)
    surroundings : Surroundings
        For new rows.
    """

    confidence: NDArray[np.float32]
    nowhere: NDArray[np.bool_]
    surroundings: Surroundings


def how_sure(views: Sequence[View], partition: Partition, items: Sequence[Item], seed: int) -> RowSureness:
    """Confidence of the rows of a finished partition, and which of them fit nowhere.

    Parameters
    ----------
    views : sequence of View
        Over the distinct items, as they were read.
    partition : Partition
        As it is reported: labels that answers moved stand where they were moved to.
    items : sequence of Item
        The distinct items.
    """
    estimated = estimate_confidence(views, partition, seed).probability
    vectors = unit_rows(fused_vectors(views, partition.selection.chosen.weights))
    surroundings, nowhere = look_around(items, vectors, seed)
    return RowSureness(bounded(estimated, nowhere, items), nowhere, surroundings)


def bounded(
    confidence: NDArray[np.float32], nowhere: NDArray[np.bool_], items: Sequence[Item]
) -> NDArray[np.float32]:
    """Confidence, float32, shape (n,), with that of rows that fit nowhere held down and of empty ones 0."""
    found = np.where(nowhere, np.minimum(confidence, NOWHERE_AT_MOST), confidence)
    return np.where(empty(items), 0.0, found).astype(np.float32)
