from __future__ import annotations

import numpy as np
import pytest

from localcluster.config import RunConfig
from localcluster.errors import ConfigError
from localcluster.scoring.metrics import clustering_accuracy, scores


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"by": ()}, "no criterion"),
        ({"by": ("  ",)}, "criterion is empty"),
        ({"by": (" ".join(["word"] * 500),)}, "500 words"),
        ({"by": ("topic", "Topic ")}, "given twice"),
        ({"by": ("topic",), "k": (1,)}, "at least 2"),
        ({"by": ("topic",), "k": (2, 3)}, "2 times for 1"),
        ({"by": ("topic",), "engine": "cloud"}, "engine"),
    ],
)
def test_a_bad_setting_is_one_sentence(settings, says):
    with pytest.raises(ConfigError, match=says) as caught:
        RunConfig.checked(source="a.csv", **settings)
    assert "pydantic" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_k_is_for_all_criteria_or_for_each():
    both = RunConfig.checked(source="a.csv", by=("x", "y"), k=(4,))
    each = RunConfig.checked(source="a.csv", by=("x", "y"), k=(4, None))
    assert [both.k_of(0), both.k_of(1)] == [4, 4]
    assert [each.k_of(0), each.k_of(1)] == [4, None]


def test_one_text_column_may_be_given_bare_as_old_records_have_it():
    def columns(named):
        return RunConfig.checked(source="a.csv", by=("x",), text_column=named).text_column

    assert columns("body") == columns(["body"]) == ("body",)
    assert columns(("subject", "body")) == ("subject", "body")
    assert columns(None) is columns(()) is None


def test_criteria_are_trimmed():
    assert RunConfig.checked(source="a.csv", by=("  what   it is ",)).by == ("what it is",)


def test_accuracy_matches_clusters_to_classes():
    truth = np.array([0, 0, 1, 1, 2, 2])
    assert clustering_accuracy(truth, np.array([5, 5, 3, 3, 9, 9])) == 1
    assert clustering_accuracy(truth, np.zeros(6)) == pytest.approx(1 / 3)
    assert scores(truth, truth) == {"acc": 1.0, "nmi": 1.0, "ari": 1.0}
