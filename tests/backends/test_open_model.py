from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console
from tiny_gguf import write_tiny_gguf

from localcluster.backends import open_model as room
from localcluster.backends.base import ModelInfo
from localcluster.backends.engines import ENGINES
from localcluster.backends.findings import Findings
from localcluster.backends.open_model import open_model, open_with_choice, rate
from localcluster.errors import ConfigError, ModelError
from localcluster.progress import Reporter


class Engine:
    """Stands for an engine: takes a fixed time per prompt on a clock of its own."""

    def __init__(self, name: str) -> None:
        self.info = ModelInfo(name, "0" * 64, name, "llama", 2, 4, 10, 256)
        self.closed = False

    def hidden_states(self, prompts, layers, *_, **__):
        return np.zeros((len(prompts), 1, len(layers), 4), np.float32)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def tiny(tmp_path):
    return write_tiny_gguf(tmp_path / "tiny.gguf")


@pytest.fixture
def findings(tmp_path):
    return Findings(tmp_path / "home")


@pytest.fixture
def engines(monkeypatch):
    """Both engines replaced; ``rates`` decides, ``opened`` records."""

    class Engines:
        def __init__(self):
            self.rates = {"gguf": 2.0, "hf": 8.0}
            self.errors: dict[str, ModelError] = {}
            self.opened: list[Engine] = []

        def open(self, name):
            if name in self.errors:
                raise self.errors[name]
            self.opened.append(Engine(name))
            return self.opened[-1]

    both = Engines()
    for name, engine in ENGINES.items():
        stand_in = SimpleNamespace(open=lambda path, how, name=name: both.open(name))
        monkeypatch.setitem(ENGINES, name, replace(engine, model=stand_in))
    monkeypatch.setattr(room, "rate", lambda model: both.rates[model.info.engine])
    return both


@pytest.mark.parametrize(("rates", "taken"), [((2.0, 8.0), "hf"), ((8.0, 2.0), "gguf")])
def test_the_faster_engine_is_taken_told_and_remembered(tiny, findings, engines, rates, taken):
    engines.rates = {"gguf": rates[0], "hf": rates[1]}
    shown = io.StringIO()
    reporter = Reporter(Console(file=shown, width=200))
    model, choice = open_with_choice(tiny, findings=findings, reporter=reporter)
    assert model.info.engine == choice.engine == taken
    assert choice.to_json()["rates"] == engines.rates
    assert "8.0 prompts per second against 2.0" in shown.getvalue()
    assert [e.closed for e in engines.opened if e is not model] == [True]
    assert not model.closed

    engines.rates = {"gguf": rates[1], "hf": rates[0]}
    again, remembered = open_with_choice(tiny, findings=findings)
    assert again.info.engine == taken
    assert remembered == choice
    assert len(engines.opened) == 3


def test_an_engine_that_cannot_run_the_file_loses(tiny, findings, engines):
    engines.errors = {"gguf": ModelError("llama.cpp crashed")}
    model, choice = open_with_choice(tiny, findings=findings)
    assert model.info.engine == "hf"
    assert "llama.cpp crashed" in choice.why


def test_when_neither_runs_it_the_error_of_llama_cpp_is_shown(tiny, findings, engines):
    engines.errors = {"gguf": ModelError("no room"), "hf": ModelError("nor here")}
    with pytest.raises(ModelError, match="no room"):
        open_with_choice(tiny, findings=findings)


def test_a_file_too_large_to_unpack_is_not_tried_with_transformers(tiny, findings, engines, monkeypatch):
    monkeypatch.setattr(room, "free_ram", lambda: 1000.0)
    model, choice = open_with_choice(tiny, findings=findings)
    assert [e.info.engine for e in engines.opened] == ["gguf"]
    assert "unpack" in choice.why
    assert model.info.engine == "gguf"


@pytest.mark.parametrize("engine", ["gguf", "hf"])
def test_an_engine_asked_for_is_taken_unmeasured(tiny, findings, engines, engine):
    model, choice = open_with_choice(tiny, engine, findings=findings)
    assert (model.info.engine, choice.rates) == (engine, {})
    assert len(engines.opened) == 1


def test_a_folder_is_for_transformers(tmp_path, findings, engines):
    assert open_with_choice(tmp_path, findings=findings)[1].engine == "hf"
    with pytest.raises(ConfigError, match=r"is a folder.*--engine hf"):
        open_with_choice(tmp_path, "gguf", findings=findings)


@pytest.mark.parametrize("engine", ["auto", "gguf", "hf"])
def test_bad_files_fail_in_the_same_words_with_every_engine(tmp_path, engine):
    with pytest.raises(ModelError, match="No model file"):
        open_model(tmp_path / "none.gguf", engine)
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(ModelError, match="is not a GGUF file"):
        open_model(tmp_path / "text.gguf", engine)
    cut = write_tiny_gguf(tmp_path / "cut.gguf")
    cut.write_bytes(cut.read_bytes()[:-5000])
    with pytest.raises(ModelError, match="cut short"):
        open_model(cut, engine)


def test_the_real_gguf_engine_opens(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    model = open_model(tiny, "gguf", max_tokens_per_prompt=64)
    assert (model.info.engine, model.info.context_length) == ("gguf", 64)
    model.close()


def test_rate_counts_prompts_per_second_of_the_best_round():
    ticks = iter([0.0, 2.0])
    assert rate(Engine("gguf"), clock=lambda: next(ticks)) == 8.0
