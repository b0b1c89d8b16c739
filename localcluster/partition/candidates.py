"""The candidates that selection chooses from: views, alone or fused, times partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.embed.view import fuse
from localcluster.partition.graph import fuse_graphs, neighbour_graph, neighbours, smooth
from localcluster.partition.methods import kmeans, spectral, ward

#: Fewest and most neighbours in the graph that a spectral partition cuts; in between, half the mean cluster
#: size. Fewer neighbours than that tear large clusters apart, more tie small ones together.
SPECTRAL_NEIGHBORS = (15, 40)
#: Mean cluster size below which clusters are small: a graph of 15 neighbours would tie several of them
#: together. There the graph has about as many neighbours as a cluster has rows, judging takes half as many,
#: and Ward's hierarchy, which needs no graph, is a candidate. Set on ten sets of the training pool at 50 to
#: 500 rows (``benchmarks/quality/small_inputs.py``).
SMALL_SIZE = 15
#: Mean cluster size below which no graph can be cut into them: Ward's hierarchy takes its place everywhere.
TINY_SIZE = 6
FEWEST_NEIGHBORS, FEWEST_JUDGES = 4, 3
#: Neighbours that smooth the sentence view, and how often.
SMOOTHING_NEIGHBORS = 15
SMOOTHING_ROUNDS = 2
#: Mean cluster size from which smoothed vectors are tried: two rounds reach a good hundred rows, and
#: would blur clusters smaller than that into each other.
SMOOTHING_FROM_SIZE = 100
#: Neighbours in the graph on which every partition is judged, the same for all of them.
JUDGE_NEIGHBORS = 20
#: Weight of the sentence view against all criterion views together in a fused graph.
FUSION_WEIGHTS = (4.0, 2.0, 1.0)
#: Most neighbours any of the above needs.
MAX_NEIGHBORS = max(SPECTRAL_NEIGHBORS[1], SMOOTHING_NEIGHBORS, JUDGE_NEIGHBORS)


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


def spectral_neighbors(n: int, k: int) -> int:
    """Neighbours in the graph that a spectral partition of ``n`` rows into ``k`` clusters cuts.

    >>> [spectral_neighbors(3000, k) for k in (2, 50, 150, 500)]
    [40, 30, 15, 6]
    """
    if n < SMALL_SIZE * k:
        return max(round(n / k), FEWEST_NEIGHBORS)
    fewest, most = SPECTRAL_NEIGHBORS
    return int(min(max(n // (2 * k), fewest), most))


def judge_neighbors(n: int, k: int) -> int:
    """Neighbours in the graph that partitions of ``n`` rows into ``k`` clusters are judged on.

    >>> [judge_neighbors(3000, k) for k in (2, 150, 500)]
    [20, 20, 3]
    """
    return JUDGE_NEIGHBORS if n >= SMALL_SIZE * k else max(round(n / (2 * k)), FEWEST_JUDGES)


def sentence_candidates(index: NeighbourIndex, view: View, k: int, seed: int) -> Iterator[Candidate]:
    """k-means and spectral partitions; for small clusters Ward's, for large ones smoothed partitions."""
    weights = {view.name: 1.0}
    n = len(view.vectors)
    yield Candidate("sentence", view.name, "k-means", weights, kmeans(view.vectors, k, seed))
    if n >= TINY_SIZE * k:
        labels = spectral(index.graph(view.name, spectral_neighbors(n, k)), k, seed)
        yield Candidate("sentence", view.name, "spectral", weights, labels)
    if n < SMALL_SIZE * k:
        yield Candidate("sentence", view.name, "Ward", weights, ward(view.vectors, k))
    if n >= SMOOTHING_FROM_SIZE * k:
        smoothed = smooth(view.vectors, index.graph(view.name, SMOOTHING_NEIGHBORS), SMOOTHING_ROUNDS)
        yield Candidate("sentence", view.name, "smoothed k-means", weights, kmeans(smoothed, k, seed))
        yield Candidate("sentence", view.name, "smoothed Ward", weights, ward(smoothed, k))


def criterion_candidates(index: NeighbourIndex, view: View, k: int, seed: int) -> Iterator[Candidate]:
    """The partition of one view that has read the criterion: spectral, or Ward's where clusters are tiny."""
    yield _cut(index, "criterion", view.name, {view.name: 1.0}, k, seed)


def fused_candidates(index: NeighbourIndex, views: Sequence[View], k: int, seed: int) -> Iterator[Candidate]:
    """Partitions of the criterion views fused, without and with the sentence view."""
    criterion = [view.name for view in views if view.reads_criterion]
    sentence = [view.name for view in views if not view.reads_criterion]
    share = 1.0 / len(criterion)
    if len(criterion) > 1:
        weights = dict.fromkeys(criterion, share)
        yield _cut(index, "criterion", "all criterion views", weights, k, seed)
    for name in sentence[:1]:
        for weight in FUSION_WEIGHTS:
            weights = {name: weight / (weight + 1)} | dict.fromkeys(criterion, share / (weight + 1))
            yield _cut(index, "fused", f"sentence {weight:g} : criterion 1", weights, k, seed)


def _cut(
    index: NeighbourIndex, family: Family, name: str, weights: dict[str, float], k: int, seed: int
) -> Candidate:
    """The fused views in k parts: their neighbour graphs cut, or Ward's hierarchy where clusters are tiny."""
    n = len(next(iter(index.views.values())).vectors)
    if n < TINY_SIZE * k:
        fused = fuse({view: index.views[view].vectors for view in weights}, weights)
        return Candidate(family, name, "Ward", weights, ward(fused, k))
    count = spectral_neighbors(n, k)
    graphs = [index.graph(view, count) for view in weights]
    graph = graphs[0] if len(graphs) == 1 else fuse_graphs(graphs, list(weights.values()))
    return Candidate(family, name, "spectral", weights, spectral(graph, k, seed))
