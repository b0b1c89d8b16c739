from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from fakes import WordEmbedder, models

from localcluster.config import NO_LLM, RunConfig
from localcluster.errors import ConfigError, ModelError
from localcluster.models import (
    EncodingObject,
    LoadedEmbedder,
    load_llm,
    load_models,
    name_of,
    text_embedder,
)
from localcluster.pipeline.record import facts
from localcluster.pipeline.workbench import Clock


class Encoder:
    def __init__(self, width=6, shift=0.0):
        self.width, self.shift, self.calls = width, shift, []

    def encode(self, sentences):
        self.calls.append(len(sentences))
        return [[len(text) + self.shift + i for i in range(self.width)] for text in sentences]


def test_names_paths_and_objects_as_settings(tmp_path):
    assert name_of(None) == NO_LLM
    assert name_of("smollm2") == "smollm2"
    assert Path(name_of(Path("model.gguf"))).is_absolute()
    assert name_of(models().llm) == ""


def test_an_object_with_encode_becomes_an_embedder():
    embedder = text_embedder(Encoder())
    vectors = embedder.encode(["a", "bb", "ccc"])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_long_lists_are_encoded_in_parts_that_report():
    object_, told = Encoder(), []
    embedder = EncodingObject(object_)
    object_.calls.clear()
    embedder.encode([str(i) for i in range(600)], lambda done, total: told.append((done, total)))
    assert object_.calls == [256, 256, 88]
    assert told == [(256, 600), (512, 600), (600, 600)]


def test_objects_are_told_apart_by_what_they_make_of_texts():
    same = EncodingObject(Encoder()).sha256 == EncodingObject(Encoder()).sha256
    assert same
    assert EncodingObject(Encoder(shift=1)).sha256 != EncodingObject(Encoder()).sha256


def test_torch_tensors_are_vectors():
    class Torch:
        def encode(self, sentences):
            return torch.ones(len(sentences), 3, requires_grad=True)

    assert EncodingObject(Torch()).encode(["a"]).shape == (1, 3)


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (np.zeros(3), r"array of shape \(3,\)"),
        (np.zeros((2, 3)), "was given"),
        (np.full((4, 3), np.nan), "not finite"),
        (["words"] * 4, "not an array of numbers"),
    ],
    ids=["flat", "too few", "nan", "words"],
)
def test_what_encode_returns_is_checked(returned, says):
    class Wrong:
        def encode(self, sentences):
            return returned

    with pytest.raises(ModelError, match=says):
        EncodingObject(Wrong())


def test_an_embedder_of_our_protocol_is_used_as_it_is():
    embedder = WordEmbedder()
    assert text_embedder(embedder) is embedder


def test_what_is_no_model_is_refused():
    with pytest.raises(ConfigError, match="without encode"):
        text_embedder(object())
    with pytest.raises(ConfigError, match="without info, score"):
        load_llm(object())


def test_a_language_model_object_is_returned_as_it_is():
    llm = models().llm
    assert load_llm(llm) is llm


def test_a_sentence_transformers_object_can_be_trained_and_is_known_by_its_weights(starter_embedder):
    from sentence_transformers import SentenceTransformer

    from localcluster.embed import SentenceEmbedder

    loaded = SentenceTransformer(str(starter_embedder), device="cpu", local_files_only=True)
    embedder = text_embedder(loaded)
    assert isinstance(embedder, LoadedEmbedder)
    config = RunConfig.checked(source="rows", by=("topic",), llm=NO_LLM, embedder="")
    assert load_models(config, embedder=loaded).trainable is loaded
    texts = ["a good soup", "a bad screen"]
    by_path = SentenceEmbedder(starter_embedder, "cpu")
    assert np.array_equal(embedder.encode(texts), by_path.encode(texts))
    before = embedder.sha256
    with torch.no_grad():
        next(loaded.parameters()).add_(1)
    assert LoadedEmbedder(loaded).sha256 != before


def test_an_object_leaves_no_name_in_the_record():
    from localcluster.items import Items

    given = models()
    config = RunConfig.checked(
        source="rows", by=("topic",), llm=name_of(given.llm), embedder=name_of(given.embedder)
    )
    taken = load_models(config, llm=given.llm, embedder=given.embedder)
    found = facts(config, Items.from_texts(["a", "b"]), taken, Clock())["models"]
    assert found["names"] == {"llm": None, "embedder": None}
    assert found["objects"] == ["embedder", "language model"]
    assert found["embedder"]["sha256"] == given.embedder.sha256
