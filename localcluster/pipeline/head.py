"""The stage of a run that trains ESMC's clustering head on the partition and lets it take over if it may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.evidence import HeadDecision, HeadEvidence
from localcluster.heads import Adoption, ClusteringHead, adopt_head, fit_head
from localcluster.partition import Partition
from localcluster.partition.fit import fused_vectors
from localcluster.partition.methods import by_size
from localcluster.pipeline.workbench import Workbench
from localcluster.store import key_of
from localcluster.version import __version__

#: Why the views are not asked about a head that learned from answers.
ANSWERED = (
    "Rows stand where held-out answers support them, which the views cannot judge, so the head's own "
    "partition is not used."
)


@dataclass(frozen=True)
class KeptHead:
    """What the run folder keeps of a fit."""

    head: ClusteringHead
    fit: HeadEvidence


@dataclass(frozen=True)
class Headed:
    """A partition and the head that learned it.

    Attributes
    ----------
    partition : Partition
        The head's own where it was adopted.
    head : ClusteringHead
        Assigns new rows, in the numbering of ``partition``. It reads the chosen views as they were read, not
        adapted to answers: so new rows can be read the same way.
    proba : float32, shape (n, k)
        Of every distinct item.
    fit : HeadEvidence
        How the head was fitted.
    adoption : Adoption
    """

    partition: Partition
    head: ClusteringHead
    proba: NDArray[np.float32]
    fit: HeadEvidence
    adoption: Adoption

    def evidence(self) -> HeadEvidence:
        """The shares of each cluster that were tried, and the decision, for the record."""
        return replace(
            self.fit, why=f"{self.fit.why} {self.adoption.reason}", decision=self.adoption.evidence
        )


def follow_with_head(
    bench: Workbench,
    criterion: str,
    partition: Partition,
    views: Sequence[View],
    *,
    answered: bool = False,
) -> Headed:
    """Train a head on the partition's confident rows; adopt its partition where the views support it.

    Parameters
    ----------
    bench : Workbench
    criterion : str
    partition : Partition
        Of the distinct items.
    views : sequence of View
        What judges the head's partition.
    answered : bool
        Whether rows stand where the oracle's answers put them. The views, which had them elsewhere, are then
        no judge of a head that would put them back: its partition is not adopted.
    """
    config, folder = bench.config, bench.folder
    k = int(partition.labels.max()) + 1
    weights = partition.selection.chosen.weights
    vectors = fused_vectors(views, weights)
    name = f"head-{key_of(criterion)[:16]}"
    counts = bench.items.counts
    key = key_of(__version__, "head", config.seed, partition.labels, vectors, counts)
    with bench.reporter.stage(f'Clustering head, "{criterion}"') as advance:

        def fitted() -> KeptHead:
            found = fit_head(
                vectors,
                partition.labels,
                counts=counts,
                random_state=config.seed,
                progress=advance,
            )
            return KeptHead(found.head, found.evidence)

        kept = folder.value(name, key, KeptHead, fitted)
    head, fit = kept.head, kept.fit
    labels = head.predict(vectors)
    if answered:
        adoption = Adoption(ANSWERED, HeadDecision(adopted=False))
    else:
        adoption = adopt_head(list(views), partition.labels, labels, weights)
    if adoption.adopted:
        labels = by_size(head.predict(vectors), counts)
        order = np.array([int(np.flatnonzero(labels == c)[0]) for c in range(k)])
        head = _reordered(head, head.predict(vectors[order]))
    proba = head.predict_proba(vectors)
    if adoption.adopted:
        partition = replace(
            partition,
            labels=labels,
            confidence=proba[np.arange(len(labels)), labels],
            notes=(*partition.notes, adoption.reason),
        )
    return Headed(partition, head, proba, fit, adoption)


def _reordered(head: ClusteringHead, order: NDArray[np.int64]) -> ClusteringHead:
    """The head with cluster ``order[c]`` called ``c``."""
    return replace(
        head, output_weight=head.output_weight[:, order].copy(), output_bias=head.output_bias[order].copy()
    )
