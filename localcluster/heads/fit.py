"""Fit a head to a partition, every choice made on held-out rows and none on labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.evidence import HeadEvidence
from localcluster.heads.compression import Compression
from localcluster.heads.head import ClusteringHead
from localcluster.heads.pseudo_labels import confident_rows
from localcluster.heads.training import Lesson, train
from localcluster.heads.trial import Trial, try_fraction
from localcluster.papers import HEAD_CONFIDENT_SHARE, HEAD_EPOCHS

#: Shares tried: the paper's, and larger ones.
FRACTIONS = (HEAD_CONFIDENT_SHARE, 0.6, 1.0)
#: Share of every cluster that is held out while the fraction and the epochs are chosen.
HELD_OUT_SHARE = 0.2

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class FittedHead:
    """A head and how it came about.

    Attributes
    ----------
    head : ClusteringHead
    fraction : float
        Chosen share of every cluster that taught it.
    epochs : int
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
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    k: int,
    seed: int,
    confidence: NDArray[np.floating] | None = None,
    soft: NDArray[np.floating] | None = None,
    counts: NDArray[np.int64] | None = None,
    fractions: tuple[float, ...] = FRACTIONS,
    progress: Advance | None = None,
) -> FittedHead:
    """Train ESMC's clustering head on the confident rows of a partition.

    A fifth of every cluster is held out. Each fraction is trained on the other rows until held-out pseudo
    labels gain no more; the fraction whose head gives all held-out rows their clusters most probably is
    taken, and trained again, as long, on all of its rows.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows.
    labels : int64, shape (n,)
        The partition, ``0..k-1``.
    k : int
        Clusters; one without rows stays without.
    seed : int
    confidence : floating, shape (n,), optional
        Ranks the rows of a cluster; their closeness to its centre if not given.
    soft : floating, shape (n, k), optional
        Probability of every cluster, e.g. after the oracle's answers, as targets in place of ``labels``.
    counts : int64, shape (n,), optional
        Input rows that each distinct row stands for: its weight.
    fractions : tuple of float
        Shares tried, in (0, 1].
    progress : callable, optional
        Told epochs done and the most there can be.

    Returns
    -------
    FittedHead

    Raises
    ------
    ValueError
        Labels outside ``0..k-1``, or shapes that do not fit together.
    """
    compression = Compression.fit(vectors, seed)
    lesson = Lesson.of(compression.apply(vectors), labels, k, soft, counts)
    held = hold_out(labels, seed)
    total = HEAD_EPOCHS * (len(fractions) + 1)
    trials: list[Trial] = []
    for number, fraction in enumerate(fractions):
        confident = confident_rows(vectors, labels, fraction, confidence)
        told = _offset(progress, HEAD_EPOCHS * number, total)
        trials.append(try_fraction(lesson, fraction, confident, held, seed, told))
    best = min(trials, key=lambda trial: trial.held_out)
    confident = confident_rows(vectors, labels, best.fraction, confidence)
    head = train(lesson.rows(confident), best.epochs, seed).at(best.head.temperature)
    head = compression.absorbed_by(head)
    if progress is not None:
        progress(total, total)
    evidence = HeadEvidence(
        trials=tuple(trial.evidence() for trial in trials),
        fraction=best.fraction,
        taught_by=int(confident.sum()),
        why=why(best, len(trials)),
    )
    proba = head.predict_proba(vectors)
    return FittedHead(head, best.fraction, best.epochs, head.predict(vectors), proba, evidence)


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
    return (
        f"Of {tried} shares of each cluster, the {best.fraction:.0%} nearest its centre taught the head that "
        f"gives held-out rows their clusters most probably ({best.held_out:.3f} nats a row, "
        f"{best.agreement:.0%} in the same cluster); held-out pseudo labels gained no more after "
        f"{best.epochs} epochs."
    )


def _offset(progress: Advance | None, done: int, total: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda epoch: progress(done + epoch, total)
