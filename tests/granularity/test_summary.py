"""What is shown of the hierarchy and its answers: the top of the tree, the pairs around the chosen k."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcluster.errors import ConfigError
from localcluster.evidence import PairEvidence
from localcluster.granularity import PairSample, build_hierarchy
from localcluster.granularity.summary import deciding_pairs, dendrogram_top
from localcluster.oracle import Answers


def hierarchy_of(n, seed=0):
    return build_hierarchy(np.random.default_rng(seed).normal(size=(n, 4)).astype(np.float32), 0)


def branches(node):
    return [node] if not node.children else [b for child in node.children for b in branches(child)]


def inner(node):
    return [node, *(x for child in node.children for x in inner(child))] if node.children else []


@given(st.integers(2, 60), st.integers(1, 70), st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_the_top_is_the_cut_with_the_merges_above_it(n, max_leaves, seed):
    hierarchy = hierarchy_of(n, seed)
    top = dendrogram_top(hierarchy, max_leaves)
    k = min(n, max_leaves)
    assert [b.size for b in branches(top)] == np.bincount(hierarchy.labels(k)).tolist()
    assert sorted(x.height for x in inner(top)) == hierarchy.heights[n - k :].tolist()
    for node in inner(top):
        assert node.size == sum(child.size for child in node.children)
        assert all(child.height <= node.height for child in node.children)


def test_branches_carry_the_words_of_their_own_rows():
    hierarchy = hierarchy_of(40)

    def words(labels):
        return [(f"first row {np.flatnonzero(labels == c)[0]}",) for c in range(labels.max() + 1)]

    expected = words(hierarchy.labels(5))
    assert [b.words for b in branches(dendrogram_top(hierarchy, 5, words=words))] == expected
    assert dendrogram_top(hierarchy, 5).children[0].words == ()


def test_a_dendrogram_without_branches_is_refused():
    with pytest.raises(ConfigError, match="0 branches"):
        dendrogram_top(hierarchy_of(5), 0)


def asked(steps, probability, abstained=()):
    m = len(steps)
    sample = PairSample(np.arange(2 * m).reshape(m, 2), np.array(steps), np.ones(m))
    answers = Answers(
        sample.pairs,
        np.zeros((m, 2), np.float32),
        np.array(probability, np.float32),
        np.isin(np.arange(m), abstained),
    )
    return sample, answers, [f"text {i}" for i in range(2 * m)]


def test_pairs_come_from_both_sides_of_the_chosen_number():
    shown = deciding_pairs(*asked(range(2, 52), [0.2] * 20 + [0.9] * 30), k=20, n=6)
    assert [pair.merge for pair in shown] == [17, 18, 19, 20, 21, 22]
    assert shown[0] == PairEvidence("text 30", "text 31", 17, "different", 0.2)
    assert shown[-1].answer == "same"


def test_abstentions_only_fill_up():
    sample, answers, texts = asked(range(2, 12), [0.9] * 10, abstained=(3, 4, 5))
    shown = deciding_pairs(sample, answers, texts, k=6, n=6)
    assert [pair.merge for pair in shown] == [2, 3, 4, 8, 9, 10]
    everything = deciding_pairs(sample, answers, texts, k=6, n=10)
    assert [p.merge for p in everything if p.answer == "abstained"] == [5, 6, 7]


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 16))
def test_the_side_with_more_makes_up_for_the_other(n_below, n_above, n):
    steps = [*range(20 - n_below, 20), *range(20, 20 + n_above)]
    shown = deciding_pairs(*asked(steps, [0.7] * len(steps)), k=20, n=n)
    assert len(shown) == min(n, len(steps))
    assert sum(pair.merge < 20 for pair in shown) >= min(n // 2, n_below)
    assert sum(pair.merge >= 20 for pair in shown) >= min(n // 2, n_above)


def test_answers_to_other_pairs_are_refused():
    sample, _, texts = asked([2, 3], [0.5, 0.5])
    _, answers, _ = asked([2], [0.5])
    with pytest.raises(ConfigError, match="2 pairs came with 1 answers"):
        deciding_pairs(sample, answers, texts, k=2)
