from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.numpy import save_file
from transformers import AutoModel, BertConfig, BertModel, BertTokenizerFast

from localcluster.embed import FastReader, reader_view
from localcluster.embed.weight_change import apply_change, write_change
from localcluster.errors import ModelError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "mood", "topic", "good", "bad", "soup", "film"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("tiny-embedder")
    (path / "vocab.txt").write_text("\n".join(WORDS))
    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(WORDS), **size)).save_pretrained(path)
    BertTokenizerFast(str(path / "vocab.txt")).save_pretrained(path)
    return path


@pytest.fixture
def change(folder, tmp_path):
    """Another model's weights as a change of the folder's."""
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    torch.manual_seed(1)
    other = {name: each + 0.1 * torch.randn_like(each) for name, each in base.items()}
    path = tmp_path / "fast-reader" / "weights.safetensors"
    path.parent.mkdir()
    write_change(path, base, other, {"steps": 3})
    return path, base, other


def test_a_change_gives_back_the_taught_weights(folder, change):
    path, base, other = change
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    assert apply_change(path, model) == {"role": "fast reader", "steps": 3}
    for name, weights in model.state_dict().items():
        step = float((other[name] - base[name]).abs().max()) / 127
        assert torch.allclose(weights, other[name], atol=max(step, 1e-3)), name


def test_half_a_change_is_the_mean_of_both_models(folder, change, tmp_path):
    _, base, other = change
    path = tmp_path / "half.safetensors"
    write_change(path, base, other, {}, share=0.5)
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    apply_change(path, model)
    name = "encoder.layer.0.output.dense.weight"
    assert torch.allclose(model.state_dict()[name], (base[name] + other[name]) / 2, atol=2e-3)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float32, (3, 5), elements=st.floats(-4, 4, width=32)))
def test_a_change_is_off_by_half_a_step_at_most(tmp_path_factory, change):
    path = tmp_path_factory.mktemp("change") / "weights.safetensors"
    layer = torch.nn.Linear(5, 3, bias=False)
    base = {"weight": layer.weight.detach().clone()}
    write_change(path, base, {"weight": base["weight"] + torch.from_numpy(change)}, {})
    apply_change(path, layer)
    off = (layer.weight.detach() - base["weight"]).numpy() - change
    assert (np.abs(off) <= np.abs(change).max(axis=1, keepdims=True) / 254 + 1e-5).all()


def test_a_change_of_another_model_or_a_damaged_one_is_refused(folder, tmp_path):
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    path = tmp_path / "weights.safetensors"
    about = {"about": json.dumps({})}
    save_file({"encoder.layer.0.output.dense.bias": np.zeros(7, np.float16)}, path, about)
    with pytest.raises(ModelError, match="--adapter none"):
        apply_change(path, model)
    save_file({"no such weight": np.zeros(7, np.float16)}, path, about)
    with pytest.raises(ModelError, match="another model"):
        apply_change(path, model)
    path.write_bytes(b"no tensors")
    with pytest.raises(ModelError, match="damaged"):
        apply_change(path, model)


def test_the_criterion_changes_how_a_text_is_read_and_its_neighbours_do_not(folder, change):
    reader = FastReader.open(folder, change[0], "cpu")
    texts = ["good soup", "bad film bad film bad soup", "", "soup " * 400]
    by_mood, by_topic = reader.read(texts, "mood"), reader.read(texts, "topic")
    assert by_mood.shape == (4, 16) and by_mood.dtype == np.float32
    assert np.allclose(np.linalg.norm(by_mood, axis=1), 1, atol=1e-5)
    assert np.abs(by_mood - by_topic).max() > 1e-3
    alone = np.concatenate([reader.read([text], "mood") for text in texts])
    assert np.allclose(alone, by_mood, atol=1e-5)


def test_a_readers_view_takes_out_what_all_rows_share(folder, change):
    vectors = FastReader.open(folder, change[0], "cpu").read(["good soup", "bad film", "good film"], "mood")
    view = reader_view(vectors)
    assert view.kind == "reader" and view.reads_criterion
    assert np.allclose(view.standardizer.apply(vectors), view.vectors)
    assert view.vectors @ view.vectors.T == pytest.approx(_cosines(vectors - vectors.mean(axis=0)), abs=1e-4)


def _cosines(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T
