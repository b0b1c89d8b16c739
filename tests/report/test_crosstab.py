import numpy as np
import pytest

from localcluster.report.crosstab import MAX_COLUMNS, MAX_ROWS, MAX_TABLES, compare, cross_table
from localcluster.report.palette import cluster_colours, cluster_symbols
from localcluster.report.write import number


def test_counts_are_by_first_and_second(make_result):
    first, second = make_result(n=6, ks=(2, 3)).criteria
    table = cross_table(first, second)
    assert table.counts == [[1, 1, 1], [1, 1, 1]]
    assert np.allclose(table.shares, 1 / 3)
    assert table.relation.verdict == "independent"


def test_large_tables_are_folded_without_losing_rows(make_result):
    first, second = make_result(n=600, ks=(77, 150)).criteria
    table = cross_table(first, second)
    assert len(table.counts) == len(table.row_names) == MAX_ROWS + 1
    assert len(table.counts[0]) == len(table.column_names) == MAX_COLUMNS + 1
    assert sum(map(sum, table.counts)) == 600
    assert table.row_names[-1] == "52 smaller clusters"


def test_one_criterion_is_compared_with_nothing(make_result):
    assert compare(make_result(ks=(2,)).criteria) is None


@pytest.mark.parametrize("n_criteria", [2, 3, 4])
def test_every_two_criteria_are_compared_once(make_result, n_criteria):
    found = compare(make_result(n=24, ks=range(2, 2 + n_criteria)).criteria)
    assert len(found.tables) == len({t.anchor for t in found.tables}) == n_criteria * (n_criteria - 1) // 2
    assert all((found.matrix[i][j] is None) == (i == j) for i in range(n_criteria) for j in range(n_criteria))
    assert found.matrix[0][1] is found.matrix[1][0] is found.tables[0]
    assert found.choose == (len(found.tables) > MAX_TABLES)


def test_marks_differ_for_forty_clusters():
    marks = list(zip(cluster_colours(40), cluster_symbols(40), strict=True))
    assert len(set(marks)) == len(set(cluster_colours(40))) == 40
    assert cluster_colours(150)[:40] == cluster_colours(40)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "yes"), (12345, "12,345"), (0.123456, "0.123"), (None, ""), ("x", "x"), (2e5, "200,000")],
)
def test_numbers_are_shown_for_people(value, shown):
    assert number(value) == shown
