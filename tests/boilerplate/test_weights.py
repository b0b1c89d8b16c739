from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest

from localcluster.boilerplate.density import DENSITY
from localcluster.boilerplate.statistics import FEATURES
from localcluster.boilerplate.weights import FILE, Weights, weights_for
from localcluster.registry.manifest import read_manifest

TOLD = json.loads(files("localcluster.boilerplate").joinpath(FILE).read_text("utf-8"))


@pytest.mark.parametrize("sha256", [TOLD["embedder"], "0" * 64])
def test_there_is_a_weight_for_every_column(sha256):
    weights = weights_for(sha256)
    assert weights.columns.shape == (len(FEATURES) + len(DENSITY),)
    assert np.isfinite(weights.columns).all()
    assert 0 < weights.keep_from < 1


def test_only_the_embedder_they_were_fitted_with_has_its_vectors_read():
    assert weights_for(TOLD["embedder"]).direction.shape == (384,)
    assert weights_for("0" * 64).direction.shape == (0,)


def test_that_embedder_is_the_starter(starter_embedder):
    from localcluster.embed import SentenceEmbedder

    assert SentenceEmbedder(starter_embedder).sha256 == TOLD["embedder"]
    assert read_manifest().get("all-minilm-l6-v2") is not None


def test_content_is_a_probability_by_columns_and_vectors():
    columns, vectors = np.array([[0.0], [2.0]], np.float32), np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    blind = Weights(0.0, np.array([1.0]), np.zeros(0), 0.5).content(columns, vectors)
    np.testing.assert_allclose(blind, 1 / (1 + np.exp([0.0, -2.0])))
    seeing = Weights(0.0, np.array([1.0]), np.array([3.0, -2.0]), 0.5).content(columns, vectors)
    np.testing.assert_allclose(seeing, 1 / (1 + np.exp([-3.0, 0.0])))


def test_no_set_that_anything_is_judged_on_taught_them():
    names = " ".join(TOLD["sets"])
    assert not any(
        name in names for name in ("banking77", "clinc", "massive", "snips", "hwu64", "go_emotion")
    )
