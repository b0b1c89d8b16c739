"""docs/python.md: every block of Python runs, with models that need no weights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fakes import LEXICON, WordEmbedder

import localcluster
from localcluster import models as room
from localcluster.models import Models
from localcluster.testing import ScriptedModel

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def without_weights(monkeypatch, use_models):
    llm = ScriptedModel(LEXICON)
    use_models(lambda: Models(WordEmbedder(), llm))
    monkeypatch.setattr(room, "resolve", lambda name, role: Path(name))
    monkeypatch.setattr(room, "open_model", lambda path, engine: llm)
    monkeypatch.setattr(room, "SentenceEmbedder", lambda path, adapter=None: WordEmbedder())


def test_every_block_of_python_runs(without_weights, tmp_path, monkeypatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    assert len(BLOCKS) > 5
    for number, block in enumerate(BLOCKS):
        exec(compile(block, f"docs/python.md, block {number}", "exec"), names)  # noqa: S102 our own page
    assert (tmp_path / "report.html").exists()


def test_every_public_name_is_on_the_page():
    for name in localcluster.__all__:
        assert name.startswith("__") or f"{name}(" in PAGE or f"`{name}`" in PAGE


def test_every_parameter_and_attribute_of_the_estimator_is_told():
    told = localcluster.LocalCluster.__doc__
    for name in localcluster.LocalCluster("topic").get_params():
        assert re.search(rf"^    {name} : ", told, re.MULTILINE), name
    for name in localcluster.LocalCluster.__annotations__:
        assert f"`{name}`" in PAGE
