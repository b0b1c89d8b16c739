"""What training changed of a model's weights, in a quarter of their size, and how it is put back.

A matrix is kept as the difference to the base in whole numbers from -127 to 127 with one scale a row;
vectors (biases, norms) as they are, in 16 bit. Only the base makes a model of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from localcluster.errors import ModelError

if TYPE_CHECKING:
    import torch

#: What the files say that they are: a fast reader beside the embedder, and what the embedder itself learnt.
FAST_READER, EMBEDDER = "fast reader", "embedder"
#: Of the whole numbers.
_MOST = 127
_SCALE = " scale"


def write_change(
    path: Path,
    base: Mapping[str, torch.Tensor],
    taught: Mapping[str, torch.Tensor],
    about: Mapping[str, Any],
    share: float = 1.0,
) -> None:
    """Keep what training changed.

    Parameters
    ----------
    base, taught : mapping of str to Tensor
        State dictionaries of the same architecture; what is equal in both is left out.
    about : mapping
        JSON-ready; for whoever opens the file.
    share : float
        Of the change that is kept, the rest being the base (a weighted mean of both models).
    """
    arrays: dict[str, np.ndarray] = {}
    for name, before in base.items():
        change = share * (taught[name].float().cpu().numpy() - before.float().cpu().numpy())
        if not change.any():
            continue
        if change.ndim < 2:
            arrays[name] = np.ascontiguousarray(change, np.float16)
            continue
        scale = np.maximum(np.abs(change).max(axis=1, keepdims=True) / _MOST, 1e-12)
        arrays[name] = np.ascontiguousarray(np.rint(change / scale), np.int8)
        arrays[name + _SCALE] = np.ascontiguousarray(scale[:, 0], np.float32)
    save_file(arrays, path, {"about": json.dumps({"role": FAST_READER, **about})})


def role_of(path: Path) -> str:
    """What an adapter's file says that it is; ``""`` where it says nothing.

    Raises
    ------
    ModelError
        It is no file of ours.
    """
    return str(_about(path).get("role", ""))


def base_of(path: Path) -> str:
    """SHA-256 of the model that an adapter's file belongs to; ``""`` where it says nothing.

    Raises
    ------
    ModelError
        It is no file of ours.
    """
    return str(_about(path).get("base", ""))


def _about(path: Path) -> dict[str, Any]:
    try:
        with safe_open(path, "numpy") as kept:
            return dict(json.loads(kept.metadata()["about"]))
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The adapter {path} is missing, or no file that scripts/train_reader made "
            f"({str(error).splitlines()[0]}). Name another, or go without it: --adapter none"
        ) from error


def apply_change(path: Path, model: torch.nn.Module) -> dict[str, Any]:
    """Put a change into a model, in place, and return what the file says about itself.

    Raises
    ------
    ModelError
        The file is damaged, or belongs to a model of another shape.
    """
    import torch

    weights = model.state_dict()
    try:
        with safe_open(path, "numpy") as kept:
            names = set(kept.keys())
            for name in sorted(names):
                if name.endswith(_SCALE):
                    continue
                change = kept.get_tensor(name).astype(np.float32)
                if name + _SCALE in names:
                    change *= kept.get_tensor(name + _SCALE)[:, None]
                weights[name] += torch.from_numpy(change).to(weights[name])
            return dict(json.loads(kept.metadata()["about"]))
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise ModelError(
            f"The adapter {path} is missing, damaged or belongs to another model "
            f"({str(error).splitlines()[0]}). Name another, or go without it: --adapter none"
        ) from error
