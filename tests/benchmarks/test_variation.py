"""A distance of partitions that studies of pictures report."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.lib.variation import variation_of_information  # noqa: E402

partitions = st.integers(2, 30).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(0, 4), min_size=n, max_size=n) for _ in range(3)))
)


def test_variation_of_information_of_a_split_is_what_the_split_adds():
    # Half of the rows are split in two: half of log 2.
    assert variation_of_information([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx(np.log(2) / 2)


def test_variation_of_information_of_independent_halves_is_both_entropies():
    assert variation_of_information([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(2 * np.log(2))


@given(partitions)
def test_names_of_clusters_do_not_matter(drawn):
    one, other, _ = map(np.array, drawn)
    assert variation_of_information(one, 7 - other) == pytest.approx(variation_of_information(one, other))


@given(partitions)
def test_a_partition_is_at_no_distance_from_itself(drawn):
    one = drawn[0]
    assert 0 <= variation_of_information(one, one) < 1e-9


@given(partitions)
def test_variation_of_information_is_a_distance(drawn):
    a, b, c = drawn
    assert variation_of_information(a, b) == pytest.approx(variation_of_information(b, a), abs=1e-12)
    assert variation_of_information(a, c) <= (
        variation_of_information(a, b) + variation_of_information(b, c) + 1e-9
    )
    assert variation_of_information(a, b) <= np.log(len(a)) + 1e-9
