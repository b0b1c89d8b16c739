"""The stage of a run that shows two readings of the same rows where they disagree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.evidence import ReadingEvidence
from localcluster.explain import cluster_words
from localcluster.partition import Partition
from localcluster.partition.candidates import Candidate
from localcluster.partition.fit import fused_vectors
from localcluster.pipeline.workbench import Workbench

#: Clusters of each reading that are shown, an example of each, and words of each.
SHOWN, WORDS = 3, 3

_READINGS = {
    "sentence": ("the sentence embedder, which does not know the criterion", "sentence"),
    "criterion": ("the language model, asked by the criterion", "criterion"),
    "fused": ("the sentence embedder and the language model together", "both"),
}


def alternatives(
    bench: Workbench, partition: Partition, views: Sequence[View]
) -> tuple[ReadingEvidence, ...]:
    """The chosen reading and the other one, each with a sentence and examples; nothing where they agree."""
    selection, other = partition.selection, partition.alternative
    if selection.alternative is None or other is None:
        return ()
    return (
        _told(bench, selection.chosen, partition.labels, views, chosen=True),
        _told(bench, selection.alternative, other, views, chosen=False),
    )


def _told(
    bench: Workbench,
    candidate: Candidate,
    labels: NDArray[np.int64],
    views: Sequence[View],
    *,
    chosen: bool,
) -> ReadingEvidence:
    items = bench.items
    fitted = np.flatnonzero(labels >= 0)
    vectors = fused_vectors(views, candidate.weights)
    texts = [items.items[place].text or "" for place in fitted.tolist()]
    words = cluster_words(texts, labels[fitted], WORDS)
    first = np.unique(items.inverse, return_index=True)[1]
    rows, groups = [], []
    for cluster in range(min(SHOWN, int(labels.max()) + 1)):
        members = np.flatnonzero(labels == cluster)
        mean = vectors[members].mean(axis=0)
        rows.append(int(first[members[int((vectors[members] @ mean).argmax())]]))
        groups.append(", ".join(words[cluster]))
    who, view = _READINGS[candidate.family]
    told = "; ".join(group for group in groups if group)
    sentence = f"Read by {who}." + (f" The words of the largest groups: {told}." if told else "")
    return ReadingEvidence(who, view, chosen, sentence, tuple(rows))
