"""Fit a partition to views: on all rows with content, or on a sample of them; the other rows follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.embed.view import fuse
from localcluster.items.known import MIN_KNOWN, KnownRows
from localcluster.items.notes import counted
from localcluster.partition.candidates import NeighbourIndex
from localcluster.partition.granularity import MAX_K, KChoice, choose_k, reference_k
from localcluster.partition.guidance import Guidance
from localcluster.partition.methods import by_size
from localcluster.partition.selection import NOTHING, Selection, candidates, choose, judge
from localcluster.partition.usual_k import UsualK
from localcluster.partition.vote import vote

Advance = Callable[[int, int], None]

#: Above this many distinct rows a seeded sample of this size is partitioned and the other rows are
#: assigned by their neighbours' votes, exactly as new rows are.
MAX_FITTED_ROWS = 6000
#: Of such a sample, the most that are rows of known class.
MAX_KNOWN_SHARE = 0.5


@dataclass(frozen=True)
class Partition:
    """The clustering of the distinct rows by one criterion.

    Attributes
    ----------
    labels : int64, shape (n,)
        ``0..k-1``; 0 is the largest cluster.
    confidence : float32, shape (n,)
        Share of a row's neighbours, by weighted vote, that are in its cluster; in [0, 1]. What a user is
        told is estimated from it and more (:mod:`localcluster.confidence`).
    vectors : float32, shape (n, d)
        Unit rows whose cosine is the weighted mean cosine of the chosen views.
    k_choice : KChoice or None
        How k was chosen; None where the user gave it.
    rows : int64, shape (m,), or None
        The fitted rows, which the candidates' labels are about, ascending; None where all were fitted.
    about_known : str
        What rows of known class came to, a sentence; empty where none are known.
    """

    labels: NDArray[np.int64]
    confidence: NDArray[np.float32]
    vectors: NDArray[np.float32]
    selection: Selection
    k_choice: KChoice | None = None
    notes: tuple[str, ...] = ()
    rows: NDArray[np.int64] | None = None
    about_known: str = ""

    @property
    def alternative(self) -> NDArray[np.int64] | None:
        """Clusters by the other reading, int64, shape (n,), where that tells another story.

        0 is the largest; -1 stands for rows that were not fitted.
        """
        other = self.selection.alternative
        if other is None:
            return None
        labels = by_size(other.labels)
        if self.rows is None:
            return labels
        found = np.full(len(self.labels), -1, np.int64)
        found[self.rows] = labels
        return found


def fit_partition(
    views: Sequence[View],
    k: int | tuple[int, int] | None,
    seed: int,
    *,
    counts: NDArray[np.int64] | None = None,
    content: NDArray[np.bool_] | None = None,
    max_fitted_rows: int = MAX_FITTED_ROWS,
    guidance: Guidance = NOTHING,
    usual: UsualK | None = None,
    progress: Advance | None = None,
) -> Partition:
    """Choose embedding, partition and, when asked, k, without labels, and assign every row.

    Parameters
    ----------
    views : sequence of View
        All over the same n rows, with at least ``k`` distinct ones among those with content.
    k : int, (int, int) or None
        Number of clusters; a range leaves the choice within it open, None altogether.
    counts : int64, shape (n,), optional
        Input rows that each distinct row stands for; clusters are numbered by their sum.
    content : bool, shape (n,), optional
        Rows that clusters are made of, all by default. The others, such as empty ones, make no cluster and
        go to the nearest.
    max_fitted_rows : int
        See :data:`MAX_FITTED_ROWS`.
    guidance : Guidance
        What guides the choice between the embedder's reading and the language model's.
    usual : UsualK, optional
        What the criterion's words say of an open ``k``.
    progress : callable, optional
    """
    n = len(views[0].vectors)
    pool = np.arange(n) if content is None else np.flatnonzero(content)
    known = None if guidance.known is None else guidance.known.places
    rows = _sample(pool, max_fitted_rows, seed, known)
    fitted = [view.of_rows(rows) for view in views] if len(rows) < n else list(views)
    index = NeighbourIndex(fitted)
    guidance = guidance.of_rows(rows)
    about_known = ""
    if guidance.known is not None and not guidance.known.tell:
        about_known = _too_few(guidance.known)
        guidance = replace(guidance, known=None)
    k_choice = None
    if not isinstance(k, int):
        first = _select(index, fitted, reference_k(len(rows)), seed, guidance, None)
        chosen_by = fused_vectors(fitted, first.chosen.weights)
        k_choice = choose_k(chosen_by, seed, (2, MAX_K) if k is None else k, usual)
        k = k_choice.k
    selection = _select(index, fitted, k, seed, guidance, progress)
    if guidance.known is not None:
        about_known = _what_known_rows_did(guidance, guidance.known, selection, seed)
    weights = selection.chosen.weights
    fitted_labels = np.unique(selection.chosen.labels, return_inverse=True)[1].astype(np.int64)
    k = int(fitted_labels.max()) + 1
    used = {view.name: view.vectors for view in views if view.name in weights}
    sampled = {name: vectors[rows] for name, vectors in used.items()}
    notes: tuple[str, ...] = ()
    if len(rows) == n:
        labels = fitted_labels
        confidence = vote(sampled, weights, labels, k)[np.arange(n), labels]
    else:
        labels, confidence = _extend(used, sampled, rows, weights, fitted_labels, k, n)
    if len(rows) < len(pool):
        notes = (
            f"The partition was fitted on a random sample of {len(rows):,} of {len(pool):,} distinct rows. "
            "Each other row went to the cluster of its nearest fitted rows.",
        )
    labels = by_size(labels, counts)
    fused = fused_vectors(views, weights)
    sample = None if len(rows) == n else rows
    return Partition(labels, confidence, fused, selection, k_choice, notes, sample, about_known)


def fused_vectors(views: Sequence[View], weights: Mapping[str, float]) -> NDArray[np.float32]:
    """Concatenation whose cosine is the weighted mean of the views' cosines, float32, shape (n, sum of d)."""
    return fuse({view.name: view.vectors for view in views}, weights)


def _select(
    index: NeighbourIndex,
    views: Sequence[View],
    k: int,
    seed: int,
    guidance: Guidance,
    progress: Advance | None,
) -> Selection:
    judged = judge(index, views, candidates(index, views, k, seed, progress), k)
    return choose(judged, guidance, seed, {view.name: view.vectors for view in views})


def _sample(
    pool: NDArray[np.int64], limit: int, seed: int, known: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """No more than ``limit`` of the rows in ``pool``, ascending; those that are known before all others."""
    if len(pool) <= limit:
        return pool
    rng = np.random.default_rng(seed)
    if known is None:
        return pool[np.sort(rng.choice(len(pool), limit, replace=False))]
    wanted = np.intersect1d(known, pool)
    # Known rows are no random sample: of very many, some.
    most = int(MAX_KNOWN_SHARE * limit)
    if len(wanted) > most:
        wanted = rng.choice(wanted, most, replace=False)
    others = np.setdiff1d(pool, wanted)
    return np.union1d(wanted, rng.choice(others, limit - len(wanted), replace=False))


def _what_known_rows_did(guidance: Guidance, known: KnownRows, selection: Selection, seed: int) -> str:
    rows = counted(len(known), "known row")
    if guidance.view != "auto":
        return f"{rows} decided nothing, because you asked for a reading (--view, view)."
    if selection.relatedness is None:
        return f"{rows} decided nothing, because there is only one reading to choose from."
    without = choose(selection.judged, replace(guidance, known=None), seed)
    if without.reason == selection.reason:
        return f"{rows} changed nothing: they agree with no other reading clearly better than with this one."
    return f"{rows} changed the reading: they agree clearly better with this one."


def _too_few(known: KnownRows) -> str:
    classes = counted(len(np.unique(known.classes)), "class")
    return (
        f"Of your known rows, {counted(len(known), 'row')} of {classes} could be compared with the readings, "
        f"too few to say anything (at least {MIN_KNOWN} rows of 2 classes are needed)."
    )


def _extend(
    used: Mapping[str, NDArray[np.float32]],
    sampled: Mapping[str, NDArray[np.float32]],
    rows: NDArray[np.int64],
    weights: Mapping[str, float],
    labels: NDArray[np.int64],
    k: int,
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    rest = np.setdiff1d(np.arange(n), rows)
    shares = np.empty((n, k), np.float32)
    shares[rows] = vote(sampled, weights, labels, k)
    new = {name: vectors[rest] for name, vectors in used.items()}
    shares[rest] = vote(sampled, weights, labels, k, new)
    every = shares.argmax(axis=1)
    every[rows] = labels
    return every, shares[np.arange(n), every]
