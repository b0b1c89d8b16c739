"""The stage of a run that says how sure each row's cluster is, and which rows fit nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from localcluster.confidence import RowSureness, how_sure
from localcluster.embed import View
from localcluster.partition import Partition
from localcluster.pipeline.workbench import Workbench
from localcluster.store import key_of
from localcluster.version import __version__


def judge_rows(bench: Workbench, criterion: str, partition: Partition, views: Sequence[View]) -> RowSureness:
    """Confidence of the distinct items; taken up where an earlier run of the folder left it.

    Parameters
    ----------
    partition : Partition
        As it is reported, after answers and head.
    views : sequence of View
        As the rows were read, not adapted to answers.
    """
    items, seed = bench.items.items, bench.config.seed
    candidates = [judged.candidate.labels for judged in partition.selection.judged]
    key = key_of(
        __version__,
        "sureness",
        seed,
        partition.labels,
        partition.confidence,
        partition.vectors,
        [] if partition.rows is None else partition.rows,
        *candidates,
        bench.items.sha256,
    )

    name = f"sureness-{key_of(criterion)[:16]}"
    return bench.folder.value(name, key, RowSureness, lambda: how_sure(views, partition, items, seed))
