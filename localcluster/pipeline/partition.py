"""The stage of a run that chooses embedding and partition together, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from localcluster.confidence import empty
from localcluster.config import K
from localcluster.embed import View
from localcluster.partition import Partition, fit_partition
from localcluster.partition.fit import fused_vectors
from localcluster.partition.guidance import Guidance
from localcluster.partition.selection import NOTHING
from localcluster.partition.usual_k import usual_k
from localcluster.pipeline.workbench import Workbench, stored_as
from localcluster.progress import Advance
from localcluster.store import key_of
from localcluster.version import __version__


def fitted(
    bench: Workbench, criterion: str, views: Sequence[View], k: K, guidance: Guidance = NOTHING
) -> Partition:
    """Choose embedding and partition without labels; taken up where an earlier run of the folder left it."""
    with bench.clock.measure("cluster"), bench.reporter.stage(f'Clustering, "{criterion}"') as advance:
        return stored_partition(bench, criterion, views, k, guidance=guidance, progress=advance)


def stored_partition(
    bench: Workbench,
    criterion: str,
    views: Sequence[View],
    k: K,
    *,
    part: str | None = None,
    guidance: Guidance = NOTHING,
    progress: Advance | None = None,
) -> Partition:
    """:func:`fitted` without a clock and a line of progress; ``part`` names a value beside the first one."""
    counts, seed = bench.items.counts, bench.config.seed
    vectors = {view.name: view.vectors for view in views}
    content = ~empty(bench.items.items)
    embedder = None if isinstance(k, int) else bench.models.embedder
    key = key_of(
        __version__,
        "partition with candidates",
        k,
        seed,
        counts,
        vectors,
        asdict(guidance),
        content,
        None if embedder is None else [criterion, embedder.sha256],
    )
    name = stored_as("partition", criterion, k, *([] if part is None else [part]))

    def fit() -> Partition:
        # What the words say of the number; nothing where no embedder compares words.
        usual = None if embedder is None else usual_k(criterion, embedder)
        found = fit_partition(
            views, k, seed, counts=counts, content=content, guidance=guidance, usual=usual, progress=progress
        )
        # The vectors are large, and follow from the views.
        return replace(found, vectors=np.empty((0, 0), np.float32))

    found = bench.folder.value(name, key, Partition, fit)
    return replace(found, vectors=fused_vectors(views, found.selection.chosen.weights))
