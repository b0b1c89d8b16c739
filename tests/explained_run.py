"""A small finished run with what placed its rows."""

import numpy as np

from localcluster.results import ClusterCard, CriterionResult, RunResult
from localcluster.store import RunFolder, result_to_folder, write_row_evidence

ESCAPE = "\x1b]0;owned\x07[bold]\u202e"
PROBA = np.array([[0.9, 0.1], [0.55, 0.45], [0.8, 0.2], [0.7, 0.3]], np.float32)
NEIGHBOURS = np.array([[2, 1], [3, 0], [0, -1], [1, -1]])
LENS = [["late", "delay"], ["money"], [], ["cost", ESCAPE]]


def card(cluster, name, words, exemplars):
    return ClusterCard(
        cluster, 2, name, f"About {name}.", "model", words, exemplars, exemplars[:1], ("late",)
    )


def small_run():
    texts = [
        "my card has not arrived",
        "a fee for a late card",
        "cards arrive late",
        f"the fee is high {ESCAPE}",
    ]
    criteria = [
        CriterionResult(
            criterion=name,
            labels=np.array(labels),
            confidence=np.array([0.91, 0.12, 0.8, 0.7], np.float32),
            map_xy=np.zeros((4, 2), np.float32),
            clusters=[
                card(0, "delivery", ("card", "card arrived"), (0, 2)),
                card(1, "fees", ("fee",), (1, 3)),
            ],
            chosen="",
        )
        for name, labels in (("topic", [0, 1, 0, 1]), ("Who writes", [0, 0, 1, 1]))
    ]
    return RunResult(texts, ["7", "2", "x", "x"], criteria)


def write_run(path, result, recorded=True):
    with RunFolder.open(path) as folder:
        if recorded:
            for at, criterion in enumerate(result.criteria):
                runner_up = 1 - criterion.labels
                write_row_evidence(folder, at, criterion.labels, PROBA, runner_up, NEIGHBOURS, LENS)
        result_to_folder(folder, result)
    return path
