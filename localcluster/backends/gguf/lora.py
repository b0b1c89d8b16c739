"""An adapter as llama.cpp takes it: the same factors, written to a GGUF file of its own for a moment."""

from __future__ import annotations

import tempfile
from pathlib import Path

import llama_cpp.llama_cpp as C
import numpy as np
from numpy.typing import NDArray

from localcluster.backends.gguf.header import Header
from localcluster.backends.gguf.native import Handle, complaint
from localcluster.backends.lora import Lora
from localcluster.errors import ModelError

#: What llama.cpp calls the modules of a decoder.
_TENSORS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def load_lora(weights: Handle, header: Header, lora: Lora) -> Handle:
    """Give loaded weights an adapter; a context uses it once it is told to.

    Raises
    ------
    ModelError
        It does not fit the model.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adapter.gguf"
        _write(path, header, lora)
        pointer = C.llama_adapter_lora_init(weights.pointer, str(path).encode())
    if not pointer:
        raise ModelError(
            f"The adapter {lora.name} does not fit this model ({complaint()}). Go without it: --adapter none"
        )
    # llama.cpp frees it with the weights.
    return Handle(pointer, lambda _: None)


def _write(path: Path, header: Header, lora: Lora) -> None:
    import gguf

    writer = gguf.GGUFWriter(path, header.architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    rank = next(iter(lora.factors.values()))[0].shape[0]
    # llama.cpp divides by the rank.
    writer.add_float32("adapter.lora.alpha", lora.scale * rank)
    heads = int(header.metadata[f"{header.architecture}.attention.head_count"])
    shared = int(header.metadata.get(f"{header.architecture}.attention.head_count_kv", heads))
    for name, (down, up) in lora.factors.items():
        _, layer, module = name.split(".", 2)
        if module in ("self_attn.q_proj", "self_attn.k_proj") and header.architecture == "llama":
            up = _rotated(up, heads if module == "self_attn.q_proj" else shared)
        tensor = f"blk.{layer}.{_TENSORS[module]}.weight"
        writer.add_tensor(f"{tensor}.lora_a", np.ascontiguousarray(down, np.float32))
        writer.add_tensor(f"{tensor}.lora_b", np.ascontiguousarray(up, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _rotated(up: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows of queries and keys in the order in which GGUF files of this architecture have them.

    llama.cpp turns neighbouring rows of a head by their position, transformers the two halves of it.
    """
    halves = up.reshape(heads, 2, len(up) // heads // 2, *up.shape[1:])
    return halves.swapaxes(1, 2).reshape(up.shape)
