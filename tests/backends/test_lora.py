"""An adapter: hidden states are read with it, everything else without, and both engines agree."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file
from test_hf import ANSWERS, PROMPTS, save
from transformers import LlamaConfig, LlamaForCausalLM

from localcluster.backends.base import Item, Prompt
from localcluster.backends.gguf.model import GGUFModel
from localcluster.backends.hf import HFModel
from localcluster.backends.lora import Lora, write_lora
from localcluster.errors import ModelError

SHAPES = {"q_proj": (64, 64), "k_proj": (32, 64), "v_proj": (32, 64), "o_proj": (64, 64)}
#: Matrices of a layer of the starter model.
STARTER = {
    "q_proj": (576, 576),
    "k_proj": (192, 576),
    "v_proj": (192, 576),
    "o_proj": (576, 576),
    "gate_proj": (1536, 576),
    "up_proj": (1536, 576),
    "down_proj": (576, 1536),
}


def lora_of(shapes, layers, scale=2.0, seed=0):
    rng = np.random.default_rng(seed)
    factors = {}
    for layer in layers:
        for part, (wide, narrow) in shapes.items():
            room = "mlp" if part in ("gate_proj", "up_proj", "down_proj") else "self_attn"
            down, up = rng.normal(size=(4, narrow)), rng.normal(size=(wide, 4))
            factors[f"layers.{layer}.{room}.{part}"] = (
                (down / 8).astype(np.float32),
                (up / 8).astype(np.float32),
            )
    return Lora("random", "f" * 64, "0" * 64, scale, factors)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    size = {"vocab_size": 300, "hidden_size": 64, "num_hidden_layers": 3, "max_position_embeddings": 256}
    heads = {"intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2}
    config = LlamaConfig(**size, **heads, initializer_range=0.3)
    return save(tmp_path_factory.mktemp("llama"), LlamaForCausalLM, config)


def test_states_are_read_with_it_and_answers_given_without(folder):
    plain = HFModel(folder, device="cpu", dtype="float32")
    adapted = HFModel(folder, device="cpu", dtype="float32", lora=lora_of(SHAPES, [1, 2]))
    assert adapted.info == replace(plain.info, adapter="f" * 64)
    before, after = (model.hidden_states(PROMPTS, [1, 2, 3]) for model in (plain, adapted))
    np.testing.assert_array_equal(before[:, 0, 0], after[:, 0, 0])
    assert np.abs(before[:, 0, 1:] - after[:, 0, 1:]).max() > 1e-2
    scores = [np.array(model.score(PROMPTS, [ANSWERS] * len(PROMPTS))) for model in (plain, adapted)]
    np.testing.assert_array_equal(*scores)
    assert plain.generate(PROMPTS, 4) == adapted.generate(PROMPTS, 4)
    # Nothing is left of it: what is read twice is read alike.
    np.testing.assert_array_equal(after, adapted.hidden_states(PROMPTS, [1, 2, 3]))


def test_it_is_what_the_merged_weights_would_read(folder):
    import torch

    lora = lora_of(SHAPES, [1, 2])
    adapted = HFModel(folder, device="cpu", dtype="float32", lora=lora)
    merged = HFModel(folder, device="cpu", dtype="float32")
    modules = dict(merged._decoder.base.named_modules())
    for name, (down, up) in lora.factors.items():
        modules[name].weight.data += torch.from_numpy(lora.scale * up @ down)
    for model_states in zip(
        adapted.hidden_states(PROMPTS, [2, 3]), merged.hidden_states(PROMPTS, [2, 3]), strict=True
    ):
        np.testing.assert_allclose(*model_states, rtol=1e-4, atol=1e-4)


def test_it_is_kept_in_a_file_and_a_damaged_one_is_refused(tmp_path):
    lora, path = lora_of(SHAPES, [1]), tmp_path / "reading.safetensors"
    write_lora(path, lora, {"role": "reading"})
    found = Lora.read(path)
    assert (found.base, found.scale, found.name) == (lora.base, lora.scale, "reading")
    for name, (down, up) in lora.factors.items():
        np.testing.assert_allclose(found.factors[name][0], down, atol=1e-3)
        np.testing.assert_allclose(found.factors[name][1], up, atol=1e-3)
    save_file({"other": np.zeros(3, np.float32)}, path, {"about": json.dumps({"base": "", "scale": 1})})
    with pytest.raises(ModelError, match=r"none for a language model.*--adapter none"):
        Lora.read(path)
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="damaged"):
        Lora.read(path)


def test_one_of_another_shape_is_refused(folder):
    with pytest.raises(ModelError, match=r"layers\.1\.self_attn\.q_proj.*--adapter none"):
        HFModel(folder, device="cpu", lora=lora_of({"q_proj": (32, 64)}, [1]))


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.parametrize("parts", [["q_proj", "k_proj"], list(STARTER)])
def test_both_engines_read_alike_with_it(starter_gguf, parts):
    lora = lora_of({part: STARTER[part] for part in parts}, [20, 24, 29], scale=4.0)
    texts = ["The parcel came two days late.", "I love this song.", "Where is my card?", "Good."]
    prompts = [Prompt.ask("Mood? ", Item(text), answer="The mood is") for text in texts]
    layers = [20, 24, 28, 30]

    def read(model):
        states = model.hidden_states(prompts, layers)[:, 0]
        model.close()
        return states

    plain, adapted = (
        read(HFModel(starter_gguf, device="cpu", dtype="float32", lora=used)) for used in (None, lora)
    )
    plain_too, adapted_too = (read(GGUFModel(starter_gguf, device="cpu", lora=used)) for used in (None, lora))
    for place, layer in enumerate(layers):
        assert cosines(adapted[:, place], adapted_too[:, place]).min() > 0.99, layer
        # What it changes is the same in both, up to what 4 bit rounds.
        if layer > 20:
            moved = cosines(adapted[:, place] - plain[:, place], adapted_too[:, place] - plain_too[:, place])
            assert moved.min() > 0.97, (layer, moved)


def cosines(a, b):
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
