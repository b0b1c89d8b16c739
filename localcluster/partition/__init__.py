"""Partitions: rows to clusters, over one view or several fused, chosen without labels.

``fit_partition`` is the door. ``screening`` picks the prompt wording, ``candidates`` crosses views with
``methods`` (k-means, Ward, spectral), ``selection`` judges each candidate by every view's neighbour
``graph``, ``granularity`` finds k where none is given, and ``vote`` assigns rows outside the fitted
ones and says how sure each row is.
"""

from localcluster.partition.fit import MAX_FITTED_ROWS, Partition, fit_partition
from localcluster.partition.granularity import reference_k
from localcluster.partition.screening import SAMPLE_ROWS, best_wording
from localcluster.partition.vote import vote

__all__ = [
    "MAX_FITTED_ROWS",
    "SAMPLE_ROWS",
    "Partition",
    "best_wording",
    "fit_partition",
    "reference_k",
    "vote",
]
