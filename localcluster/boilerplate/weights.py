"""The constants of the networks that tell content from the frame around it.

Two small networks, one after the other. The first judges a part alone: by how it recurs
(:mod:`~localcluster.boilerplate.statistics`), how near it is to parts of other rows
(:mod:`~localcluster.boilerplate.density`) and, where the sentence embedder is the one that the constants
were fitted with, its vector. The second judges it again, knowing what the first thought of the parts
beside it (:mod:`~localcluster.boilerplate.context`). Fitted by ``scripts/boilerplate/fit.py`` on open data
sets wrapped in letters of our own; the file names both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from localcluster.boilerplate.context import IN_ROW
from localcluster.boilerplate.statistics import FEATURES

FILE = "weights.safetensors"
#: Names in the file of the two variants.
WITH_VECTORS, ANY_EMBEDDER = "with vectors", "any embedder"


@dataclass(frozen=True)
class Net:
    """One hidden layer of rectified linear units.

    Attributes
    ----------
    inner : float32, shape (n_inputs, h)
    inner_bias : float32, shape (h,)
    outer : float32, shape (h,)
    """

    inner: NDArray[np.float32]
    inner_bias: NDArray[np.float32]
    outer: NDArray[np.float32]
    outer_bias: float

    def logit(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of being content, float32, shape (n,), for inputs of shape (n, n_inputs).

        Summed row by row in a fixed order: a part is judged alike alone and among others.
        """
        hidden = np.einsum("ni,ih->nh", inputs.astype(np.float32), self.inner) + self.inner_bias
        logits = np.einsum("nh,h->n", np.maximum(hidden, 0), self.outer) + np.float32(self.outer_bias)
        return np.asarray(logits, np.float32)


@dataclass(frozen=True)
class Weights:
    """Two networks.

    Attributes
    ----------
    alone, among : Net
        The one that judges a part alone, and the one that knows what stands beside it.
    reads_vectors : bool
        Whether the first reads the vectors of parts; else neither reads vectors or cosines, and any
        embedder will do.
    keep_from : float
        Probability of being content from which a part is read.
    """

    alone: Net
    among: Net
    reads_vectors: bool
    keep_from: float

    def first(self, columns: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logit of a part alone, float32, shape (n,)."""
        known = np.hstack([columns, vectors]) if self.reads_vectors else columns[:, : len(FEATURES)]
        return self.alone.logit(known)

    def second(
        self, first: NDArray[np.float32], beside: NDArray[np.float32], columns: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Logit of a part among the others, float32, shape (n,)."""
        if not self.reads_vectors:
            # How large cosines are is each embedder's own.
            beside, columns = beside[:, :IN_ROW], columns[:, : len(FEATURES)]
        return self.among.logit(np.hstack([first[:, None], beside, columns]))


def weights_for(embedder_sha256: str) -> Weights:
    """Those fitted with this embedder's vectors, or those for any embedder."""
    told, arrays = _file()
    name = WITH_VECTORS if embedder_sha256 == told["embedder"] else ANY_EMBEDDER
    nets = [
        Net(
            arrays[f"{name}/{net}/inner"],
            arrays[f"{name}/{net}/inner bias"],
            arrays[f"{name}/{net}/outer"],
            float(arrays[f"{name}/{net}/outer bias"][0]),
        )
        for net in ("alone", "among")
    ]
    return Weights(nets[0], nets[1], name == WITH_VECTORS, float(told[name]["keep_from"]))


def about_weights() -> dict[str, Any]:
    """What the file says of itself: embedder, sets, kinds of wrapping, and how the constants were checked."""
    return _file()[0]


@cache
def _file() -> tuple[dict[str, Any], Mapping[str, NDArray[np.float32]]]:
    with (
        as_file(files("localcluster.boilerplate").joinpath(FILE)) as path,
        safe_open(path, "numpy") as kept,
    ):
        return json.loads(kept.metadata()["about"]), {
            name: kept.get_tensor(name)
            for name in kept.keys()  # noqa: SIM118 - the handle is no mapping
        }
