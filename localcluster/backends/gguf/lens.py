"""Logit lens: the words that a hidden state would become if the network ended there.

nostalgebraist, "interpreting GPT: the logit lens" (2020). The final norm and the output matrix are
read from the GGUF file itself and applied in float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.gguf.header import Header
from localcluster.errors import ModelError

_NORM, _NORM_BIAS, _OUTPUT, _EMBEDDING = (
    "output_norm.weight",
    "output_norm.bias",
    "output.weight",
    "token_embd.weight",
)
#: Rows of the output matrix dequantized at once, which bounds memory for large vocabularies.
_CHUNK = 16_384
#: Below this many weights the dequantized matrix is kept between calls (1 GiB of float32).
_KEEP_WEIGHTS = 2**28


class LogitLens:
    """Final norm and output matrix of a GGUF file.

    Raises
    ------
    ModelError
        The architecture's final norm or output matrix is not where it is expected.
    """

    def __init__(self, header: Header) -> None:
        self._header = header
        # Models with tied weights store only the embedding.
        self._matrix = _OUTPUT if _OUTPUT in header.tensors else _EMBEDDING
        for name in (_NORM, self._matrix):
            if name not in header.tensors:
                raise ModelError(
                    f"{header.path.name} ({header.architecture}) has no tensor {name}, so its hidden states "
                    "cannot be read as words. Use the same model with transformers (--engine hf, "
                    "engine='hf')."
                )
        self._scale = header.read(_NORM)
        self._bias = header.read(_NORM_BIAS) if _NORM_BIAS in header.tensors else None
        self._kept: NDArray[np.float32] | None = None

    def logits(self, states: NDArray[np.float32], *, normed: bool) -> NDArray[np.float32]:
        """Logits over the vocabulary.

        Parameters
        ----------
        states : float32, shape (n, width)
        normed : bool
            The states were taken after the final norm.

        Returns
        -------
        float32, shape (n, n_vocab)
        """
        states = np.asarray(states, np.float32)
        if not normed:
            states = self._norm(states)
        scale = self._header.hyper("logit_scale")
        logits = np.empty((len(states), self._header.tensors[self._matrix].shape[0]), np.float32)
        for start in range(0, logits.shape[1], _CHUNK):
            rows = slice(start, start + _CHUNK)
            logits[:, rows] = states @ self._rows(rows).T
        if scale:
            # Granite divides, Cohere multiplies, under the same name.
            logits *= 1 / scale if self._header.architecture.startswith("granite") else scale
        return self._softcapped(logits)

    def _softcapped(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        cap = self._header.hyper("final_logit_softcapping")
        return np.asarray(np.tanh(logits / cap) * cap, np.float32) if cap else logits

    def _rows(self, rows: slice) -> NDArray[np.float32]:
        shape = self._header.tensors[self._matrix].shape
        if shape[0] * shape[1] > _KEEP_WEIGHTS:
            return self._header.read(self._matrix, rows)
        if self._kept is None:
            self._kept = self._header.read(self._matrix)
        return self._kept[rows]

    def _norm(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        rms = self._header.hyper("attention.layer_norm_rms_epsilon")
        plain = self._header.hyper("attention.layer_norm_epsilon")
        if rms is None and plain is None:
            raise ModelError(
                f"{self._header.path.name} does not state the epsilon of its norms, so states of inner "
                "layers cannot be read as words. Use the same model with transformers (--engine "
                "hf, engine='hf')."
            )
        if rms is None:
            states = states - states.mean(axis=1, keepdims=True)
        variance = np.square(states).mean(axis=1, keepdims=True)
        normed = states / np.sqrt(variance + (plain if rms is None else rms)) * self._scale
        return np.asarray(normed if self._bias is None else normed + self._bias, np.float32)
