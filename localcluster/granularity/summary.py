"""What a reader needs to see of a hierarchy and of the answers: its top, and the pairs that decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.errors import ConfigError
from localcluster.evidence import Branch, PairAnswer, PairEvidence
from localcluster.granularity.hierarchy import Hierarchy
from localcluster.granularity.pairs import PairSample
from localcluster.oracle import Answers

#: Branches a person still reads, and a page still shows, as one drawing.
MAX_BRANCHES = 24
#: Pairs shown, half of them on each side of the chosen number of clusters.
N_PAIRS = 8

#: Words for each part of a partition, given as labels ``0..k-1``; e.g. ``explain.cluster_words``.
WordsOf = Callable[[NDArray[np.int64]], Sequence[Sequence[str]]]


def dendrogram_top(
    hierarchy: Hierarchy, max_leaves: int = MAX_BRANCHES, *, words: WordsOf | None = None
) -> Branch:
    """The hierarchy from its root down to a cut into ``max_leaves``.

    Parameters
    ----------
    max_leaves : int
        Branches at the bottom; fewer where the hierarchy has fewer.
    words : callable, optional
        ``words(labels)`` names the branches, given the labels of the cut.

    Returns
    -------
    Branch
        Its root. At the cut a branch has no children, its own height (0 for a single leaf) and, if asked for,
        words.

    Raises
    ------
    ConfigError
        When ``max_leaves`` is below 1.
    """
    if max_leaves < 1:
        raise ConfigError(f"A dendrogram cannot have {max_leaves} branches. Use 1 or more.")
    m = hierarchy.n_leaves
    k = min(max_leaves, m)
    # Labels count from left to right in the tree, as the branches below are met.
    names = iter(words(hierarchy.labels(k))) if words is not None else None

    def node(number: int) -> Branch:
        size = len(hierarchy.rows_of(number))
        height = float(hierarchy.heights[number - m]) if number >= m else 0.0
        if number >= 2 * m - k:
            return Branch(size, height, tuple(node(int(child)) for child in hierarchy.merges[number - m]))
        return Branch(size, height, words=() if names is None else tuple(next(names)))

    return node(2 * m - 2)


def deciding_pairs(
    sample: PairSample, answers: Answers, texts: Sequence[str], k: int, n: int = N_PAIRS
) -> tuple[PairEvidence, ...]:
    """Answered pairs whose merge is nearest the chosen number of clusters, from both of its sides.

    Parameters
    ----------
    sample : PairSample
        What was asked.
    answers : Answers
        To ``sample.pairs``, in that order.
    texts : sequence of str
        Distinct texts, which the pairs index.
    k : int
        Chosen number of clusters.
    n : int
        Pairs wanted: half that ``k`` clusters keep apart and half that they keep together, more of one
        kind where the other runs out. Pairs without an answer come last and are taken only to fill up.

    Returns
    -------
    tuple of PairEvidence
        By rising merge.

    Raises
    ------
    ConfigError
        When answers and pairs differ in number.
    """
    if len(sample) != len(answers):
        raise ConfigError(f"{len(sample)} pairs came with {len(answers)} answers; give one of each per pair.")
    # A pair of merge k is just together in k clusters, one of k - 1 just apart: both are half a step away.
    order = np.lexsort((np.abs(sample.step - k + 0.5), answers.abstained))
    apart = sample.step[order] < k
    below, above = order[apart], order[~apart]
    n_below = min(len(below), max(n // 2, n - len(above)))
    shown = np.concatenate([below[:n_below], above[: n - n_below]])
    shown = shown[np.argsort(sample.step[shown], kind="stable")]
    return tuple(
        PairEvidence(
            texts[sample.pairs[i, 0]],
            texts[sample.pairs[i, 1]],
            int(sample.step[i]),
            _answer(bool(answers.first[i]), bool(answers.abstained[i])),
            round(float(answers.probability[i]), 4),
        )
        for i in shown
    )


def _answer(same: bool, abstained: bool) -> PairAnswer:
    if abstained:
        return "abstained"
    return "same" if same else "different"
