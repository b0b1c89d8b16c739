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

    @classmethod
    def of(
        cls,
        vectors: NDArray[np.float32],
        labels: NDArray[np.int64],
        k: int,
        counts: NDArray[np.int64] | None = None,
    ) -> Lesson:
        """Lesson from a partition ``0..k-1``."""
        targets = np.eye(k, dtype=np.float32)[labels]
        weights = np.ones(len(vectors), np.float32) if counts is None else np.asarray(counts, np.float32)
        return cls(np.asarray(vectors, np.float32), targets, weights)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.vectors)

    def rows(self, kept: NDArray[np.bool_]) -> Lesson:
        """The lesson on some of the rows only."""
        return Lesson(self.vectors[kept], self.targets[kept], self.weights[kept])


class Network:
    """A head in training.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the first weights, uniform within 1 / sqrt(inputs) as ``torch.nn.Linear`` starts.
    """

    def __init__(self, width: int, k: int, rng: np.random.Generator) -> None:
        self.layers = [*_linear(rng, width, HEAD_HIDDEN), *_linear(rng, HEAD_HIDDEN, k)]

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Scores, shape (n, k)."""
        hidden = torch.relu(torch.addmm(self.layers[1], inputs, self.layers[0]))
        return torch.addmm(self.layers[3], hidden, self.layers[2])

    def logits(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores, float32, shape (n, k), in one product: faster than the head, equal up to rounding."""
        with torch.no_grad():
            return np.asarray(self.forward(torch.from_numpy(vectors)).numpy(), dtype=np.float32)

    def head(self) -> ClusteringHead:
        """The weights as they are now, of temperature 1."""
        first, second, third, fourth = (layer.detach().numpy().copy() for layer in self.layers)
        return ClusteringHead(first, second, third, fourth)


def train(
    lesson: Lesson, epochs: int, seed: int, after_epoch: Callable[[int, Network], bool] | None = None
) -> ClusteringHead:
    """Train a head for a number of epochs.

    Parameters
    ----------
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
    network = Network(lesson.vectors.shape[1], lesson.targets.shape[1], rng)
    optimizer = torch.optim.Adam(network.layers, lr=HEAD_LEARNING_RATE, fused=True)
    inputs, targets, weights = (
        torch.from_numpy(array) for array in (lesson.vectors, lesson.targets, lesson.weights)
    )
    with _one_thread():
        for epoch in range(1, epochs + 1):
            for rows in torch.split(torch.from_numpy(rng.permutation(len(lesson))), BATCH):
                logits = network.forward(inputs[rows])
                losses = torch.nn.functional.cross_entropy(logits, targets[rows], reduction="none")
                loss = (losses * weights[rows]).sum() / weights[rows].sum()
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            if after_epoch is not None and after_epoch(epoch, network):
                break
    return network.head()


def _linear(rng: np.random.Generator, width: int, outputs: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight (width, outputs) and bias (outputs,)."""
    bound = 1 / np.sqrt(width)
    weight = rng.uniform(-bound, bound, (width, outputs)).astype(np.float32)
    bias = rng.uniform(-bound, bound, outputs).astype(np.float32)
    return torch.from_numpy(weight).requires_grad_(), torch.from_numpy(bias).requires_grad_()


@contextmanager
def _one_thread() -> Iterator[None]:
    # Two threads wait for each other at every product of a batch so small: measured 10 to 60 times slower
    # beside another busy process. And their number would change the last bits of the head.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
