"""A scorer is one class and one line of a table: runs, functions and the report know it by that."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from docs_pages import ROOT
from fakes import NEGATIVE, POSITIVE, models, reviews

import localcluster
from localcluster.config import RunConfig
from localcluster.errors import ConfigError
from localcluster.oracle import SCORERS, ModelScorer
from localcluster.pipeline.run import run

TEXTS = reviews(120)[0]


class MoodScorer(ModelScorer):
    """Counts words of a mood: always right by sentiment, and at chance by anything else."""

    name = "words of a mood"
    way = "how many words of a mood each two {many} share"
    texts_read = MappingProxyType({"triplet": 1, "pair": 1})

    def triplets(self, triplets, progress=None):
        return self.pairs(triplets[:, [0, 1]]) - self.pairs(triplets[:, [0, 2]])

    def pairs(self, pairs, progress=None):
        mood = np.array([sum(w in t for w in POSITIVE) - sum(w in t for w in NEGATIVE) for t in self._rows])
        return np.sign(mood[pairs[:, 0]] * mood[pairs[:, 1]]).astype(np.float32)


@pytest.fixture
def registered(monkeypatch):
    # A line of the table.
    monkeypatch.setitem(SCORERS, MoodScorer.name, MoodScorer)


def test_a_run_tries_it_and_the_report_says_how_it_asks(registered, tmp_path):
    table = tmp_path / "rows.txt"
    table.write_text("\n".join(TEXTS) + "\n")
    config = RunConfig.checked(
        source=str(table), out=tmp_path / "run", by=("sentiment",), k=(2,), triplets=40, view="sentence"
    )
    finished = run(config, models=models())
    tried = {each.scorer: each for each in finished.result.criteria[0].evidence.oracle.scorers}
    assert tried[MoodScorer.name].accuracy >= 0.5
    page = finished.report.read_text(encoding="utf-8")
    assert "how many words of a mood each two texts share" in page


def test_a_function_asks_it_by_its_name(registered):
    llm = models().llm
    found = localcluster.ask_pairs(TEXTS, [[0, 1], [2, 3]], "sentiment", llm, scorer=MoodScorer.name)
    assert len(found) == 2


def test_without_the_line_nobody_knows_it():
    with pytest.raises(ConfigError, match="scorer='words of a mood' is not known"):
        localcluster.ask_pairs(TEXTS, [[0, 1]], "sentiment", models().llm, scorer=MoodScorer.name)


@pytest.mark.parametrize("name", SCORERS)
def test_the_docs_name_every_scorer(name):
    page = " ".join((ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8").split())
    assert f"*{name}*" in page
    assert SCORERS[name].way
