"""What placed each row is read back as written, and believed of the clustering it was written for only."""

from __future__ import annotations

import numpy as np
import pytest

from localcluster.store import read_row_evidence, write_row_evidence

LABELS = np.array([0, 1, 0])
PROBA = np.array([[0.9, 0.1], [0.6, 0.4], [0.5, 0.5]], np.float32)
RUNNER_UP = np.array([1, 0, 1])
NEIGHBOURS = np.array([[0, 2, -1], [1, -1, -1], [0, 2, 1]])
WORDS = [["glad", "happy"], [], ["happy", 'new\nline "\u65e5']]


def test_everything_is_read_back(folder):
    write_row_evidence(folder, 1, LABELS, PROBA, RUNNER_UP, NEIGHBOURS, WORDS)
    found = read_row_evidence(folder.path, 1, LABELS)
    np.testing.assert_array_equal(found.proba_top, PROBA)
    np.testing.assert_array_equal(found.runner_up, RUNNER_UP)
    np.testing.assert_array_equal(found.neighbours, NEIGHBOURS)
    assert [list(words) for words in found.lens_words] == WORDS


def test_without_a_language_model_there_are_no_words(folder):
    write_row_evidence(folder, 0, LABELS, PROBA, RUNNER_UP, NEIGHBOURS)
    assert read_row_evidence(folder.path, 0, LABELS).lens_words is None


def test_evidence_of_another_clustering_is_not_believed(folder):
    write_row_evidence(folder, 0, LABELS, PROBA, RUNNER_UP, NEIGHBOURS)
    assert read_row_evidence(folder.path, 0, np.array([1, 1, 0])) is None
    assert read_row_evidence(folder.path, 1, LABELS) is None


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_damaged_evidence_is_not_believed(folder, share):
    write_row_evidence(folder, 0, LABELS, PROBA, RUNNER_UP, NEIGHBOURS, WORDS)
    path = folder.path / "results" / "rows-0.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert read_row_evidence(folder.path, 0, LABELS) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"proba_top": PROBA[:2]},
        {"proba_top": PROBA[:, :1]},
        {"runner_up": RUNNER_UP[:2]},
        {"neighbours": RUNNER_UP},
        {"lens_words": []},
    ],
)
def test_shapes_that_do_not_fit_are_refused(folder, wrong):
    given = {"proba_top": PROBA, "runner_up": RUNNER_UP, "neighbours": NEIGHBOURS, "lens_words": WORDS}
    with pytest.raises(ValueError, match="3 labels"):
        write_row_evidence(folder, 0, LABELS, **(given | wrong))
