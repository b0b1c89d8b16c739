"""Heads: ESMC's clustering head, fitted without labels.

``pseudo_labels`` marks the rows of a partition that teach, ``training`` is the gradient descent, ``trial``
stops it in time, ``fit_head`` chooses the share of teaching rows,
and ``ClusteringHead`` is what comes out and assigns new rows.
"""

from localcluster.heads.fit import fit_head
from localcluster.heads.head import ClusteringHead
from localcluster.heads.pseudo_labels import confident_rows

__all__ = ["ClusteringHead", "confident_rows", "fit_head"]
