"""The constants that tell what a row is about from what stands around it.

A logistic regression on how a part recurs (:mod:`~localcluster.boilerplate.statistics`), how near it
is to parts of other rows (:mod:`~localcluster.boilerplate.density`) and, where the sentence embedder
is the one that the constants were fitted with, its vector. Fitted by ``scripts/boilerplate/fit.py`` on
open data sets wrapped in letters of our own; the file names both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

FILE = "weights.json"


@dataclass(frozen=True)
class Weights:
    """One logistic regression.

    Attributes
    ----------
    intercept : float
    columns : float64, shape (n_features,)
    direction : float64, shape (d,)
        Weights of the vector; empty where vectors of any embedder will do.
    keep_from : float
        Probability of being content from which a part is read.
    """

    intercept: float
    columns: NDArray[np.float64]
    direction: NDArray[np.float64]
    keep_from: float

    def content(self, columns: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Probability that a part is content, float64, shape (n,)."""
        logit = self.intercept + columns.astype(np.float64) @ self.columns
        if len(self.direction):
            logit = logit + vectors.astype(np.float64) @ self.direction
        return np.asarray(expit(logit))


def weights_for(embedder_sha256: str) -> Weights:
    """Those fitted with this embedder's vectors, or those for any embedder."""
    known = _file()
    chosen = known["with vectors"] if embedder_sha256 == known["embedder"] else known["any embedder"]
    return Weights(
        float(chosen["intercept"]),
        np.array(chosen["columns"], np.float64),
        np.array(chosen["direction"], np.float64),
        float(chosen["keep_from"]),
    )


@cache
def _file() -> dict[str, Any]:
    text = files("localcluster.boilerplate").joinpath(FILE).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
