"""Writes a GGUF file with a two-block llama of random weights and a byte-level vocabulary.

Small enough to load in milliseconds, real enough that llama.cpp runs it: what is tested with it is
our use of llama.cpp, not what a model knows.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, BLOCKS, HIDDEN, CONTEXT = 64, 2, 2, 96, 256
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_CONTROL = ["<|im_start|>", "<|im_end|>"]


def _byte_tokens() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(spare)) for b in range(256)]


def write_tiny_gguf(
    path: Path,
    *,
    architecture: str = "llama",
    last_block_silent: bool = False,
    template: str | None = TEMPLATE,
) -> Path:
    """``last_block_silent`` makes the last block add nothing to the residual stream."""
    random = np.random.default_rng(7)
    space = _byte_tokens()[32]
    merges = [f"{space} t", "h e", f"{space}t he"]
    tokens = [*_byte_tokens(), *(m.replace(" ", "") for m in merges), *_CONTROL]
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (len(tokens) - len(_CONTROL)) + [3] * len(_CONTROL))
    writer.add_token_merges(merges)
    writer.add_bos_token_id(len(tokens) - 2)
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)

    def weights(name: str, *shape: int, scale: float = 0.3) -> None:
        writer.add_tensor(name, (random.standard_normal(shape) * scale).astype(np.float32))

    weights("token_embd.weight", len(tokens), WIDTH, scale=1.0)
    writer.add_tensor("output_norm.weight", random.uniform(0.5, 1.5, WIDTH).astype(np.float32))
    weights("output.weight", len(tokens), WIDTH)
    for i in range(BLOCKS):
        silent = 0.0 if last_block_silent and i == BLOCKS - 1 else 0.3
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{i}.{norm}.weight", np.ones(WIDTH, np.float32))
        for name in ("attn_q", "attn_k", "attn_v"):
            weights(f"blk.{i}.{name}.weight", WIDTH, WIDTH)
        weights(f"blk.{i}.attn_output.weight", WIDTH, WIDTH, scale=silent)
        weights(f"blk.{i}.ffn_gate.weight", HIDDEN, WIDTH)
        weights(f"blk.{i}.ffn_up.weight", HIDDEN, WIDTH)
        weights(f"blk.{i}.ffn_down.weight", WIDTH, HIDDEN, scale=silent)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
