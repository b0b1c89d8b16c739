"""The stage that teaches the head: what it learns, and what the run folder keeps of it."""

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
from localcluster.pipeline.head import teach_head
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
    """Another partition: some rows of the largest cluster in the second, and other numbers."""
    labels = partition.labels.copy()
    labels[:n] = 1
    return replace(partition, labels=(labels + 1) % K)


def test_a_head_learns_the_partition_in_its_numbering(bench, partition):
    other = replace(partition, labels=(partition.labels + 1) % K)
    taught = teach_head(bench, "topic", other, VIEWS)
    np.testing.assert_array_equal(taught.proba.argmax(axis=1), other.labels)
    vectors = fused_vectors(VIEWS, partition.selection.chosen.weights)
    np.testing.assert_array_equal(taught.proba, taught.head.predict_proba(vectors))
    assert taught.proba.shape == (N, K)
    np.testing.assert_allclose(taught.proba.sum(axis=1), 1, atol=1e-5)


def test_a_head_is_trained_once(bench, partition, monkeypatch):
    first = teach_head(bench, "topic", with_wrong(partition), VIEWS)
    monkeypatch.setattr(stage, "fit_head", lambda *_, **__: pytest.fail("the head was trained again"))
    second = teach_head(bench, "topic", with_wrong(partition), VIEWS)
    np.testing.assert_array_equal(first.proba, second.proba)
    assert first.evidence == second.evidence
    with pytest.raises(pytest.fail.Exception):
        teach_head(bench, "topic", partition, VIEWS)


@pytest.mark.slow
def test_two_criteria_keep_their_own_heads(bench, partition, monkeypatch):
    teach_head(bench, "topic", partition, VIEWS)
    other = teach_head(bench, "kind", with_wrong(partition), VIEWS)
    monkeypatch.setattr(stage, "fit_head", lambda *_, **__: pytest.fail("a head was overwritten"))
    teach_head(bench, "topic", partition, VIEWS)
    assert teach_head(bench, "kind", with_wrong(partition), VIEWS).evidence == other.evidence


@pytest.mark.parametrize("wrong", [0, 12])
def test_the_evidence_is_a_full_table_with_its_choice(bench, partition, wrong):
    found = teach_head(bench, "topic", with_wrong(partition, wrong), VIEWS).evidence
    assert from_json(HeadEvidence, json.loads(json.dumps(to_json(found), allow_nan=False))) == found
    assert len(found.trials) > 1
    assert found.fraction in {trial.fraction for trial in found.trials}
    assert 0 < found.taught_by <= N


def test_one_cluster_has_a_head_too(bench, partition):
    taught = teach_head(bench, "topic", replace(partition, labels=np.zeros(N, np.int64)), VIEWS)
    np.testing.assert_array_equal(taught.proba, np.ones((N, 1), np.float32))


def test_rows_that_are_all_alike_have_a_head(bench, partition):
    same = [replace(view, vectors=np.tile(view.vectors[:1], (N, 1))) for view in VIEWS]
    assert np.isfinite(teach_head(bench, "topic", partition, same).proba).all()
