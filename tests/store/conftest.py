"""A run folder and a small result."""

from __future__ import annotations

import numpy as np
import pytest

from localcluster.evidence import CandidateEvidence
from localcluster.results import ClusterCard, CriterionResult, Evidence, RunResult
from localcluster.store import RunFolder


def card(cluster: int, name: str, size: int = 1) -> ClusterCard:
    return ClusterCard(cluster, size, name, f"About {name}.", "words", ("a", "b"), (0,), (1,))


def build_criterion(words: str, names: list[str], labels: list[int]) -> CriterionResult:
    n = len(labels)
    return CriterionResult(
        criterion=words,
        labels=np.array(labels),
        confidence=np.linspace(0, 1, n, dtype=np.float32),
        map_xy=np.arange(2 * n, dtype=np.float32).reshape(n, 2),
        clusters=[card(i, name, labels.count(i)) for i, name in enumerate(names)],
        chosen="The only one there was.",
        evidence=Evidence(candidates=(CandidateEvidence("words", "k-means", chosen=True, score=0.5),)),
    )


@pytest.fixture
def criterion():
    """Builds a criterion's result from its words, cluster names and labels."""
    return build_criterion


@pytest.fixture
def result() -> RunResult:
    return RunResult(
        texts=["good", "bad", "so-so"],
        ids=["007", "008", "008"],
        criteria=[
            build_criterion("mood", ["glad", "sad"], [0, 1, 0]),
            build_criterion("kind", ["any", "none"], [1, 0, 0]),
        ],
        facts={"seed": 0, "input": ["1 row repeats an id"]},
    )


@pytest.fixture
def folder(tmp_path):
    with RunFolder.open(tmp_path / "run") as opened:
        yield opened
