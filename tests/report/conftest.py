"""Small results to render."""

import numpy as np
import pytest

from localcluster.evidence import (
    AdaptationEvidence,
    Branch,
    CandidateEvidence,
    KEvidence,
    OracleEvidence,
    PairEvidence,
    QuestionCount,
    RoundEvidence,
    ScorerEvidence,
)
from localcluster.results import ClusterCard, CriterionResult, Evidence, RunResult


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
        evidence=Evidence(
            candidates=(
                CandidateEvidence("sentence embedder", "k-means", chosen=False, score=0.51234),
                CandidateEvidence("states 24", "spectral", chosen=True, score=0.7),
            ),
            notes=("A note on the choice.",),
            k=KEvidence(2, "silhouette", ((2, 0.31), (3, 0.28))),
        ),
    )


def _tree(leaves, height=4.0):
    """As ``dendrogram_top`` makes it, with one branch split off at each merge."""
    leaf = Branch(10, 0.5, words=("alpha", f"branch {leaves}"))
    return leaf if leaves == 1 else Branch(10 * leaves, height, (leaf, _tree(leaves - 1, height - 0.25)))


@pytest.fixture
def asked_k():
    """Where pairwise answers chose the number of clusters."""
    said = ((3, "different", 0.08), (4, "same", 0.75), (5, "same", 0.93), (6, "abstained", 0.5))
    return KEvidence(
        chosen=5,
        rule="change point",
        curve=tuple((k, 0.2 if 4 <= k <= 7 else 0.0002) for k in range(2, 200)),
        low=4,
        high=7,
        asked_range=(2, 200),
        pairs=tuple(PairEvidence("left text", "right text", *each) for each in said),
        dendrogram=_tree(8),
    )


@pytest.fixture
def oracle():
    """Of a run with a chosen and a refused scorer and two rounds."""
    shares = {"kind": "triplet", "n": 64, "order_consistency": 0.95, "order_bias": 0.01}
    right = {"accuracy": 0.86, "low": 0.75, "high": 0.92, "accepted": True, "reason": "It was right."}
    wrong = {"accuracy": 0.42, "low": 0.31, "high": 0.54, "accepted": False}
    moved = {"asked": 900, "abstained": 40, "estimated_accuracy": 0.71, "changed": 120, "checked": 100}
    stayed = {"asked": 800, "abstained": 0, "estimated_accuracy": 0.7, "changed": 30, "checked": 0}
    embedding = AdaptationEvidence("head", 800, 200, 0.013, 1.1, adopted=False, reason="Within noise.")
    return OracleEvidence(
        scorers=(
            ScorerEvidence("answer distributions", **shares, **right),
            ScorerEvidence(
                "choice tokens", **shares, **wrong, reason="It named the first choice every time."
            ),
        ),
        chosen="answer distributions",
        why="It was right more often than the others.",
        rounds=(
            RoundEvidence(
                1, **moved, supported=0.63, z=2.6, adopted=True, reason="Supported.", embedding=embedding
            ),
            RoundEvidence(2, **stayed, supported=0.5, z=0.0, adopted=False, reason="Too few to check."),
        ),
        questions=QuestionCount(2100, 0, 130.1),
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
