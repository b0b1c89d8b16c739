"""Commands of the docs, typed one after the other as a reader would, with models that need no weights.

The quickstart has its test in tests/test_docs.py. Left to their parser there: what installs or fetches, and
what takes the benchmarks' data.
"""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest
from docs_pages import ROOT, Page
from fakes import draw_pictures, models, reviews, seeing
from typer.testing import CliRunner

from localcluster.cli import app

pytestmark = pytest.mark.slow

README = Page(ROOT / "README.md")


def type_in(*commands: list[str], codes: tuple[int, ...] = (0,)) -> list[str]:
    """What each command prints."""
    told = []
    for command in commands:
        words = [str(Path(word).expanduser()) if word.startswith("~") else word for word in command]
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code in codes, f"localcluster {shlex.join(command)}: {done.output}"
        told.append(done.output)
    return told


def commands_of(name: str, *first: str) -> list[list[str]]:
    """Those commands of a page that begin with one of these words, in order."""
    return [command for command in Page(ROOT / name).commands() if command[0] in first]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use_models) -> Path:
    """A folder with the files that the pages speak of, and a home with the models that they name."""
    home = tmp_path / "home"
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(home / "localcluster"))
    (home / "models").mkdir(parents=True)
    for name in ("my.gguf", "qwen2.5-7b-instruct-q4_k_m.gguf"):
        (home / "models" / name).write_bytes(b"GGUF, as far as its name goes")
    kinds = {"Qwen2.5-1.5B-Instruct": "Qwen2ForCausalLM", "bge-small": "BertModel"}
    for name, architecture in kinds.items():
        folder = home / "models" / name
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"architectures": [architecture]}))
        (folder / "model.safetensors").write_bytes(b"tensors")

    desk = tmp_path / "desk"
    shows, _, _ = draw_pictures(desk / "photos", 60)
    texts, sentiment, kind = reviews(60)
    with (desk / "tickets.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["body"], *([text] for text in texts)])
    with (desk / "new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["body"], *([text] for text in reviews(5, seed=1)[0])])
    for name, fields in (
        ("DATA", ("intent", "other")),
        ("reviews", ("mood", "category")),
        ("notes", ("a", "b")),
    ):
        rows = (
            {"text": text, fields[0]: int(s), fields[1]: int(c)}
            for text, s, c in zip(texts, sentiment, kind, strict=True)
        )
        (desk / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (desk / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(desk)

    use_models(lambda texts: models() if texts else seeing(shows))
    return desk


def test_the_readme_on_texts_and_pictures(desk: Path):
    runs = [command for command in README.commands() if command[0] in ("run", "explain", "predict")]
    assert {command[1] for command in runs} >= {"tickets.csv", "photos/", "tickets-clusters"}
    type_in(*runs)
    assert {path.name for path in desk.glob("*-clusters")} == {
        "tickets-clusters",
        "photos-clusters",
        "notes-clusters",
    }
    assert (desk / "tickets-clusters" / "clusters.csv").read_text().count("\n") == 61


def test_what_was_answered_is_listed_and_exported(desk: Path):
    by = ["--by", "mood of the writer", "-k", "3", "--by", "sentiment", "-k", "2:20"]
    type_in(["run", "tickets.csv", *by, "--answers", "shared.sqlite", "--out", "shared"])
    type_in(["run", "tickets.csv", *by, "--out", "RUN"])
    commands = commands_of("docs/answers.md", "answers")
    assert len(commands) == 5
    type_in(*commands)
    page = (ROOT / "docs" / "answers.md").read_text()
    with (desk / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for column in rows[0]:
        assert column in page, f"docs/answers.md leaves out the column {column}"


def test_own_models_are_named_listed_run_and_verified(desk: Path):
    commands = commands_of("docs/own-model.md", "run", "models")
    told = dict(zip(map(tuple, commands), type_in(*commands), strict=True))
    assert (
        "--llm qwen-small" in told["models", "add", "~/models/Qwen2.5-1.5B-Instruct", "--name", "qwen-small"]
    )
    assert "qwen-small" in told["models", "list"]
    assert "intact" in told["models", "verify", "qwen-small"]


def test_labels_are_compared_with(desk: Path, monkeypatch: pytest.MonkeyPatch):
    commands = [c for c in commands_of("docs/benchmarks.md", "benchmark") if "/" not in c[1]]
    assert [command[1] for command in commands] == ["DATA.jsonl", "reviews.jsonl"]
    type_in(*([*command, "--seeds", "1"] for command in commands))
    assert json.loads((desk / "reviews-benchmark" / "benchmark.json").read_text())["criteria"]


def test_doctor_answers_every_way_it_is_asked(desk: Path):
    commands = commands_of("docs/troubleshooting.md", "doctor")
    assert len(commands) == 5
    # 1: something is missing, as the models are here.
    type_in(*commands, codes=(0, 1))


def test_what_to_try_when_clusters_look_wrong(desk: Path):
    page = "docs/when-clusters-look-wrong.md"
    runs = commands_of(page, "run")
    told = dict(zip(map(tuple, runs), type_in(*runs), strict=True))
    assert len(told) == len(runs) == 8
    for option in ("--keep-all", "--view", "--known"):
        assert sum(option in command for command in runs) == 1, option
    known = (ROOT / "examples" / "mailbox-known.jsonl").read_text()
    assert next(text for language, text in Page(ROOT / page).fences() if language == "json") in known
    assert (desk / "mailbox-clusters" / "clusters.csv").read_text().startswith("id,channel,subject,body,")
    type_in(*commands_of(page, "doctor"), codes=(0, 1))
