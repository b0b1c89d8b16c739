from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.boilerplate.density import (
    DENSITY,
    REFERENCE_ROWS,
    REFERENCE_UNITS,
    Reference,
    density,
    rest_of_rows,
    rows_of,
)
from localcluster.embed.view import unit_rows


def some(n, d=6, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32))


def test_a_part_is_never_compared_with_its_own_row():
    # Row 0 says the same three times, and nobody else says anything like it.
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 0, 1, 2, 3]]
    rows = np.array([0, 0, 0, 1, 2, 3])
    found = density(vectors, rows, Reference.of(vectors, rows))
    assert found[:3, 0].max() == pytest.approx(0)
    assert found[:3, 2].max() == found[:3, 3].max() == 0
    # The same text as a row that is not in the reference finds all three.
    new = density(vectors[:1], np.array([-1]), Reference.of(vectors, rows))
    assert new[0, 0] == pytest.approx(1)
    assert new[0, 3] == pytest.approx(1 / 4)


def test_what_everybody_says_is_near_all_other_rows():
    vectors = np.eye(6, dtype=np.float32)[[0, 1, 0, 2, 0, 3, 0, 4]]
    rows = np.repeat(np.arange(4), 2)
    found = density(vectors, rows, Reference.of(vectors, rows))
    assert found[::2, 2].tolist() == found[::2, 3].tolist() == [1, 1, 1, 1]
    assert found[1::2, 2].max() == 0


def test_the_rest_of_a_row_leaves_the_part_out():
    vectors = np.eye(3, dtype=np.float32)[[0, 1, 2]]
    rest = rest_of_rows(vectors, np.array([5, 5, 9]))
    np.testing.assert_allclose(rest, [[0, 1, 0], [1, 0, 0], [0, 0, 0]], atol=1e-6)


def test_large_inputs_give_what_small_ones_give():
    vectors, rows = some(2600), np.repeat(np.arange(1300), 2)
    reference = Reference.of(vectors, rows)
    whole = density(vectors, rows, reference)
    np.testing.assert_allclose(
        whole[1400:1402], density(vectors[1400:1402], rows[1400:1402], reference), atol=1e-5
    )


def test_a_reference_is_a_sample_of_rows_and_the_same_when_stored():
    vectors, rows = some(3000), np.repeat(np.arange(1000), 3)
    reference = Reference.of(vectors, rows)
    assert len(np.unique(reference.rows)) == REFERENCE_ROWS
    assert np.all(np.diff(reference.rows) >= 0)
    assert len(reference.vectors) == 3 * REFERENCE_ROWS <= REFERENCE_UNITS
    assert np.array_equal(reference.vectors, reference.vectors.astype(np.float16))
    again = Reference.of(vectors, rows)
    assert np.array_equal(reference.rows, again.rows)
    crowded = Reference.of(some(9000), np.repeat(np.arange(300), 30))
    assert len(crowded.vectors) == REFERENCE_UNITS


def test_logits_go_to_the_parts_that_were_drawn():
    rows = np.repeat(np.arange(1000), 3)
    vectors = some(3000)
    logits = np.arange(3000, dtype=np.float32)
    judged = Reference.of(vectors, rows).judged(logits, rows)
    chosen = judged.logits.astype(int)
    assert np.array_equal(rows[chosen], judged.rows)
    np.testing.assert_allclose(vectors[chosen], judged.vectors, atol=1e-3)


def test_without_a_reference_nothing_is_near():
    nothing = Reference(np.zeros((0, 6), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))
    assert not density(some(3), np.arange(3), nothing).any()
    assert density(some(0), np.zeros(0, np.int64), nothing).shape == (0, len(DENSITY))


def test_rows_of_units():
    assert rows_of([["a"], ["b", "c"], []]).tolist() == [0, 1, 1]
    assert rows_of([]).shape == (0,)


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 99))
def test_all_columns_are_bounded(n, n_rows, seed):
    rows = np.sort(np.random.default_rng(seed).integers(n_rows, size=n))
    vectors = some(n, seed=seed)
    found = density(vectors, rows, Reference.of(vectors, rows))
    assert found.shape == (n, len(DENSITY)) and found.dtype == np.float32
    assert np.all(np.abs(found) <= 1.01)
    assert np.all((found[:, 2:4] >= 0) & (found[:, 2:4] <= 1))
    assert np.all(found[:, 3] <= found[:, 2])
    assert np.all(found[:, 1] <= found[:, 0] + 1e-6)
