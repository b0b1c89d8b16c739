"""Geometry of the curve and the tree: inside the drawing, in order, cut at the right place."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.evidence import Branch
from localcluster.report.drawing import draw_curve, draw_tree, nice_ticks

values = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.dictionaries(st.integers(1, 5000), values, min_size=2, max_size=60), st.data())
def test_a_curve_stays_inside_its_area(points, data):
    points = sorted(points.items())
    ks = [k for k, _ in points]
    low, chosen, high = sorted(data.draw(st.tuples(*[st.sampled_from(ks)] * 3)))
    drawn = draw_curve(points, chosen, low, high)
    left, top, right, bottom = drawn.area
    spots = [tuple(map(float, spot.split(","))) for spot in drawn.line[1:].split()]
    assert len(spots) == len(points)
    assert all(left <= x <= right and top <= y <= bottom for x, y in spots)
    assert [x for x, _ in spots] == sorted(x for x, _ in spots)
    start, width = drawn.band
    assert left <= start <= drawn.mark <= start + width + 0.1
    for tick in drawn.x_ticks:
        assert ks[0] <= tick.value <= ks[-1] and left <= tick.at <= right
    assert all(top - 0.1 <= tick.at <= bottom + 0.1 for tick in drawn.y_ticks)


def test_a_flat_curve_and_a_narrow_range_are_drawn():
    drawn = draw_curve([(2, 0.5), (3, 0.5)], 2, 2, 2)
    assert drawn.band[1] > 0
    assert draw_curve([(2, 0.5), (3, 0.5)], 2).band is None


def test_a_long_axis_is_logarithmic():
    near, far = ([(k, 1.0 * k) for k in range(2, last)] for last in (11, 201))
    assert [t.value for t in draw_curve(near, 3).x_ticks] == list(range(2, 11))
    assert [t.value for t in draw_curve(far, 3).x_ticks] == [2, 5, 10, 20, 50, 100, 200]


@given(values, st.floats(1e-6, 1e6), st.integers(2, 10))
def test_ticks_are_few_and_within(low, span, most):
    ticks = nice_ticks(low, low + span, most)
    slack = 1e-6 * (abs(low) + span)
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)
    assert len(ticks) <= most + 2


def leaf(size=1, words=()):
    return Branch(size, 0.0, words=words)


def merge(height, *children):
    return Branch(sum(child.size for child in children), height, children)


TREE = merge(4.0, merge(3.0, leaf(5, words=("a", "b")), leaf(2)), merge(1.0, leaf(3), leaf(4)))


def test_branches_are_listed_from_top_to_bottom_with_their_words():
    drawn = draw_tree(TREE, 2)
    assert [(b.size, b.words) for b in drawn.branches] == [(5, "a, b"), (2, ""), (3, ""), (4, "")]
    ys = [b.y for b in drawn.branches]
    assert ys == sorted(set(ys)) and ys[-1] < drawn.size[1]


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_cut_crosses_as_many_branches_as_there_are_clusters(k):
    drawn = draw_tree(TREE, k)
    flat = re.findall(r"M([\d.]+),[\d.]+ H([\d.]+)", drawn.line)
    assert sum(float(a) < drawn.cut < float(b) for a, b in flat) == k


def test_a_cut_below_what_is_drawn_is_not_shown():
    assert draw_tree(TREE, 5).cut is None


def test_merges_of_equal_height_are_drawn():
    assert draw_tree(merge(2.0, leaf(), merge(2.0, leaf(), leaf())), 3).cut is not None


def test_long_words_do_not_leave_the_drawing():
    assert len(draw_tree(merge(1.0, leaf(words=("x" * 500,)), leaf()), 2).branches[0].words) < 60
