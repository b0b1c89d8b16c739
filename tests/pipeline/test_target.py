from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from fakes import models, reviews

from localcluster.config import RunConfig
from localcluster.items import Items
from localcluster.oracle import Oracle
from localcluster.oracle.calibration import calibrate
from localcluster.pipeline.ask import Questioner
from localcluster.pipeline.embedding import embed_by_criteria, embed_sentences
from localcluster.pipeline.target import target_by_answers
from localcluster.pipeline.workbench import Workbench
from localcluster.progress import SILENT
from localcluster.store import RunFolder
from localcluster.testing import SimulatedScorer

TEXTS, SENTIMENT, _ = reviews(90)


@pytest.fixture
def bench(tmp_path):
    with RunFolder.open(tmp_path / "run") as folder:
        config = RunConfig.checked(source="-", by=("sentiment",), k=(2,))
        yield Workbench(config, Items.from_texts(TEXTS), models(), folder)


def asked(bench, monkeypatch, scorer):
    """A questioner whose trusted scorer is the one given, and the target embedding by the index."""
    items, llm = bench.items, bench.models.llm
    (target,) = embed_by_criteria(["sentiment"], [2], items, llm, bench.folder, 0, SILENT)
    sentence = embed_sentences(items, bench.models.embedder, bench.folder, SILENT)
    questioner = Questioner(bench, "sentiment", [sentence, *target.views])
    oracle = None
    if scorer is not None:
        oracle = Oracle(scorer, TEXTS)
        rng = np.random.default_rng(0)
        triplets = np.stack([rng.permutation(len(TEXTS))[:3] for _ in range(128)])
        query, first, second = (SENTIMENT[column] for column in triplets.T)
        clear = (query == first) != (query == second)
        answers = oracle.ask_triplets(triplets[clear])
        oracle.calibration = calibrate(scorer.name, "triplet", answers.scores, (query == first)[clear])
    monkeypatch.setattr(Questioner, "panel", lambda self, kind: SimpleNamespace(oracle=oracle))
    return questioner, target


def test_answers_choose_a_target_and_keep_the_answers_last(bench, monkeypatch):
    questioner, target = asked(bench, monkeypatch, SimulatedScorer(SENTIMENT, accuracy=0.95))
    found = target_by_answers(bench, "sentiment", target, questioner, 0)
    assert found.choice is not None
    assert found.choice.answered > 0
    assert found.target.views[-1].kind == "answers"
    assert all(len(view.vectors) == len(TEXTS) for view in found.target.views)
    told = found.evidence()
    assert told.judge == "answers"
    assert len(told.figures) == 8
    assert told.chosen == found.choice.chosen


def test_where_nobody_is_trusted_the_index_decides(bench, monkeypatch):
    questioner, target = asked(bench, monkeypatch, None)
    found = target_by_answers(bench, "sentiment", target, questioner, 0)
    assert found.choice is None
    assert found.target is target
    told = found.evidence()
    assert told.judge == "index"
    assert told.chosen == target.wording
    assert told.chosen in told.figures


@pytest.mark.parametrize(("knows_same", "per_item"), [(False, False), (True, True)])
def test_a_scorer_that_only_orders_or_reads_the_states_may_not_judge(
    bench, monkeypatch, knows_same, per_item
):
    scorer = SimulatedScorer(SENTIMENT, accuracy=1.0)
    questioner, target = asked(bench, monkeypatch, scorer)
    assert questioner.can_judge
    monkeypatch.setattr(SimulatedScorer, "knows_same", knows_same)
    monkeypatch.setattr(SimulatedScorer, "per_item", per_item)
    assert not questioner.can_judge
    assert questioner.answer(np.array([[0, 1, 2]]), "x") is None
    assert target_by_answers(bench, "sentiment", target, questioner, 0).target is target
