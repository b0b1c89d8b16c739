"""A llama.cpp context: many sequences in one memory, decoded together, forked without copying."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp.llama_cpp as C
import numpy as np
from numpy.typing import NDArray

from localcluster.backends.gguf.cpu import usable_cores
from localcluster.backends.gguf.native import Handle, can_offload, complaint
from localcluster.backends.gguf.tap import HiddenTap
from localcluster.backends.gguf.threads import ThreadTuner
from localcluster.errors import ModelError

#: Sequence that holds the prefix all prompts share; the others are forked from it.
PREFIX_SEQUENCE = 0


@dataclass(frozen=True)
class Shape:
    """How much a context can hold; its memory grows with each number.

    Attributes
    ----------
    batch : int
        Tokens decoded at once.
    growth : int
        Tokens by which the sequences of a batch may grow together afterwards.
    outputs : int
        Tokens of one batch whose logits can be asked for.
    sequences : int
        Sequences at once, the prefix counted.
    """

    batch: int
    growth: int
    outputs: int
    sequences: int = 64

    @property
    def cells(self) -> int:
        """Tokens remembered at once: a shared prefix, a batch behind it, and what grows."""
        return 2 * self.batch + self.growth


@dataclass(frozen=True)
class Stretch:
    """Tokens that continue one sequence.

    Attributes
    ----------
    start : int
        Position of the first token in its sequence.
    outputs : collection of int
        Indices into ``tokens`` whose logits are wanted.
    """

    sequence: int
    start: int
    tokens: Sequence[int]
    outputs: Collection[int] = ()


class Decoder:
    """Memory and compute buffers over loaded weights.

    Parameters
    ----------
    threads : int or ThreadTuner
    tap : HiddenTap or None
        Listens to the residual stream. It costs a call into Python per graph node.
    lora : Handle or None
        Adapter of the weights that this context decodes with.

    Raises
    ------
    ModelError
        The context cannot be allocated.
    """

    def __init__(
        self,
        weights: Handle,
        shape: Shape,
        threads: int | ThreadTuner,
        tap: HiddenTap | None = None,
        lora: Handle | None = None,
    ) -> None:
        self.shape = shape
        self.tap = tap
        params = C.llama_context_default_params()
        params.n_ctx = shape.cells
        # One physical batch per logical one, so that a tensor's rows are the rows of the batch.
        params.n_batch = params.n_ubatch = shape.batch
        params.n_seq_max = shape.sequences
        params.n_outputs_max = shape.outputs
        params.n_outputs_max_per_seq = shape.outputs
        params.n_threads = params.n_threads_batch = threads if isinstance(threads, int) else usable_cores()
        # Sequences share a long prefix: one buffer for all makes a fork free.
        params.kv_unified = True
        # On a CPU flash attention sums in 16 bit: answers moved more with the batch they are in.
        params.flash_attn_type = (
            C.LLAMA_FLASH_ATTN_TYPE_AUTO if can_offload() else C.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        params.no_perf = True
        if tap is not None:
            params.cb_eval = tap.callback
        pointer = C.llama_init_from_model(weights.pointer, params)
        if not pointer:
            raise ModelError(
                f"llama.cpp cannot allocate a context of {shape.cells:,} tokens: {complaint()}. "
                "Close other programs, choose a smaller model, or shorten prompts (max_tokens_per_prompt)."
            )
        self._context = Handle(pointer, C.llama_free)
        if lora is not None and _use(pointer, lora.pointer) != 0:
            raise ModelError(
                f"llama.cpp cannot use the adapter ({complaint()}). Go without it: --adapter none"
            )
        self._memory = C.llama_get_memory(pointer)
        self._n_vocab = int(C.llama_vocab_n_tokens(C.llama_model_get_vocab(weights.pointer)))
        self._tuner = threads if isinstance(threads, ThreadTuner) else None
        self._n_outputs = 0
        self._batch = _Batch(shape.batch)

    def decode(self, stretches: Sequence[Stretch]) -> None:
        """Decode all stretches as one batch.

        Raises
        ------
        ModelError
            llama.cpp fails, or the batch is larger than :class:`Shape` allows.
        """
        self._n_outputs = self._batch.fill(stretches)
        if self.tap is not None:
            self.tap.begin()
        code = self._run(self._batch.struct.n_tokens)
        if self.tap is not None:
            self.tap.raise_failure()
        if code != 0:
            raise ModelError(
                f"llama.cpp failed to decode {self._batch.struct.n_tokens} tokens of "
                f"{len(stretches)} prompts (code {code}: {complaint()}). Choose another model or "
                "transformers (--engine hf, engine='hf')."
            )

    def _run(self, n_tokens: int) -> int:
        context = self._context.pointer
        if self._tuner is None:
            return int(C.llama_decode(context, self._batch.struct))
        threads = self._tuner.choose(n_tokens)
        C.llama_set_n_threads(context, threads, threads)
        start = time.perf_counter()
        code = int(C.llama_decode(context, self._batch.struct))
        self._tuner.learn(n_tokens, threads, time.perf_counter() - start)
        return code

    def logits(self) -> NDArray[np.float32]:
        """Logits of the tokens asked for in the last :meth:`decode`, in batch order.

        Returns
        -------
        float32, shape (n_outputs, n_vocab)
            Overwritten by the next :meth:`decode`.
        """
        pointer = C.llama_get_logits(self._context.pointer)
        return np.ctypeslib.as_array(pointer, shape=(self._n_outputs, self._n_vocab))

    def fork(self, source: int, target: int) -> None:
        """Let ``target`` continue where ``source`` stands."""
        C.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def forget(self, sequence: int) -> None:
        """Free the memory of a sequence that no other shares."""
        C.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def clear(self) -> None:
        """Forget all sequences."""
        C.llama_memory_clear(self._memory, False)

    def close(self) -> None:
        """Free the context. Must happen before the weights are freed."""
        self._context.close()


def _use(context: Any, adapter: Any) -> int:
    adapters, scales = (C.llama_adapter_lora_p_ctypes * 1)(adapter), (ctypes.c_float * 1)(1.0)
    return int(C.llama_set_adapters_lora(context, adapters, 1, scales))


class _Batch:
    """A ``llama_batch`` whose arrays numpy owns, so that filling it is vectorized."""

    def __init__(self, size: int) -> None:
        self._tokens = np.zeros(size, np.int32)
        self._positions = np.zeros(size, np.int32)
        self._counts = np.ones(size, np.int32)
        self._sequences = np.zeros(size, np.int32)
        # llama.cpp wants a pointer to each token's own list of sequences; here each list has one entry.
        self._lists = (self._sequences.ctypes.data + 4 * np.arange(size)).astype(np.uintp)
        self._outputs = np.zeros(size, np.int8)
        self.struct = C.llama_batch(
            n_tokens=0,
            token=self._tokens.ctypes.data_as(ctypes.POINTER(C.llama_token)),
            pos=self._positions.ctypes.data_as(ctypes.POINTER(C.llama_pos)),
            n_seq_id=self._counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            seq_id=self._lists.ctypes.data_as(ctypes.POINTER(ctypes.POINTER(C.llama_seq_id))),
            logits=self._outputs.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def fill(self, stretches: Sequence[Stretch]) -> int:
        """Put the stretches one after another; return the number of outputs."""
        total = sum(len(s.tokens) for s in stretches)
        if total > len(self._tokens):
            raise ModelError(
                f"A batch of {total:,} tokens was built; this context holds {len(self._tokens):,}."
            )
        self._outputs[:total] = 0
        at = 0
        for s in stretches:
            stop = at + len(s.tokens)
            self._tokens[at:stop] = s.tokens
            self._positions[at:stop] = np.arange(s.start, s.start + len(s.tokens))
            self._sequences[at:stop] = s.sequence
            self._outputs[[at + i for i in s.outputs]] = 1
            at = stop
        self.struct.n_tokens = total
        return int(self._outputs[:total].sum())
