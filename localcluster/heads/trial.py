"""One fraction on trial: train on four fifths of the pseudo labels, watch the rest, stop in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from localcluster.evidence import HeadTrial
from localcluster.heads.head import ClusteringHead
from localcluster.heads.training import Lesson, Network, train
from localcluster.papers import HEAD_EPOCHS

#: Training ends after this many epochs without a gain ...
PATIENCE = 5
#: ... of at least this many nats in held-out cross-entropy.
MIN_GAIN = 0.005
#: Parts of the rows, each left out once where the held-out rows are too few.
FOLDS = 3
#: Range of temperatures; beyond it a head is no longer sure, or wrong, but degenerate.
TEMPERATURES = (0.05, 20.0)


@dataclass(frozen=True)
class Trial:
    """What one fraction gives.

    Attributes
    ----------
    epochs : int
        Of the best held-out cross-entropy on pseudo labels.
    head : ClusteringHead
        As it was then, with the temperature that held-out rows are likeliest under.
    curve : tuple of (int, float)
        Epochs done and held-out cross-entropy of pseudo labels, in nats.
    held_out : float
        Cross-entropy, in nats, of every held-out row's cluster, confident or not, after calibration.
    agreement : float
        Share of held-out rows that the head puts where the partition has them.
    """

    fraction: float
    epochs: int
    head: ClusteringHead
    curve: tuple[tuple[int, float], ...]
    held_out: float
    agreement: float

    def evidence(self) -> HeadTrial:
        """For the record."""
        return HeadTrial(self.fraction, self.epochs, round(self.held_out, 4), round(self.agreement, 4))


def try_fraction(
    lesson: Lesson,
    fraction: float,
    confident: NDArray[np.bool_],
    held: NDArray[np.bool_],
    seed: int,
    after_epoch: Callable[[int], None] | None = None,
) -> Trial:
    """Train on confident rows that are not held out, and judge the head on those that are.

    Parameters
    ----------
    lesson : Lesson
        Over all rows.
    fraction : float
        Share that ``confident`` marks.
    confident, held : bool, shape (n,)
        Where no held-out row is confident the curve is over all held-out rows.
    after_epoch : callable, optional
    """
    watched = lesson.rows(held & confident if (held & confident).any() else held)
    curve: list[tuple[int, float]] = []
    best: list[tuple[int, float, ClusteringHead]] = []

    def watch(epoch: int, network: Network) -> bool:
        loss = cross_entropy(network.logits(watched.vectors), watched)
        curve.append((epoch, loss))
        if not best or loss < best[0][1] - MIN_GAIN:
            best[:] = [(epoch, loss, network.head())]
        if after_epoch is not None:
            after_epoch(epoch)
        return epoch - best[0][0] >= PATIENCE

    taught = confident & ~held
    # Of very few rows all confident ones may be held out; then there is nothing to be held against.
    train(lesson.rows(taught if taught.any() else confident), HEAD_EPOCHS, seed, watch)
    epochs, _, head = best[0]
    judged = lesson.rows(held)
    logits = head.logits(judged.vectors)
    temperature = calibrated(logits, judged)
    return Trial(
        fraction,
        epochs,
        head.at(temperature),
        tuple(curve),
        cross_entropy(logits, judged, temperature),
        float(np.average(logits.argmax(axis=1) == judged.targets.argmax(axis=1), weights=judged.weights)),
    )


def temperature_by_folds(
    lesson: Lesson, labels: NDArray[np.int64], confident: NDArray[np.bool_], epochs: int, seed: int
) -> float:
    """Temperature under which rows that did not teach are likeliest, every row left out once.

    Of few rows a held-out fifth is a handful, on which epochs were chosen, too: a head that puts four rows of
    four where they belong seems sure of everything.

    Parameters
    ----------
    lesson : Lesson
        Over all rows.
    labels : int64, shape (n,)
        ``0..k-1``.
    confident : bool, shape (n,)
        Rows that teach.
    """
    order = np.random.default_rng(seed).permutation(len(lesson))
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(lesson), np.int64)
    fold[order] = np.arange(len(lesson)) % FOLDS
    logits = np.zeros_like(lesson.targets)
    for number in range(FOLDS):
        left_out = fold == number
        taught = confident & ~left_out
        head = train(lesson.rows(taught if taught.any() else ~left_out), epochs, seed)
        logits[left_out] = head.logits(lesson.vectors[left_out])
    # A cluster of one row cannot be learned without it, which says nothing of the others.
    judged = np.bincount(labels)[labels] > 1
    return calibrated(logits[judged], lesson.rows(judged)) if judged.any() else 1.0


def cross_entropy(logits: NDArray[np.float32], lesson: Lesson, temperature: float = 1.0) -> float:
    """Weighted mean cross-entropy in nats."""
    logp = log_softmax(logits.astype(np.float64) / temperature, axis=1)
    return float(np.average(-(logp * lesson.targets).sum(axis=1), weights=lesson.weights))


def calibrated(logits: NDArray[np.float32], lesson: Lesson) -> float:
    """Temperature under which the targets are likeliest (Guo et al., 2017)."""
    bounds = tuple(np.log(TEMPERATURES))
    found = minimize_scalar(
        lambda log: cross_entropy(logits, lesson, float(np.exp(log))), bounds=bounds, method="bounded"
    )
    return float(np.exp(found.x))
