"""Choose the prompt wording on a sample, without labels, before all rows are read with it.

A wording that makes the model answer the criterion's question shows in the hidden states in two
ways: the rows fall into clear groups, and neighbouring layers agree on which.
Its score is the product of both.
``benchmarks/quality/wordings.py`` prints how often it picks the better one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from localcluster.embed import View
from localcluster.partition.candidates import NeighbourIndex, spectral_neighbors
from localcluster.partition.graph import modularity
from localcluster.partition.methods import spectral

#: Distinct rows read with every wording.
SAMPLE_ROWS = 512
#: Rows per cluster, on average, that the sample must keep for its groups to mean something.
MIN_MEAN_SIZE = 8


def wording_score(views: Sequence[View], k: int, seed: int) -> float:
    """Mean modularity of the states views' own spectral partitions times the mean AMI between them.

    Parameters
    ----------
    views : sequence of View
        Of one wording, over the sampled rows; answer distributions are left out.
    k : int
        Number of clusters; lowered where the sample is too small for it.

    Returns
    -------
    float
        About 0 to 1.
    """
    index = NeighbourIndex(views)
    k = max(2, min(k, len(views[0].vectors) // MIN_MEAN_SIZE))
    count = spectral_neighbors(len(views[0].vectors), k)
    graphs = [index.graph(view.name, count) for view in views if view.kind == "states"]
    partitions = [spectral(graph, k, seed) for graph in graphs]
    clarity = float(np.mean([modularity(g, p) for g, p in zip(graphs, partitions, strict=True)]))
    pairs = [adjusted_mutual_info_score(a, b) for a, b in combinations(partitions, 2)]
    return clarity * float(np.mean(pairs)) if pairs else clarity


def best_wording(views: Mapping[str, Sequence[View]], k: int, seed: int) -> tuple[str, dict[str, float]]:
    """Name of the wording with the highest score, and every wording's score; ties go to the first."""
    scores = {name: wording_score(own, k, seed) for name, own in views.items()}
    return max(scores, key=lambda name: scores[name]), scores
