from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from localcluster.boilerplate.context import CONTEXT, NEAREST, NOTHING, context, largest
from localcluster.boilerplate.density import Reference
from localcluster.embed.view import unit_rows

COLUMN = {name: number for number, name in enumerate(CONTEXT)}
EMPTY = Reference(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))


def vectors_of(n, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(n, 4)).astype(np.float32))


def test_a_part_is_seen_beside_the_others_of_its_row():
    first = np.array([2.0, -1.0, 3.0, 0.5], np.float32)
    found = context(first, vectors_of(4), np.array([0, 0, 0, 1]), EMPTY)
    above, best = found[:, COLUMN["logit above the best other part of its row"]], found[:, 1]
    assert above.tolist() == [-1.0, -4.0, 1.0, -NOTHING]
    assert best.tolist() == [3.0, 3.0, 2.0, NOTHING]
    assert found[:, COLUMN["logit of the part before"]].tolist() == [NOTHING, 2.0, -1.0, NOTHING]
    assert found[:, COLUMN["logit of the part behind"]].tolist() == [-1.0, 3.0, NOTHING, NOTHING]
    likelier = np.expm1(found[:, COLUMN["parts of its row that are likelier, log"]])
    np.testing.assert_allclose(likelier, [1, 2, 0, 0], atol=1e-6)


def test_equal_parts_have_each_other_beside_them():
    found = context(np.array([1.0, 1.0], np.float32), vectors_of(2), np.array([0, 0]), EMPTY)
    assert found[:, :2].tolist() == [[0.0, 1.0], [0.0, 1.0]]


def test_the_nearest_parts_of_other_rows_say_what_a_part_is():
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 0]]
    rows = np.array([0, 1, 2, 3])
    logits = np.array([9.0, -5.0, 4.0, -5.0], np.float32)
    reference = Reference(vectors, rows, logits)
    found = context(logits, vectors, rows, reference)
    # Its own logit is not among them: rows 1 and 3 say the same as row 0.
    assert found[0, COLUMN["logit of the nearest part of another row"]] == -5.0
    assert found[0, COLUMN["logit of the nearest parts of other rows, mean by nearness"]] == pytest.approx(
        -5.0, abs=0.01
    )
    assert found[0, COLUMN["nearness of these"]] == pytest.approx(2.0, abs=0.01)
    new = context(logits[:1], vectors[:1], np.array([-1]), reference)
    assert new[0, COLUMN["logit of the nearest part of another row"]] == 9.0


def test_no_parts_and_no_reference():
    assert context(np.zeros(0, np.float32), vectors_of(0), np.zeros(0, np.int64), EMPTY).shape == (0, 9)
    assert not context(np.zeros(2, np.float32), vectors_of(2), np.array([0, 1]), EMPTY)[:, 6:].any()


@given(st.integers(1, 30), st.integers(0, 50))
def test_columns_are_bounded_by_the_logits(n, seed):
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.integers(5, size=n))
    first = rng.normal(size=n).astype(np.float32) * 5
    vectors = vectors_of(n, seed)
    reference = Reference.of(vectors, rows).judged(first, rows)
    found = context(first, vectors, rows, reference)
    assert np.isfinite(found).all() and found.dtype == np.float32
    low, high = min(first.min(), NOTHING) - 1e-3, max(first.max(), NOTHING) + 1e-3
    assert np.all((found[:, 1:4] >= low) & (found[:, 1:4] <= high))
    assert np.all((found[:, 6] >= min(first.min(), 0) - 1e-3) & (found[:, 6] <= max(first.max(), 0) + 1e-3))
    assert np.all((found[:, 7] >= 0) & (found[:, 7] <= NEAREST))


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.integers(1, 30)),
        elements=st.sampled_from([-2, 0, 0.5, 1]),
    ),
    st.integers(1, 8),
)
def test_the_largest_are_those_that_a_stable_order_begins_with(values, count):
    count = min(count, values.shape[1])
    expected = np.argsort(-values, axis=1, kind="stable")[:, :count]
    np.testing.assert_array_equal(largest(values, count), expected)
