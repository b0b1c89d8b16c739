import numpy as np
import pytest
from blobs import blobs

from localcluster.embed.view import Standardizer, View
from localcluster.heads import adopt_head, adoption
from localcluster.heads.adoption import MARGIN
from localcluster.partition.candidates import NeighbourIndex


def view_of(name, kind, vectors):
    return View(name, kind, vectors, Standardizer.identity(vectors.shape[1]))


def shuffled(labels, share, seed=0):
    """Some rows in clusters at random."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(labels))[: int(share * len(labels))]
    out = labels.copy()
    out[rows] = rng.integers(0, labels.max() + 1, len(rows))
    return out


@pytest.fixture
def views():
    sentence, labels = blobs(3, 60, seed=0)
    criterion = np.empty_like(sentence)
    other, other_labels = blobs(3, 60, seed=1)
    criterion[np.argsort(labels, kind="stable")] = other[np.argsort(other_labels, kind="stable")]
    return [view_of("sentence", "sentence", sentence), view_of("states", "states", criterion)], labels


def test_a_partition_that_the_views_support_better_is_adopted(views):
    both, labels = views
    found = adopt_head(both, shuffled(labels, 0.3), labels)
    assert found.adopted and "so it is adopted" in found.reason
    assert found.evidence.gain >= MARGIN
    assert all(after > before for before, after in found.evidence.modularity.values())


def test_a_worse_partition_is_not(views):
    both, labels = views
    found = adopt_head(NeighbourIndex(both), labels, shuffled(labels, 0.3))
    assert not found.adopted and found.evidence.gain < 0 and "not adopted" in found.reason


def test_a_gain_below_the_margin_is_not_enough(views, monkeypatch):
    both, labels = views
    before = labels.copy()
    before[0] = (before[0] + 1) % 3
    assert adopt_head(both, before, labels).adopted
    monkeypatch.setattr(adoption, "MARGIN", 0.03)
    found = adopt_head(both, before, labels)
    assert 0 < found.evidence.gain < 0.03 and not found.adopted


def test_no_family_of_views_may_lose(views):
    (sentence, criterion), labels = views
    # The criterion view sees groups of its own. What the sentence view gains would pass.
    order = np.random.default_rng(0).permutation(180)
    elsewhere = view_of("states", "states", criterion.vectors[order])
    found = adopt_head([sentence, elsewhere], labels[order], labels)
    assert found.evidence.gain >= MARGIN and not found.adopted


def test_the_sentence_view_is_not_heard_where_selection_left_it_out(views):
    (sentence, criterion), labels = views
    unrelated = view_of("sentence", "sentence", sentence.vectors[np.random.default_rng(0).permutation(180)])
    before = shuffled(labels, 0.2)
    found = adopt_head([unrelated, criterion], before, labels, {"states": 1.0})
    assert found.adopted and list(found.evidence.modularity) == ["states"]
    alone = adopt_head([unrelated, criterion], before, labels, {"sentence": 1.0})
    assert set(alone.evidence.modularity) == {"sentence", "states"}


def test_one_family_of_views_judges_alone(views):
    (sentence, _), labels = views
    assert adopt_head([sentence], shuffled(labels, 0.3), labels).adopted


def test_the_same_partition_and_a_lost_cluster_are_not_adopted(views):
    both, labels = views
    assert "where it was" in adopt_head(both, labels, labels).reason
    merged = np.where(labels == 2, 1, labels)
    found = adopt_head(both, shuffled(labels, 0.9), merged)
    assert not found.adopted and "without rows" in found.reason
