"""The candidates that selection chooses from: views, alone or fused, times partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.partition.graph import fuse_graphs, neighbour_graph, neighbours, smooth
from localcluster.partition.methods import kmeans, spectral, ward

#: Neighbours in the graph that a spectral partition cuts: few follow small clusters, more hold
#: large ones together. Neither is best everywhere (benchmarks/default_table.py).
SPECTRAL_NEIGHBORS = (15, 40)
#: Neighbours that smooth the sentence view, and how often. Two rounds gained 2 to 9 points of ACC over the
#: same method without on the two coarse sets that shaped them, clinc domain and massive domain.
SMOOTHING_NEIGHBORS = 15
SMOOTHING_ROUNDS = 2
#: Neighbours in the graph on which every partition is judged, the same for all of them.
JUDGE_NEIGHBORS = 20
#: Weight of the sentence view against all criterion views together in a fused graph.
FUSION_WEIGHTS = (4.0, 2.0, 1.0)
#: Most neighbours any of the above needs.
MAX_NEIGHBORS = max(*SPECTRAL_NEIGHBORS, SMOOTHING_NEIGHBORS, JUDGE_NEIGHBORS)


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


def sentence_candidates(index: NeighbourIndex, view: View, k: int, seed: int) -> Iterator[Candidate]:
    """k-means, spectral, and on smoothed vectors k-means and Ward partitions of the sentence view.

    Smoothing and wide neighbourhoods serve coarse groups of whole topics, which a sentence embedder sees.
    """
    weights = {view.name: 1.0}
    yield Candidate("sentence", view.name, "k-means", weights, kmeans(view.vectors, k, seed))
    smoothed = smooth(view.vectors, index.graph(view.name, SMOOTHING_NEIGHBORS), SMOOTHING_ROUNDS)
    yield Candidate("sentence", view.name, "smoothed k-means", weights, kmeans(smoothed, k, seed))
    yield Candidate("sentence", view.name, "smoothed Ward", weights, ward(smoothed, k))
    for count in SPECTRAL_NEIGHBORS:
        labels = spectral(index.graph(view.name, count), k, seed)
        yield Candidate("sentence", view.name, f"spectral {count}", weights, labels)


def criterion_candidates(index: NeighbourIndex, view: View, k: int, seed: int) -> Iterator[Candidate]:
    """The spectral partition of one view that has read the criterion."""
    count = SPECTRAL_NEIGHBORS[0]
    labels = spectral(index.graph(view.name, count), k, seed)
    yield Candidate("criterion", view.name, f"spectral {count}", {view.name: 1.0}, labels)


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
