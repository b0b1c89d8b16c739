"""How many clusters: pairwise questions over a hierarchy (ClusterLLM's second stage).

``build_hierarchy`` nests the rows, ``sample_pairs`` draws pairs across its merges, an oracle answers them
"same" or "different", and ``k_by_answers`` returns the number of clusters, the range that the answers leave
open, and the whole curve. ``choose_granularity`` is all of it for arrays of a caller's own.
"""

from localcluster.granularity.choice import k_by_answers
from localcluster.granularity.consistency import f_beta_curve
from localcluster.granularity.hierarchy import Hierarchy, build_hierarchy
from localcluster.granularity.pairs import PairSample, sample_pairs
from localcluster.granularity.summary import deciding_pairs, dendrogram_top

__all__ = [
    "Hierarchy",
    "PairSample",
    "build_hierarchy",
    "k_by_answers",
    "deciding_pairs",
    "dendrogram_top",
    "f_beta_curve",
    "sample_pairs",
]
