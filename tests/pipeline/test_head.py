"""The head follows the partition, and leads it only where the views support that."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from localcluster.config import RunConfig
from localcluster.embed import View
from localcluster.embed.view import Standardizer, unit_rows
from localcluster.evidence import HeadEvidence, from_json, to_json
from localcluster.items import Items
from localcluster.models import Models
from localcluster.partition import fit_partition
from localcluster.partition.fit import fused_vectors
from localcluster.pipeline import head as stage
from localcluster.pipeline.head import follow_with_head
from localcluster.pipeline.workbench import Workbench
from localcluster.store import RunFolder

K, N, WIDTH = 3, 120, 16
#: Of very different size, so that numbers by size are certain.
SIZES = (60, 40, 20)


def blobs(seed):
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(K), SIZES)
    centres = rng.normal(size=(K, WIDTH))
    return truth, unit_rows((centres[truth] + 0.3 * rng.normal(size=(N, WIDTH))).astype(np.float32))


TRUTH, STATES = blobs(1)
VIEWS = [
    View("states is@3", "states", STATES, Standardizer.identity(WIDTH), "is", 3),
    View("states is@4", "states", blobs(2)[1], Standardizer.identity(WIDTH), "is", 4),
]


@pytest.fixture
def bench(tmp_path):
    items = Items.from_texts([f"row {i}" for i in range(N)])
    with RunFolder.open(tmp_path / "run") as folder:
        yield Workbench(RunConfig(source="x", by=("topic",)), items, Models(None, None), folder)


@pytest.fixture
def partition():
    found = fit_partition(VIEWS, K, 0)
    np.testing.assert_array_equal(found.labels, TRUTH)
    return found


def with_wrong(partition, n=12):
    """Some rows of the largest cluster called the second, and clusters no more numbered by size."""
    labels = partition.labels.copy()
    labels[:n] = 1
    return replace(partition, labels=(labels + 1) % K)


def test_a_head_that_agrees_changes_nothing(bench, partition):
    found = follow_with_head(bench, "topic", partition, VIEWS)
    assert found.partition is partition
    assert not found.adoption.adopted
    np.testing.assert_array_equal(found.proba.argmax(axis=1), partition.labels)
    assert found.proba.shape == (N, K)
    np.testing.assert_allclose(found.proba.sum(axis=1), 1, atol=1e-5)


def test_an_adopted_head_numbers_clusters_as_the_partition_does(bench, partition):
    wrong = with_wrong(partition)
    found = follow_with_head(bench, "topic", wrong, VIEWS)
    assert found.adoption.adopted, found.adoption.reason
    labels = found.partition.labels
    assert (np.diff(np.bincount(labels)) < 0).all()
    assert (labels == TRUTH).mean() > 0.95
    vectors = fused_vectors(VIEWS, partition.selection.chosen.weights)
    np.testing.assert_array_equal(found.head.predict(vectors), labels)
    np.testing.assert_array_equal(found.proba, found.head.predict_proba(vectors))
    np.testing.assert_array_equal(found.partition.confidence, found.proba[np.arange(N), labels])
    assert found.adoption.reason in found.partition.notes
    np.testing.assert_array_equal(found.partition.vectors, wrong.vectors)


def test_copies_count_in_the_size_of_a_cluster(tmp_path, partition):
    texts = [f"row {i}" for i in range(N)] + [f"row {N - 1}"] * 200
    settings = RunConfig(source="x", by=("topic",))
    with RunFolder.open(tmp_path / "run") as folder:
        bench = Workbench(settings, Items.from_texts(texts), Models(None, None), folder)
        found = follow_with_head(bench, "topic", with_wrong(partition), VIEWS)
    assert found.adoption.adopted, found.adoption.reason
    assert found.partition.labels[N - 1] == 0


def test_a_head_is_trained_once(bench, partition, monkeypatch):
    first = follow_with_head(bench, "topic", with_wrong(partition), VIEWS)
    monkeypatch.setattr(stage, "fit_head", lambda *_, **__: pytest.fail("the head was trained again"))
    second = follow_with_head(bench, "topic", with_wrong(partition), VIEWS)
    np.testing.assert_array_equal(first.partition.labels, second.partition.labels)
    np.testing.assert_array_equal(first.proba, second.proba)
    assert first.evidence() == second.evidence()
    with pytest.raises(pytest.fail.Exception):
        follow_with_head(bench, "topic", partition, VIEWS)


@pytest.mark.slow
def test_two_criteria_keep_their_own_heads(bench, partition, monkeypatch):
    follow_with_head(bench, "topic", partition, VIEWS)
    other = follow_with_head(bench, "kind", with_wrong(partition), VIEWS)
    monkeypatch.setattr(stage, "fit_head", lambda *_, **__: pytest.fail("a head was overwritten"))
    follow_with_head(bench, "topic", partition, VIEWS)
    assert follow_with_head(bench, "kind", with_wrong(partition), VIEWS).evidence() == other.evidence()


@pytest.mark.parametrize("wrong", [0, 12])
def test_the_evidence_is_a_full_table_with_its_choice(bench, partition, wrong):
    found = follow_with_head(bench, "topic", with_wrong(partition, wrong), VIEWS).evidence()
    assert from_json(HeadEvidence, json.loads(json.dumps(to_json(found), allow_nan=False))) == found
    assert len(found.trials) > 1
    assert found.fraction in {trial.fraction for trial in found.trials}
    assert found.decision.adopted is (wrong > 0)
    assert 0 < found.taught_by <= N


def test_one_cluster_has_a_head_too(bench, partition):
    alone = replace(partition, labels=np.zeros(N, np.int64))
    found = follow_with_head(bench, "topic", alone, VIEWS)
    assert found.partition is alone
    np.testing.assert_array_equal(found.proba, np.ones((N, 1), np.float32))


def test_rows_that_are_all_alike_have_a_head(bench, partition):
    same = [replace(view, vectors=np.tile(view.vectors[:1], (N, 1))) for view in VIEWS]
    found = follow_with_head(bench, "topic", partition, same)
    assert np.isfinite(found.proba).all()


def test_rows_that_answers_moved_are_not_put_back(bench, partition):
    wrong = with_wrong(partition)
    assert follow_with_head(bench, "topic", wrong, VIEWS).adoption.adopted
    headed = follow_with_head(bench, "topic", wrong, VIEWS, answered=True)
    assert not headed.adoption.adopted
    np.testing.assert_array_equal(headed.partition.labels, wrong.labels)
    assert "answers support" in headed.evidence().why
