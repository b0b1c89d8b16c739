"""Small data and answers for the tests of the triplets room."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from localcluster.embed.view import Standardizer, View, unit_rows
from localcluster.oracle import Answers, Oracle
from localcluster.partition import Partition
from localcluster.testing import SimulatedScorer


def blobs(n=300, k=3, d=8, spread=0.6, seed=0):
    """Unit rows around ``k`` random directions, and the blob of each."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % k
    centres = unit_rows(rng.normal(size=(k, d)).astype(np.float32))
    rows = centres[truth] + spread * rng.normal(size=(n, d))
    return unit_rows(rows.astype(np.float32)), truth.astype(np.int64)


def corrupted(truth, share, seed=0):
    """Labels with that share of the rows in a wrong cluster."""
    rng = np.random.default_rng(seed)
    labels = truth.copy()
    wrong = rng.choice(len(truth), round(share * len(truth)), replace=False)
    k = int(truth.max()) + 1
    labels[wrong] = (labels[wrong] + rng.integers(1, k, len(wrong))) % k
    return labels


def texts_of(n):
    return [f"text {row}" for row in range(n)]


def view_of(vectors):
    return View("sentence", "sentence", vectors, Standardizer.identity(vectors.shape[1]))


def partition_of(vectors, labels):
    return Partition(labels, np.ones(len(labels), np.float32), vectors, selection=None)


def oracle_of(truth, store=None, **simulated):
    return Oracle(SimulatedScorer(truth, **simulated), texts_of(len(truth)), store)


def answers_of(questions, probability, abstained=None):
    """Answers with these probabilities of choice 1."""
    questions = np.array(questions, dtype=np.int64).reshape(-1, 3)
    probability = np.broadcast_to(np.asarray(probability, np.float32), len(questions)).copy()
    scores = np.stack([probability - 0.5] * 2, axis=1)
    if abstained is None:
        abstained = np.zeros(len(questions), bool)
    return Answers(questions, scores, probability, np.asarray(abstained, bool))


@st.composite
def clustered(draw, max_rows=40):
    """Vectors (often with equal rows) and labels ``0..k-1`` without gaps, 2 <= k <= n, n from 3."""
    n = draw(st.integers(3, max_rows))
    d = draw(st.integers(1, 5))
    k = draw(st.integers(2, n))
    values = st.floats(-2, 2, width=32).map(lambda x: round(x, 1))
    vectors = draw(arrays(np.float32, (n, d), elements=values))
    rest = draw(st.lists(st.integers(0, k - 1), min_size=n - k, max_size=n - k))
    labels = np.array(draw(st.permutations([*range(k), *rest])), dtype=np.int64)
    return vectors, labels
