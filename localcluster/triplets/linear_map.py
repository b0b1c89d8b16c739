"""A linear map on frozen embeddings: seconds on a CPU, for any view (sentence or hidden states).

x -> x + x D, then unit length. D starts at zero, so that without evidence nothing changes, and
a ridge holds it there; the strength of the ridge is found by cross-validation on the answers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from localcluster.arrays import unit_rows

#: Divides cosine margins in the loss. From 0.02 to 0.1 the best ridge of RIDGES gives the same held-out
#: accuracy within 0.02 (banking77, simulated oracle).
TEMPERATURE = 0.05
#: Ridge strengths tried, strongest first; ties go to the stronger.
RIDGES = (0.3, 0.1, 0.03)
#: Full-batch Adam: its only use is to be good enough, and it is after this many steps.
STEPS = 60
LEARNING_RATE = 1e-2
#: Parts of the answers that take turns in being held out while the ridge is chosen.
FOLDS = 3


@dataclass(frozen=True)
class LinearMap:
    """The learned map.

    Attributes
    ----------
    change : float32, shape (d, d)
        D above.
    ridge : float
        Chosen strength.
    """

    change: NDArray[np.float32]
    ridge: float

    def apply(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Adapted unit rows, float32, shape (n, d)."""
        return unit_rows(vectors + vectors @ self.change)


def fit_linear_map(
    vectors: NDArray[np.float32],
    query: NDArray[np.int64],
    positive: NDArray[np.int64],
    negative: NDArray[np.int64],
    weight: NDArray[np.floating],
    seed: int,
) -> LinearMap:
    """Learn the map from answered triplets.

    Minimizes the weighted mean of ``softplus(-(cos(q, p) - cos(q, n)) / temperature)`` plus the ridge.
    In-batch candidates are left out: with few clusters many of them are of the query's own.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows.
    query, positive, negative : int64, shape (m,)
    weight : shape (m,)
        Confidence of each answer.
    """
    fold = np.random.default_rng(seed).permutation(len(query)) % FOLDS
    losses = np.zeros(len(RIDGES))
    # A row stands in many triplets and is mapped once.
    rows, place = np.unique(np.stack([query, positive, negative], axis=1), return_inverse=True)
    points, ends = torch.from_numpy(vectors[rows]), torch.from_numpy(place.reshape(-1, 3))
    weights = torch.from_numpy(np.asarray(weight, dtype=np.float32))
    for part in range(FOLDS):
        train, test = torch.from_numpy(fold != part), torch.from_numpy(fold == part)
        if not (train.any() and test.any()):
            continue
        for number, ridge in enumerate(RIDGES):
            change = _fit(points, ends[train], weights[train], ridge)
            with torch.no_grad():
                losses[number] += float((_losses(points, ends[test], change) * weights[test]).sum())
    ridge = RIDGES[int(losses.argmin())]
    return LinearMap(_fit(points, ends, weights, ridge).detach().numpy(), ridge)


def _fit(points: torch.Tensor, ends: torch.Tensor, weights: torch.Tensor, ridge: float) -> torch.Tensor:
    width = points.shape[1]
    change = torch.zeros(width, width, requires_grad=True)
    optimizer = torch.optim.Adam([change], lr=LEARNING_RATE)
    total = weights.sum().clamp_min(1e-9)
    for _ in range(STEPS):
        loss = (_losses(points, ends, change) * weights).sum() / total + ridge * (change**2).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return change


def _losses(points: torch.Tensor, ends: torch.Tensor, change: torch.Tensor) -> torch.Tensor:
    mapped = torch.nn.functional.normalize(points + points @ change, dim=1, eps=1e-9)
    query, positive, negative = mapped[ends].unbind(dim=1)
    margin = ((query * positive).sum(dim=1) - (query * negative).sum(dim=1)) / TEMPERATURE
    return torch.nn.functional.softplus(-margin)
