import numpy as np
import pytest
import torch
from blobs import blobs
from hypothesis import given
from hypothesis import strategies as st

from localcluster.heads import fit, fit_head
from localcluster.heads.compression import Compression
from localcluster.heads.fit import hold_out
from localcluster.heads.training import Lesson, train
from localcluster.heads.trial import (
    MIN_GAIN,
    PATIENCE,
    calibrated,
    cross_entropy,
    temperature_by_folds,
    try_fraction,
)
from localcluster.papers import HEAD_CONFIDENT_SHARE, HEAD_EPOCHS


def lesson_of(vectors, labels, k):
    return Lesson(vectors, np.eye(k, dtype=np.float32)[labels], np.ones(len(labels), np.float32))


def test_the_head_learns_the_partition_and_keeps_its_numbers():
    vectors, labels = blobs(4, 40)
    fitted = fit_head(vectors, labels, random_state=0)
    assert (fitted.labels == labels).mean() > 0.97
    new, _ = blobs(4, 40, seed=0)
    np.testing.assert_array_equal(fitted.head.predict(new), fitted.labels)
    assert fitted.proba.shape == (160, 4)
    np.testing.assert_allclose(fitted.proba.sum(axis=1), 1, rtol=1e-5)
    assert fitted.head.hidden_weight.shape == (24, 512)


def test_same_seed_same_bits_and_torch_is_left_as_it_was():
    vectors, labels = blobs()
    few = {"fractions": (0.3,)}
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    first = vars(fit_head(vectors, labels, random_state=1, **few).head)
    assert torch.equal(torch.get_rng_state(), state) and torch.get_num_threads() == threads
    with torch.random.fork_rng():
        torch.manual_seed(99)
        second = vars(fit_head(vectors, labels, random_state=1, **few).head)
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    other = vars(fit_head(vectors, labels, random_state=2, **few).head)
    assert any((array != other[name]).any() for name, array in first.items())


def test_wrong_labels_at_the_edge_do_not_teach_a_small_share():
    vectors, labels = blobs(2, 60, spread=0.5)
    wrong = np.random.default_rng(0).permutation(len(labels))[:12]
    told = labels.copy()
    told[wrong] = 1 - told[wrong]
    fitted = fit_head(vectors, told, random_state=0, fractions=(HEAD_CONFIDENT_SHARE,))
    assert (fitted.labels == labels).mean() > 0.98


def test_evidence_tells_every_share_tried():
    vectors, labels = blobs(spread=1.5)
    fitted = fit_head(vectors, labels, random_state=0)
    evidence = fitted.evidence
    assert [trial.fraction for trial in evidence.trials] == [HEAD_CONFIDENT_SHARE, 0.6, 1.0]
    best = min(evidence.trials, key=lambda trial: trial.cross_entropy)
    assert (evidence.fraction, fitted.epochs) == (best.fraction, best.epochs)
    assert f"{fitted.fraction:.0%}" in evidence.why and str(fitted.epochs) in evidence.why


def test_held_out_rows_are_a_fifth_of_every_cluster_that_can_spare_one():
    labels = np.repeat([0, 1, 2], [50, 10, 4])
    held = hold_out(labels, 0)
    assert [held[labels == cluster].sum() for cluster in range(3)] == [10, 2, 0]
    assert hold_out(np.arange(4), 0).sum() == 1


@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.integers(0, 9))
def test_no_cluster_is_held_out_whole(drawn, seed):
    labels = np.unique(drawn, return_inverse=True)[1]
    held = hold_out(labels, seed)
    assert 0 < held.sum() < len(labels)
    sizes = np.bincount(labels)
    if sizes.max() >= 5:
        np.testing.assert_array_equal(np.bincount(labels[held], minlength=len(sizes)), sizes // 5)


def test_training_stops_where_held_out_pseudo_labels_gain_no_more():
    # Labels at random teach nothing that holds for held-out rows.
    vectors, random = np.random.default_rng(0).normal(size=(120, 24)).astype(np.float32), np.arange(120) % 3
    held = hold_out(random, 0)
    trial = try_fraction(lesson_of(vectors, random, 3), 1.0, np.ones(120, bool), held, 0)
    assert len(trial.curve) < HEAD_EPOCHS
    assert len(trial.curve) == trial.epochs + PATIENCE
    reached = dict(trial.curve)
    assert min(reached.values()) > reached[trial.epochs] - MIN_GAIN
    assert trial.head.temperature > 1


def test_temperature_makes_held_out_rows_likeliest():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(400, 3)).astype(np.float32) * 2
    raised = np.exp(logits / 3)
    chosen = (rng.random((400, 1)) > (raised / raised.sum(1, keepdims=True)).cumsum(1)).sum(1)
    lesson = lesson_of(logits, chosen, 3)
    best = calibrated(logits, lesson)
    assert 2 < best < 4.5
    for other in (best / 1.5, best * 1.5, 1.0):
        assert cross_entropy(logits, lesson, best) < cross_entropy(logits, lesson, other)


def test_counts_teach():
    vectors, labels = blobs(2, 40)
    counts = np.where(labels == 0, 50, 1)
    heavy = fit_head(np.zeros_like(vectors), labels, random_state=0, counts=counts)
    assert (heavy.labels == 0).all()


def test_a_compressed_head_scores_uncompressed_rows_alike():
    vectors, labels = blobs(3, 40)
    compression = Compression.fit(vectors, 0, 10)
    small = compression.apply(vectors)
    assert small.shape == (120, 10)
    assert np.square(small).mean() == pytest.approx(1, rel=0.05)
    head = train(lesson_of(small, labels, 3), 5, 0)
    np.testing.assert_allclose(
        compression.absorbed_by(head).logits(vectors), head.logits(small), rtol=1e-3, atol=1e-4
    )


def test_tiny_and_lopsided_inputs_pass():
    vectors, _ = blobs(1, 4)
    for n in (1, 2, 4):
        assert np.isfinite(fit_head(vectors[:n], np.arange(n) // 2, random_state=0).proba).all()
    alone = fit_head(vectors, np.zeros(4, np.int64), random_state=0)
    assert (alone.labels == 0).all() and (alone.proba == 1).all()
    # Labels are numbered in their order: one that no row has is no cluster.
    assert fit_head(vectors, np.array([0, 0, 2, 2]), random_state=0).proba.shape == (4, 2)
    twins = np.repeat(vectors[:1], 6, axis=0)
    assert np.isfinite(fit_head(twins, np.array([0, 0, 0, 1, 1, 1]), random_state=0).proba).all()


def test_progress_counts_up_to_its_total():
    vectors, labels = blobs(2, 20)
    told = []
    fit_head(vectors, labels, random_state=0, progress=lambda done, total: told.append((done, total)))
    done = [now for now, _ in told]
    assert done == sorted(done) and told[-1][0] == told[-1][1]


def test_a_head_taught_by_few_rows_is_not_surer_of_new_ones_than_it_is_right():
    surer = []
    for seed in range(4):
        vectors, labels = blobs(7, 60, spread=3.0, seed=seed)
        head = fit_head(vectors[:30], labels[:30], random_state=0).head
        right = head.predict(vectors[30:]) == labels[30:]
        surer.append(head.predict_proba(vectors[30:]).max(axis=1).mean() - right.mean())
    assert np.mean(surer) < 0.18


def test_every_row_is_left_out_once_where_few_are_held_out(monkeypatch):
    seen = []

    def noted(lesson, *given):
        seen.append(len(lesson))
        return temperature_by_folds(lesson, *given)

    monkeypatch.setattr(fit, "temperature_by_folds", noted)
    fit_head(*blobs(2, 20), fractions=(1.0,))
    assert seen == [40]
    monkeypatch.setattr(fit, "CALIBRATED_BY", 8)
    fit_head(*blobs(2, 20), fractions=(1.0,))
    assert seen == [40]


def test_a_cluster_of_one_row_does_not_decide_how_sure_the_head_is():
    vectors, labels = blobs(3, 12, spread=0.3)
    alone = np.append(labels[:-1], 3)
    with_one, without = fit_head(vectors, alone).head, fit_head(vectors, labels).head
    assert with_one.temperature < 4 * without.temperature
    assert np.isfinite(fit_head(np.eye(3), [0, 1, 2]).proba).all()
