from dataclasses import replace

import numpy as np
import pytest
from blobs import blobs
from hypothesis import given, settings
from hypothesis import strategies as st

from localcluster.heads import ClusteringHead
from localcluster.heads import head as head_module


def some_head(width=24, k=5, seed=0):
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return rng.normal(size=shape).astype(np.float32)

    return ClusteringHead(draw(width, 512), draw(512), draw(512, k), draw(k), 1.7)


def test_scores_are_linear_relu_linear():
    head, (vectors, _) = some_head(), blobs()
    hidden = np.maximum(vectors @ head.hidden_weight + head.hidden_bias, 0)
    expected = hidden @ head.output_weight + head.output_bias
    np.testing.assert_allclose(head.logits(vectors), expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(head.embed(vectors), head.logits(vectors))
    np.testing.assert_array_equal(head.predict(vectors), head.logits(vectors).argmax(axis=1))


def test_probabilities_are_the_tempered_softmax():
    head, (vectors, _) = some_head(), blobs()
    logits = head.logits(vectors).astype(np.float64)
    raised = np.exp(logits / 1.7 - (logits / 1.7).max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        head.predict_proba(vectors), raised / raised.sum(axis=1, keepdims=True), rtol=1e-4, atol=1e-6
    )
    certain = replace(head, temperature=1e-6).predict_proba(vectors)
    assert np.isfinite(certain).all() and (certain.max(axis=1) == 1).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 119), st.integers(1, 120), st.integers(0, 3))
def test_a_row_gets_the_same_bits_in_any_company(start, size, seed):
    head, (vectors, _) = some_head(seed=seed), blobs(seed=seed)
    batch = vectors[start : start + size]
    whole = head.logits(vectors)[start : start + size]
    np.testing.assert_array_equal(head.logits(batch), whole)
    np.testing.assert_array_equal(head.logits(batch[:1]), whole[:1])
    np.testing.assert_array_equal(head.logits(np.asfortranarray(batch)), whole)


def test_chunks_do_not_show(monkeypatch):
    head, (vectors, _) = some_head(), blobs()
    whole = head.logits(vectors)
    monkeypatch.setattr(head_module, "CHUNK", 7)
    np.testing.assert_array_equal(head.logits(vectors), whole)


def test_no_rows_give_no_rows():
    head = some_head()
    assert head.predict_proba(np.empty((0, 24), np.float32)).shape == (0, 5)


def test_vectors_of_another_width_are_refused():
    with pytest.raises(ValueError, match="width 24"):
        some_head().predict(np.zeros((3, 23), np.float32))
    with pytest.raises(ValueError, match="width 24"):
        some_head().predict(np.zeros(24, np.float32))
