"""Confidence of new rows: by how sure the run was of the rows that they lie among."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from localcluster.confidence.nowhere import Surroundings

#: Least share of the rows that a step of the function rests on: one row is no evidence.
STEP_SHARE = 0.02


@dataclass(frozen=True)
class Transfer:
    """From a row's neighbours in the run to its confidence: monotone, linear between its knots.

    What counts is the **support** of a row's cluster: the mean over the nearest rows of the run of their own
    confidence where they are in that cluster, and 0 where they are not. The run's rows are judged so, too,
    each without itself; so what a support is worth is known from rows that had no part in it.

    Attributes
    ----------
    at, value : float64, shape (m,)
        Support and confidence at the knots; both ascending, in [0, 1].
    labels : int64, shape (r,)
        Clusters of the reference rows of :class:`Surroundings`.
    confidence : float32, shape (r,)
        Theirs.
    """

    at: NDArray[np.float64]
    value: NDArray[np.float64]
    labels: NDArray[np.int64]
    confidence: NDArray[np.float32]

    @classmethod
    def fit(
        cls,
        around: Surroundings,
        vectors: NDArray[np.float32],
        labels: NDArray[np.int64],
        confidence: NDArray[np.float32],
        used: NDArray[np.bool_],
    ) -> Transfer:
        """Isotonic regression of the confidence of the run's rows on their support.

        Parameters
        ----------
        around : Surroundings
            Of the run.
        vectors : float32, shape (n, d)
            Of its distinct rows.
        labels : int64, shape (n,)
        confidence : float32, shape (n,)
        used : bool, shape (n,)
            Rows to learn from; without any, support itself is the confidence.
        """
        at_reference = labels[around.rows].astype(np.int64), confidence[around.rows].astype(np.float32)
        support = _support(*at_reference, around.nearest(vectors, own=True), labels)[used]
        if not len(support):
            return cls(np.array([0.0, 1.0]), np.array([0.0, 1.0]), *at_reference)
        order = np.argsort(support, kind="stable")
        steps = np.array_split(order, max(1, int(min(1 / STEP_SHARE, len(order) / 5))))
        x = np.array([support[step].mean() for step in steps], np.float64)
        y = np.array([confidence[used][step].mean() for step in steps], np.float64)
        weight = np.array([len(step) for step in steps], np.float64)
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(x, y, sample_weight=weight)
        return cls(np.clip(x, 0, 1), np.asarray(fitted, dtype=np.float64), *at_reference)

    def __call__(
        self, around: Surroundings, vectors: NDArray[np.float32], labels: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Confidence of new rows in their clusters, float32, shape (n,).

        Parameters
        ----------
        around : Surroundings
            That the function was fitted with.
        vectors : float32, shape (n, d)
        labels : int64, shape (n,)
        """
        return self.of_support(_support(self.labels, self.confidence, around.nearest(vectors), labels))

    def of_support(self, support: NDArray[np.floating]) -> NDArray[np.float32]:
        """What a support is worth, float32, shape (n,); beyond the knots as at the nearest one."""
        return np.asarray(np.interp(support, self.at, self.value), dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything, for :meth:`from_arrays`."""
        return {
            "transfer": np.stack([self.at, self.value]),
            "transfer-labels": self.labels,
            "transfer-confidence": self.confidence,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Transfer:
        """Inverse of :meth:`to_arrays`.

        Raises
        ------
        KeyError, ValueError
            Where arrays are missing or are no ascending numbers in [0, 1].
        """
        at, value = arrays["transfer"]
        whole = len(at) and np.isfinite(at).all() and np.isfinite(value).all()
        if not whole or (np.diff(at) < 0).any() or (np.diff(value) < 0).any():
            raise ValueError("knots that are no ascending numbers")
        return cls(at, value, arrays["transfer-labels"], arrays["transfer-confidence"])


def _support(
    at: NDArray[np.int64],
    confidence: NDArray[np.float32],
    near: NDArray[np.int64],
    labels: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Mean confidence of the reference rows ``near`` each row, 0 where in another cluster; shape (n,)."""
    if not near.shape[1]:
        return np.zeros(len(labels))
    same = at[near] == labels[:, None]
    return np.asarray(np.where(same, confidence[near], 0).mean(axis=1), dtype=np.float64)
