"""Heads: ESMC's clustering head, fitted without labels.

``pseudo_labels`` marks the rows of a partition that teach, ``training`` is the gradient descent, ``trial``
stops it in time, ``fit_head`` chooses the share of teaching rows, ``ClusteringHead`` is what comes out and
assigns new rows, and ``adopt_head`` decides whether its partition replaces the one that it learned from.
"""

from localcluster.heads.adoption import Adoption, adopt_head
from localcluster.heads.fit import FittedHead, fit_head
from localcluster.heads.head import ClusteringHead
from localcluster.heads.pseudo_labels import confident_rows

__all__ = ["Adoption", "ClusteringHead", "FittedHead", "adopt_head", "confident_rows", "fit_head"]
