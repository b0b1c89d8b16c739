"""Small results to render."""

import numpy as np
import pytest

from localcluster.results import ClusterCard, CriterionResult, RunResult


def make_criterion(criterion, labels, texts, seed=0, /, **card):
    rng = np.random.default_rng(seed)
    labels = np.asarray(labels, dtype=np.int64)
    cards = []
    for c in range(int(labels.max()) + 1):
        rows = tuple(int(i) for i in np.flatnonzero(labels == c))
        fields = {
            "name": f"Cluster name {c}",
            "description": f"Description {c}.",
            "named_by": "model",
            "words": ("alpha", "beta"),
        } | card
        cards.append(
            ClusterCard(cluster=c, size=len(rows), exemplars=rows[:5], least_confident=rows[-3:], **fields)
        )
    return CriterionResult(
        criterion=criterion,
        labels=labels,
        confidence=rng.random(len(texts), dtype=np.float32),
        map_xy=rng.normal(size=(len(texts), 2)).astype(np.float32),
        clusters=cards,
        chosen="Chosen because of the evidence.",
        evidence={
            "candidates": [
                {"view": "sentence embedder", "partition": "k-means", "chosen": False, "support": 0.51234},
                {"view": "states 24", "partition": "spectral", "chosen": True, "support": 0.7, "extra": None},
            ],
            "notes": ["A note on the choice."],
            "k": {"curve": ((2, 0.31), (3, 0.28))},
            "weights": {},
        },
    )


@pytest.fixture
def make_result():
    def make(n=12, ks=(2, 3), texts=None, **card):
        texts = texts or [f"text number {i}" for i in range(n)]
        n = len(texts)
        criteria = [make_criterion(f"criterion {k}", np.arange(n) % k, texts, k, **card) for k in ks]
        facts = {
            "models": {"embedder": {"name": "tiny", "sha256": "ab12"}},
            "notes": ["3 empty rows share one cluster."],
            "versions": {"localcluster": "0.1.0"},
            "seconds": {"embed": 12.345},
        }
        return RunResult(texts, [f"id{i}" for i in range(n)], criteria, facts)

    return make
