"""The stage of a run that trains ESMC's clustering head on the partition, so that it can assign new rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.evidence import HeadEvidence
from localcluster.heads import ClusteringHead, fit_head
from localcluster.partition import Partition
from localcluster.partition.fit import fused_vectors
from localcluster.pipeline.workbench import Workbench
from localcluster.store import key_of
from localcluster.version import __version__


@dataclass(frozen=True)
class TaughtHead:
    """A head that learned a partition, as the run folder keeps it.

    Attributes
    ----------
    head : ClusteringHead
        Reads the chosen views as they were read, not adapted to answers, so that new rows can
        be read the same way.
    proba : float32, shape (n, k)
        What it says of every distinct item.
    """

    head: ClusteringHead
    evidence: HeadEvidence
    proba: NDArray[np.float32]


def teach_head(bench: Workbench, criterion: str, partition: Partition, views: Sequence[View]) -> TaughtHead:
    """Train a head on the confident rows of a partition of the distinct items."""
    config, counts = bench.config, bench.items.counts
    vectors = fused_vectors(views, partition.selection.chosen.weights)
    key = key_of(__version__, "taught and calibrated head", config.seed, partition.labels, vectors, counts)
    with bench.reporter.stage(f'Clustering head, "{criterion}"') as advance:

        def taught() -> TaughtHead:
            found = fit_head(
                vectors, partition.labels, counts=counts, random_state=config.seed, progress=advance
            )
            return TaughtHead(found.head, found.evidence, found.head.predict_proba(vectors))

        return bench.folder.value(f"head-{key_of(criterion)[:16]}", key, TaughtHead, taught)
