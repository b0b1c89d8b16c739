"""A backend is one class and one line of a table: settings, runs, help and the docs know it by that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from docs_pages import ROOT
from fakes import LEXICON, WordEmbedder, reviews

from localcluster import doctor
from localcluster.backends.engines import ENGINES, Engine
from localcluster.backends.open_model import open_model
from localcluster.config import ADAPT_CHOICES, RunConfig
from localcluster.errors import ConfigError
from localcluster.pipeline.run import run
from localcluster.testing import ScriptedModel
from localcluster.triplets import STRATEGIES


class ToyModel(ScriptedModel):
    """Knows the words of a mood, whatever its file holds."""

    def __init__(self, path):
        super().__init__(LEXICON)
        self.info = replace(self.info, name=path.name, engine="toy")

    @classmethod
    def open(cls, path, how):
        return cls(path)


@pytest.fixture
def registered(monkeypatch):
    # A line of the table.
    monkeypatch.setitem(ENGINES, "toy", Engine("toy", "a toy", ToyModel, formats=("toy",)))


@pytest.fixture
def weights(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    path = tmp_path / "moods.toy"
    path.write_bytes(b"moods")
    return path


@pytest.mark.parametrize("engine", ["auto", "toy"])
def test_a_run_opens_its_model_with_it(registered, weights, engine, tmp_path, monkeypatch):
    monkeypatch.setattr("localcluster.models.SentenceEmbedder", lambda path, adapter=None: WordEmbedder())
    table = tmp_path / "rows.txt"
    table.write_text("\n".join(reviews(60)[0]) + "\n")
    config = RunConfig.checked(
        source=str(table),
        out=tmp_path / "run",
        by=("sentiment",),
        k=(2,),
        rounds=0,
        llm=str(weights),
        embedder=str(tmp_path),
        engine=engine,
    )
    finished = run(config)
    models = finished.result.facts["models"]
    assert models["language model"]["engine"] == models["engine"]["engine"] == "toy"
    assert len(finished.result.criteria[0].clusters) == 2


def test_the_doctor_measures_it(registered):
    assert "speed, toy" in [one.subject for one in doctor.examine(llm="none", measure=True)]


def test_it_opens_its_own_files_only(registered, weights, tmp_path):
    with pytest.raises(ConfigError, match=r"is a \.toy file, and engine hf .* use a toy \(--engine toy"):
        open_model(weights, "hf")
    with pytest.raises(ConfigError, match=r"is a folder, and engine toy runs files\. Give a \.toy file"):
        open_model(tmp_path, "toy")


def test_without_the_line_nobody_knows_it(weights):
    with pytest.raises(ConfigError, match="engine is \"toy\": Input should be 'auto', 'gguf' or 'hf'"):
        RunConfig.checked(source="rows", by=("mood",), engine="toy")
    with pytest.raises(ConfigError, match="engine='toy' is not known"):
        open_model(weights, "toy")


def page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ENGINES)
def test_the_docs_name_every_engine(name):
    assert ENGINES[name].title in page("how-it-works.md")
    assert f"--engine {name}" in page("own-model.md")


@pytest.mark.parametrize("name", ADAPT_CHOICES)
def test_the_docs_name_every_adaptation(name):
    assert f'"{name}"' in page("python.md")


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_docs_name_every_strategy(name):
    assert f'"{name}"' in page("python.md")
