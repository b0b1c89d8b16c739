"""An adapter that a language model reads with: a low-rank change of some of its matrices (LoRA).

It changes what hidden states say, and nothing else: questions are answered and names written by the model as
it is. ``scripts/train_reader/answers.py`` teaches one, ``ship_answers.py`` writes the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from localcluster.errors import ModelError
from localcluster.registry.checksum import sha256_of

#: Of the two factors in the file.
_DOWN, _UP = ".down", ".up"
_MODULE = re.compile(r"layers\.\d+\.(self_attn|mlp)\.[a-z]+_proj")


@dataclass(frozen=True)
class Lora:
    """What is added to some matrices: ``scale * up @ down``.

    Attributes
    ----------
    name : str
        Of the file.
    base : str
        SHA-256 of the model that it belongs to.
    factors : dict of str to (float32, shape (r, n_in); float32, shape (n_out, r))
        By the name of the module within the decoder, such as ``"layers.20.mlp.up_proj"``.
    """

    name: str
    sha256: str
    base: str
    scale: float
    factors: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]

    @classmethod
    def read(cls, path: Path) -> Lora:
        """Read what :func:`write_lora` wrote.

        Raises
        ------
        ModelError
            The file is missing, damaged, or holds something else.
        """
        try:
            with safe_open(path, "numpy") as kept:
                about = json.loads(kept.metadata()["about"])
                names = [name.removesuffix(_DOWN) for name in kept.keys() if name.endswith(_DOWN)]  # noqa: SIM118
                factors = {
                    name: (
                        kept.get_tensor(name + _DOWN).astype(np.float32),
                        kept.get_tensor(name + _UP).astype(np.float32),
                    )
                    for name in names
                }
            if not factors or not all(_MODULE.fullmatch(name) for name in factors):
                raise ValueError("it names no matrices of a decoder")
            return cls(path.stem, sha256_of(path), str(about["base"]), float(about["scale"]), factors)
        except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
            raise ModelError(
                f"The adapter {path} is missing, damaged or none for a language model "
                f"({str(error).splitlines()[0]}). Name another, or go without it: --adapter none"
            ) from error


def write_lora(path: Path, lora: Lora, about: Mapping[str, object]) -> None:
    """Keep an adapter in 16 bit; ``about`` is for whoever opens the file."""
    arrays = {}
    for name, (down, up) in lora.factors.items():
        arrays[name + _DOWN] = np.ascontiguousarray(down, np.float16)
        arrays[name + _UP] = np.ascontiguousarray(up, np.float16)
    told = {**about, "base": lora.base, "scale": lora.scale}
    save_file(arrays, path, {"about": json.dumps(told)})
