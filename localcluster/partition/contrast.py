"""Whether a model's reading follows the criterion: read the same rows by another one, and compare.

A reading that follows the criterion falls into clearer groups when the model is asked for it than when it is
asked for something else. A reading of what merely stands out (the language, the form of a letter) is as
clear, and much the same, whatever the model is asked. No label and no oracle takes part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.metrics import adjusted_mutual_info_score

from localcluster.embed import View
from localcluster.partition.candidates import JUDGE_NEIGHBORS, NeighbourIndex, spectral_neighbors
from localcluster.partition.graph import fuse_graphs, modularity
from localcluster.partition.methods import spectral

#: What the model is asked for instead: what texts are about, as far as any one phrase says it.
NEUTRAL = "main subject"
#: Distinct rows that are read by it too, and fewest that say anything.
CONTRAST_ROWS, MIN_ROWS = 160, 48
#: Rows per cluster, on average, that the sample must keep.
MIN_MEAN_SIZE = 8


@dataclass(frozen=True)
class Contrast:
    """A criterion's reading of some rows beside the reading by another criterion.

    Attributes
    ----------
    gain : float
        Log of the criterion's clarity (modularity of the reading's own groups) over the other's: above
        zero where the groups are clearer for being asked for.
    overlap : float
        Adjusted mutual information of the two partitions, about 0 to 1.
    """

    gain: float
    overlap: float


def contrast_of(views: Sequence[View], others: Sequence[View], k: int, seed: int) -> Contrast:
    """Compare two readings of the same rows.

    Parameters
    ----------
    views, others : sequence of View
        By the criterion and by another one, under the same wording; all over the same rows.
    k : int
        Number of clusters; lowered where the rows are too few for it.
    """
    k = max(2, min(k, len(views[0].vectors) // MIN_MEAN_SIZE))
    own_clarity, own = _groups(views, k, seed)
    other_clarity, other = _groups(others, k, seed)
    gain = float(np.log(max(own_clarity, 1e-3) / max(other_clarity, 1e-3)))
    return Contrast(gain, float(adjusted_mutual_info_score(own, other)))


def _groups(views: Sequence[View], k: int, seed: int) -> tuple[float, NDArray[np.int64]]:
    """Mean modularity of the fused partition on every view's graph, and the partition."""
    index = NeighbourIndex(views)
    count = spectral_neighbors(len(views[0].vectors), k)
    graphs: list[csr_matrix] = [index.graph(view.name, count) for view in views]
    labels = spectral(fuse_graphs(graphs, [1.0 / len(views)] * len(views)), k, seed)
    clear = [modularity(index.graph(view.name, JUDGE_NEIGHBORS), labels) for view in views]
    return float(np.mean(clear)), labels
