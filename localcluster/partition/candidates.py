"""The candidates that selection chooses from: views, alone or fused, times partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.partition.graph import fuse_graphs, neighbour_graph, neighbours
from localcluster.partition.methods import kmeans, spectral, ward

#: Neighbours in the graph that a spectral partition cuts: few follow small clusters, more hold
#: large ones together. Neither is best everywhere (benchmarks/default_table.py).
SPECTRAL_NEIGHBORS = (15, 40)
#: Neighbours among which Ward may merge.
WARD_NEIGHBORS = 40
#: Neighbours in the graph on which every partition is judged, the same for all of them.
JUDGE_NEIGHBORS = 20
#: Weight of the sentence view against all criterion views together in a fused graph.
FUSION_WEIGHTS = (4.0, 2.0, 1.0)
#: Most neighbours any of the above needs.
MAX_NEIGHBORS = max(*SPECTRAL_NEIGHBORS, WARD_NEIGHBORS, JUDGE_NEIGHBORS)


Family = Literal["sentence", "criterion", "fused"]


@dataclass(frozen=True)
class Candidate:
    """One partition of the rows, and what it was made from.

    Attributes
    ----------
    family : {"sentence", "criterion", "fused"}
        Which views it was made from: the embedder's, those that read the criterion, or both.
    view : str
        Name of the view or of the fusion.
    partition : str
        Name of the method.
    weights : dict of str to float
        View names and their weights, summing to 1: also how new rows are compared with these.
    labels : int64, shape (n,)
    """

    family: Family
    view: str
    partition: str
    weights: dict[str, float]
    labels: NDArray[np.int64]


class NeighbourIndex:
    """Neighbour lists of every view, computed once and cut to the size each graph needs."""

    def __init__(self, views: Sequence[View]) -> None:
        self.views = {view.name: view for view in views}
        self._index: dict[str, NDArray[np.int64]] = {}

    def graph(self, view: str, n_neighbors: int) -> sp.csr_matrix:
        """Neighbour graph of one view."""
        if view not in self._index:
            self._index[view] = neighbours(self.views[view].vectors, MAX_NEIGHBORS)[0]
        return neighbour_graph(self._index[view], n_neighbors)


def single_view_candidates(index: NeighbourIndex, view: View, k: int, seed: int) -> Iterator[Candidate]:
    """k-means and spectral partitions of one view, and Ward of the sentence view.

    Ward and wide neighbourhoods serve coarse groups of whole topics, which is what a sentence embedder sees.
    """
    family: Family = "criterion" if view.reads_criterion else "sentence"
    weights = {view.name: 1.0}
    yield Candidate(family, view.name, "k-means", weights, kmeans(view.vectors, k, seed))
    if view.reads_criterion:
        labels = spectral(index.graph(view.name, SPECTRAL_NEIGHBORS[0]), k, seed)
        yield Candidate(family, view.name, f"spectral {SPECTRAL_NEIGHBORS[0]}", weights, labels)
        return
    graph = index.graph(view.name, WARD_NEIGHBORS)
    yield Candidate(family, view.name, "Ward", weights, ward(view.vectors, k, graph))
    for count in SPECTRAL_NEIGHBORS:
        labels = spectral(index.graph(view.name, count), k, seed)
        yield Candidate(family, view.name, f"spectral {count}", weights, labels)


def fused_candidates(index: NeighbourIndex, views: Sequence[View], k: int, seed: int) -> Iterator[Candidate]:
    """Spectral partitions of the criterion views' fused graph, without and with the sentence view's."""
    criterion = [view.name for view in views if view.reads_criterion]
    sentence = [view.name for view in views if not view.reads_criterion]
    for count in SPECTRAL_NEIGHBORS:
        graphs = [index.graph(name, count) for name in criterion]
        share = [1.0 / len(criterion)] * len(criterion)
        together = fuse_graphs(graphs, share)
        if len(criterion) > 1:
            weights = dict.fromkeys(criterion, 1.0 / len(criterion))
            labels = spectral(together, k, seed)
            yield Candidate("criterion", "all criterion views", f"spectral {count}", weights, labels)
        if not sentence:
            continue
        for weight in FUSION_WEIGHTS:
            graph = fuse_graphs([index.graph(sentence[0], count), together], [weight, 1.0])
            weights = {sentence[0]: weight / (weight + 1)}
            weights |= dict.fromkeys(criterion, 1 / (weight + 1) / len(criterion))
            name = f"sentence {weight:g} : criterion 1"
            yield Candidate("fused", name, f"spectral {count}", weights, spectral(graph, k, seed))
