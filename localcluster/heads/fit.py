"""Fit a head to a partition, every choice made on held-out rows and none on labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from localcluster.arrays import numbered, unit_vectors
from localcluster.errors import ConfigError, InputError
from localcluster.evidence import HeadEvidence
from localcluster.heads.compression import Compression
from localcluster.heads.head import ClusteringHead
from localcluster.heads.pseudo_labels import confident_rows
from localcluster.heads.training import Lesson, train
from localcluster.heads.trial import Trial, temperature_by_folds, try_fraction
from localcluster.papers import HEAD_CONFIDENT_SHARE, HEAD_EPOCHS

#: Shares tried: the paper's, and larger ones.
FRACTIONS = (HEAD_CONFIDENT_SHARE, 0.6, 1.0)
#: Share of every cluster that is held out while the fraction and the epochs are chosen.
HELD_OUT_SHARE = 0.2
#: Held-out rows that are enough to say how sure the head may be; of fewer, every row is left out once.
CALIBRATED_BY = 100

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class FittedHead:
    """A head and how it came about.

    Attributes
    ----------
    fraction : float
        Chosen share of every cluster that taught it.
    labels : int64, shape (n,)
        Cluster of every row by the head, in the numbering of the labels that it learned from.
    proba : float32, shape (n, k)
    evidence : HeadEvidence
        For the record of a run.
    """

    head: ClusteringHead
    fraction: float
    epochs: int
    labels: NDArray[np.int64]
    proba: NDArray[np.float32]
    evidence: HeadEvidence


def fit_head(
    vectors: ArrayLike,
    labels: ArrayLike,
    *,
    confidence: ArrayLike | None = None,
    counts: NDArray[np.int64] | None = None,
    fractions: tuple[float, ...] = FRACTIONS,
    random_state: int = 0,
    progress: Advance | None = None,
) -> FittedHead:
    """Train ESMC's clustering head on the confident rows of any clustering.

    A fifth of every cluster is held out. Each fraction is trained on the other rows until held-out pseudo
    labels gain no more; the fraction whose head gives all held-out rows their clusters most probably is
    taken, and trained again, as long, on all of its rows. How sure it may be is judged on the held-out rows;
    where they are fewer than :data:`CALIBRATED_BY`, on all rows, each left out once.

    Parameters
    ----------
    vectors : shape (n, d)
        Any embedding; rows are scaled to unit length, and so must new rows be that the head assigns.
    labels : shape (n,)
        Any clustering. The head numbers clusters ``0..k-1`` in the sorted order of labels.
    confidence : shape (n,), optional
        Ranks the rows of a cluster; their closeness to its centre if not given.
    counts : int64, shape (n,), optional
        Input rows that each row stands for: its weight.
    fractions : tuple of float
        Shares of each cluster that are tried as teachers.
    random_state : int
    progress : callable, optional
        Told epochs done and the most there can be.

    Returns
    -------
    FittedHead
        ``head.predict(unit_vectors)`` and ``head.predict_proba``; ``labels`` and ``proba`` of the rows.

    Raises
    ------
    ConfigError
        Fractions outside of (0, 1], or none.
    InputError
        Vectors that are no finite numbers, or labels or confidences of another number of rows.
    """
    if len(fractions) == 0 or not all(0 < share <= 1 for share in fractions):
        raise ConfigError(f"fractions={fractions!r}: give shares above 0 and at most 1, such as (0.3, 1.0).")
    points = unit_vectors(vectors)
    known = numbered(labels, len(points))
    if confidence is not None and np.shape(confidence) != known.shape:
        raise InputError(
            f"The confidences have shape {np.shape(confidence)}, and there are {len(known):,} rows. Give one "
            "for each."
        )
    k, seed = int(known.max()) + 1, random_state
    ranks = None if confidence is None else np.asarray(confidence, dtype=np.float64)
    compression = Compression.fit(points, seed)
    lesson = Lesson.of(compression.apply(points), known, k, counts)
    held = hold_out(known, seed)
    total = HEAD_EPOCHS * (len(fractions) + 1)
    trials: list[Trial] = []
    for number, fraction in enumerate(fractions):
        confident = confident_rows(points, known, fraction, ranks)
        told = _offset(progress, HEAD_EPOCHS * number, total)
        trials.append(try_fraction(lesson, fraction, confident, held, seed, told))
    best = min(trials, key=lambda trial: trial.held_out)
    confident = confident_rows(points, known, best.fraction, ranks)
    temperature = best.head.temperature
    if held.sum() < CALIBRATED_BY:
        temperature = temperature_by_folds(lesson, known, confident, best.epochs, seed)
    head = train(lesson.rows(confident), best.epochs, seed).at(temperature)
    head = compression.absorbed_by(head)
    if progress is not None:
        progress(total, total)
    evidence = HeadEvidence(
        trials=tuple(trial.evidence() for trial in trials),
        fraction=best.fraction,
        taught_by=int(confident.sum()),
        why=why(best, len(trials)),
    )
    proba = head.predict_proba(points)
    return FittedHead(head, best.fraction, best.epochs, head.predict(points), proba, evidence)


def hold_out(labels: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Mark a random fifth of every cluster of at least five rows; of all rows where none is as large."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    sizes = np.bincount(labels)
    place = np.empty(len(labels), np.int64)
    place[order] = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = place < np.floor(HELD_OUT_SHARE * sizes)[labels]
    if not held.any():
        held[rng.choice(len(labels), max(1, int(HELD_OUT_SHARE * len(labels))), replace=False)] = True
    return np.asarray(held, dtype=np.bool_)


def why(best: Trial, tried: int) -> str:
    """One sentence for the report."""
    rows = (
        "all rows (100%)"
        if best.fraction == 1
        else f"the {best.fraction:.0%} of each cluster nearest its centre"
    )
    choice = f", the best of {tried} choices" if tried > 1 else ""
    return (
        f"The head was trained on {rows}{choice}: it puts {best.agreement:.0%} of held-out rows where the "
        f"clustering has them ({best.held_out:.3f} nats a row). Training stopped after {best.epochs} epochs."
    )


def _offset(progress: Advance | None, done: int, total: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda epoch: progress(done + epoch, total)
