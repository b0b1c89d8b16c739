"""Reads the residual stream of any layer while llama.cpp computes its graph.

llama.cpp calls back for every tensor of the graph: with ``ask`` to learn whether it is wanted,
and again once it is computed. The output of block ``i`` is named ``l_out-i``, the stream after
the final norm ``result_norm``. The last block and the final norm keep only the tokens whose
logits were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import llama_cpp.llama_cpp as C
import numpy as np
from numpy.typing import NDArray

from localcluster.backends.gguf.native import tensor_name, tensor_rows
from localcluster.errors import ModelError

_FINAL_NORM = "result_norm"


class HiddenTap:
    """Collects hidden states of the layers it was told to want.

    Parameters
    ----------
    n_layers, width : int
        Of the model.
    """

    def __init__(self, n_layers: int, width: int) -> None:
        self._n_layers = n_layers
        self._width = width
        self._wanted: dict[str, int] = {}
        self._got: dict[int, list[NDArray[np.float32]]] = {}
        self._failure: BaseException | None = None
        # Kept as an attribute: llama.cpp holds only a bare pointer to it.
        self.callback = C.ggml_backend_sched_eval_callback(self._on_tensor)

    def want(self, layers: Sequence[int]) -> None:
        """Collect these layers (``1..n_layers``) from now on.

        Raises
        ------
        ModelError
            A layer does not exist.
        """
        for layer in layers:
            if not 1 <= layer <= self._n_layers:
                raise ModelError(
                    f"Layer {layer} does not exist: this model has layers 1 to {self._n_layers}."
                )
        self._wanted = {self._tensor(layer): layer for layer in layers}

    def begin(self) -> None:
        """Drop what was collected: a new batch begins."""
        self._got = {}

    def _tensor(self, layer: int) -> str:
        return _FINAL_NORM if layer == self._n_layers else f"l_out-{layer - 1}"

    def take(self) -> dict[int, NDArray[np.float32]]:
        """Hidden states of the last batch, per layer, shape ``(n_rows, width)``.

        Raises
        ------
        ModelError
            The graph of this architecture has no tensor of the expected name.
        """
        missing = [name for name, layer in self._wanted.items() if layer not in self._got]
        if missing:
            raise ModelError(
                f"The graph that llama.cpp builds for this model has no tensor named {', '.join(missing)}, "
                "so its hidden states cannot be read. Use the same model with transformers "
                "(--engine hf, engine='hf'), or another model."
            )
        return {layer: np.concatenate(blocks) for layer, blocks in self._got.items()}

    def raise_failure(self) -> None:
        """Raise what went wrong inside the callback, Ctrl-C included."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _on_tensor(self, tensor: int, ask: bool, _user: object) -> bool:
        # An exception cannot cross llama.cpp's frames: it is kept and raised behind them.
        try:
            name = tensor_name(tensor)
            if ask:
                return name in self._wanted
            layer = self._wanted.get(name)
            if layer is not None:
                self._got.setdefault(layer, []).append(tensor_rows(tensor, self._width))
            return True
        except BaseException as failure:  # noqa: BLE001
            self._failure = failure
            return False
