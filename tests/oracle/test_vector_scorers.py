from __future__ import annotations

import numpy as np
import pytest

from localcluster.embed.view import unit_rows
from localcluster.oracle import VectorScorer, short_answer_vectors
from localcluster.testing import ScriptedModel

ANGLES = np.array([0.0, 0.2, 1.5, 3.0])
VECTORS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)


def test_the_nearer_choice_wins_and_swapping_turns_the_sign():
    scorer = VectorScorer("answers", VECTORS)
    scores = scorer.triplets(np.array([[0, 1, 2], [0, 2, 1], [3, 2, 0]]))
    assert scores[0] == -scores[1] > 0
    assert scores[2] > 0
    np.testing.assert_allclose(scorer.pairs(np.array([[0, 1], [0, 3]])), np.cos([0.2, 3.0]), rtol=1e-5)


def test_fingerprints_follow_name_and_content():
    others = [VectorScorer("b", VECTORS), VectorScorer("a", -VECTORS), VectorScorer("a", VECTORS, "key")]
    assert VectorScorer("a", VECTORS).fingerprint == VectorScorer("a", VECTORS.copy()).fingerprint
    assert len({s.fingerprint for s in [VectorScorer("a", VECTORS), *others]}) == 4


class LetterEmbedder:
    name = "letters"
    sha256 = "0" * 64

    def __init__(self):
        self.seen = []

    def encode(self, sentences, progress=None):
        self.seen += sentences
        counts = [[s.count(c) for c in "abcdefghijklmnopqrstuvwxyz"] for s in sentences]
        return unit_rows(np.array(counts, dtype=np.float32))


def test_short_answers_bring_texts_of_one_answer_together():
    model = ScriptedModel(script={"soup": "\n food\nbecause", "battery": "gadget", "plot": "  "})
    embedder = LetterEmbedder()
    done = []
    texts = ["cold soup", "hot soup", "flat battery", "thin plot"]
    vectors = short_answer_vectors(
        model, embedder, "kind", texts, progress=lambda *counts: done.append(counts)
    )
    assert embedder.seen == ["food", "food", "gadget", "nothing"]
    assert done[-1] == (4, 4)
    scores = VectorScorer("short answers", vectors).pairs(np.array([[0, 1], [0, 2]]))
    assert scores[0] == pytest.approx(1.0)
    assert scores[1] < 0.1


def test_one_answer_for_all_texts_is_no_evidence():
    model = ScriptedModel(script=lambda text: "thing")
    vectors = short_answer_vectors(model, LetterEmbedder(), "kind", ["a b", "c d", "e f"])
    np.testing.assert_allclose(VectorScorer("short answers", vectors).triplets(np.array([[0, 1, 2]])), 0)
