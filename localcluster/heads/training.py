"""Gradient descent on the head: cross-entropy on pseudo labels, with the held-out curve as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from localcluster.heads.head import ClusteringHead
from localcluster.papers import HEAD_HIDDEN, HEAD_LEARNING_RATE

#: Rows per step.
BATCH = 64
#: Threads of the small products; more only wait for each other.
MAX_THREADS = 2


@dataclass(frozen=True)
class Lesson:
    """Rows and what they should be called.

    Attributes
    ----------
    vectors : float32, shape (n, r)
        Of about unit variance.
    targets : float32, shape (n, k)
        Probability of every cluster; one-hot for a plain pseudo label.
    weights : float32, shape (n,)
    """

    vectors: NDArray[np.float32]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.vectors)

    def rows(self, kept: NDArray[np.bool_]) -> Lesson:
        """The lesson on some of the rows only."""
        return Lesson(self.vectors[kept], self.targets[kept], self.weights[kept])


def train(
    lesson: Lesson, epochs: int, seed: int, after_epoch: Callable[[int, ClusteringHead], bool] | None = None
) -> ClusteringHead:
    """Train a head for a number of epochs.

    Parameters
    ----------
    lesson : Lesson
    epochs : int
    seed : int
        Of the first weights and of the order of rows; same seed, same head.
    after_epoch : callable, optional
        Called with the number of epochs done and the head so far; returns whether to stop.

    Returns
    -------
    ClusteringHead
        Of temperature 1.
    """
    rng = np.random.default_rng(seed)
    width, k = lesson.vectors.shape[1], lesson.targets.shape[1]
    layers = [*_linear(rng, width, HEAD_HIDDEN), *_linear(rng, HEAD_HIDDEN, k)]
    optimizer = torch.optim.Adam(layers, lr=HEAD_LEARNING_RATE)
    inputs = torch.from_numpy(lesson.vectors)
    targets, weights = torch.from_numpy(lesson.targets), torch.from_numpy(lesson.weights)
    with _few_threads():
        for epoch in range(1, epochs + 1):
            for rows in torch.split(torch.from_numpy(rng.permutation(len(lesson))), BATCH):
                hidden = torch.relu(torch.addmm(layers[1], inputs[rows], layers[0]))
                logits = torch.addmm(layers[3], hidden, layers[2])
                losses = torch.nn.functional.cross_entropy(logits, targets[rows], reduction="none")
                loss = (losses * weights[rows]).sum() / weights[rows].sum()
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            if after_epoch is not None and after_epoch(epoch, _as_head(layers)):
                break
    return _as_head(layers)


def _linear(rng: np.random.Generator, width: int, outputs: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight (width, outputs) and bias, uniform within 1 / sqrt(width) as torch.nn.Linear starts."""
    bound = 1 / np.sqrt(width)
    weight = rng.uniform(-bound, bound, (width, outputs)).astype(np.float32)
    bias = rng.uniform(-bound, bound, outputs).astype(np.float32)
    return torch.from_numpy(weight).requires_grad_(), torch.from_numpy(bias).requires_grad_()


def _as_head(layers: list[torch.Tensor]) -> ClusteringHead:
    first, second, third, fourth = (layer.detach().numpy().copy() for layer in layers)
    return ClusteringHead(first, second, third, fourth)


@contextmanager
def _few_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(min(before, MAX_THREADS))
    try:
        yield
    finally:
        torch.set_num_threads(before)
