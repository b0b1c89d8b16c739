"""What words say of the number of clusters, and how it is weighed with the silhouette."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.partition.granularity import choose_k
from localcluster.partition.usual_k import (
    LEAST_SPREAD,
    Counted,
    Learnt,
    UsualK,
    ends_of_range,
    learnt,
    posterior,
    usual_k,
)

KNOWN = Learnt(
    (
        Counted("films", ("sentiment", "mood"), 2),
        Counted("shops", ("sentiment",), 3),
        Counted("bank", ("intent of the request", "intent"), 60),
        Counted("calls", ("intent",), 90),
    ),
    temperature=0.05,
    sharpness=8.0,
)


class ByLetters:
    """Texts are alike by their letters."""

    def encode(self, texts):
        counts = np.array([[text.count(letter) for letter in "adeimnoqrst"] for text in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


@pytest.mark.parametrize(("criterion", "low", "high"), [("sentiment", 2, 3), ("intent", 60, 90)])
def test_like_words_say_how_many(criterion, low, high):
    found = usual_k(criterion, ByLetters(), KNOWN)
    assert low <= np.exp(found.log_k) <= high
    assert found.spread >= LEAST_SPREAD


def test_the_package_has_learnt_from_open_sets():
    known = learnt()
    assert len(known.counted) > 140
    assert all(one.classes >= 2 and one.phrases for one in known.counted)
    assert min(known.temperature, known.sharpness) > 0


@given(
    st.lists(st.integers(2, 150), min_size=2, max_size=40, unique=True).map(sorted),
    st.floats(0.5, 5.0),
    st.floats(0.05, 2.0),
    st.floats(0.0, 20.0),
    st.randoms(use_true_random=False),
)
def test_it_is_a_distribution_whose_range_holds_its_median(ks, log_k, spread, sharpness, random):
    silhouettes = np.array([random.uniform(-0.2, 0.6) for _ in ks])
    p = posterior(np.array(ks), silhouettes, UsualK(log_k, spread), replace(KNOWN, sharpness=sharpness))
    assert p.sum() == pytest.approx(1) and (p >= 0).all()
    low, middle, high = ends_of_range(np.array(ks), p)
    assert ks[0] <= low <= middle <= high <= ks[-1]


def test_the_grid_of_numbers_does_not_decide():
    usual = UsualK(np.log(20), 0.5)
    fine, coarse = np.arange(2, 120), np.unique(np.geomspace(2, 120, 40).round().astype(int))
    middles = [ends_of_range(ks, posterior(ks, np.zeros(len(ks)), usual, KNOWN))[1] for ks in (fine, coarse)]
    assert middles == pytest.approx([20, 20], abs=2)


def test_clear_groups_outweigh_words_and_words_decide_where_nothing_is_clear():
    rng = np.random.default_rng(0)
    centres = 4 * np.eye(12)[rng.integers(12, size=600)]
    clear = (centres + rng.normal(0, 0.05, centres.shape)).astype(np.float32)
    assert choose_k(clear, 0, usual=UsualK(np.log(9), 0.5)).k == pytest.approx(12, abs=1)
    noise = rng.normal(size=(600, 12)).astype(np.float32)
    few, many = (choose_k(noise, 0, usual=UsualK(np.log(k), 0.2)) for k in (4, 40))
    assert few.low <= few.k <= few.high < many.low <= many.k <= many.high
    assert [round(sum(p for _, p in one.curve), 6) for one in (few, many)] == [1, 1]


def test_without_words_the_silhouette_chooses_alone():
    rng = np.random.default_rng(0)
    points = (4 * np.eye(5)[rng.integers(5, size=200)] + rng.normal(0, 0.1, (200, 5))).astype(np.float32)
    found = choose_k(points, 0)
    assert (found.k, found.low, found.high) == (5, None, None)
    assert replace(found, curve=()).k == max(found.curve, key=lambda point: point[1])[0]
