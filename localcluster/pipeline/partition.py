"""The stage of a run that chooses embedding and partition together, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache

from localcluster.config import K
from localcluster.embed import View
from localcluster.partition import Partition, fit_partition, stored
from localcluster.partition.guidance import Guidance
from localcluster.partition.selection import NOTHING
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
    key = key_of(__version__, "partition with candidates", k, seed, counts, vectors, asdict(guidance))
    name = stored_as("partition", criterion, k, *([] if part is None else [part]))

    @cache
    def fit() -> Partition:
        return fit_partition(views, k, seed, counts=counts, guidance=guidance, progress=progress)

    arrays = bench.folder.arrays(name, key, lambda: stored.to_arrays(fit()))
    told = bench.folder.json(name, key, lambda: stored.to_json(fit()))
    return stored.from_stored(views, arrays, told)
