from __future__ import annotations

import json

import pytest
from fakes import models, reviews
from typer.testing import CliRunner

from localcluster.cli import app

pytestmark = pytest.mark.slow

runner = CliRunner()


@pytest.fixture(autouse=True)
def scripted(use_models):
    use_models(models)


@pytest.fixture
def rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts, _, _ = reviews(60)
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"body": text}) + "\n" for text in texts))
    return path


def test_the_main_job_prints_a_table_per_criterion_and_where_the_report_is(rows):
    found = runner.invoke(
        app,
        [
            "run",
            "rows.jsonl",
            "--text-column",
            "body",
            "--by",
            "sentiment",
            "--by",
            "subject",
            "-k",
            "2",
            "-k",
            "3",
        ],
    )
    assert found.exit_code == 0, found.output
    assert "By sentiment: 2 clusters" in found.output
    assert "By subject: 3 clusters" in found.output
    assert "rows-clusters/report.html" in found.output
    assert (rows.parent / "rows-clusters" / "clusters.csv").exists()


def test_an_open_number_comes_with_its_range_in_the_terminal_and_in_the_report(rows):
    found = runner.invoke(app, ["run", "rows.jsonl", "--by", "sentiment", "--out", "out", "--rounds", "0"])
    assert found.exit_code == 0, found.output
    record = json.loads((rows.parent / "out" / "run.json").read_text())
    k = record["criteria"][0]["evidence"]["k"]
    assert k["rule"] == "usual number"
    told = f"{k['low']} to {k['high']} are plausible"
    assert f"By sentiment: {k['chosen']} clusters ({told})" in found.output
    assert told in (rows.parent / "out" / "report.html").read_text()


def test_the_report_can_be_made_again_without_models(rows, monkeypatch):
    runner.invoke(app, ["run", "rows.jsonl", "--by", "sentiment", "-k", "2", "--out", "out"])
    before = (rows.parent / "out" / "report.html").read_bytes()
    (rows.parent / "out" / "report.html").unlink()
    found = runner.invoke(app, ["report", "out"])
    assert found.exit_code == 0, found.output
    assert (rows.parent / "out" / "report.html").read_bytes() == before


def test_subject_and_body_are_read_together(rows):
    texts = [json.loads(line)["body"].split(" ", 1) for line in rows.read_text().splitlines()]
    lines = [json.dumps({"subject": subject, "body": body}) + "\n" for subject, body in texts]
    (rows.parent / "mail.jsonl").write_text("".join(lines))
    columns = ["--text-column", "subject", "--text-column", "body"]
    found = runner.invoke(app, ["run", "mail.jsonl", *columns, "--by", "sentiment", "-k", "2"])
    assert found.exit_code == 0, found.output
    record = json.loads((rows.parent / "mail-clusters" / "run.json").read_text())
    assert record["facts"]["input"]["text columns"] == ["subject", "body"]
    assert record["facts"]["settings"]["text_column"] == ["subject", "body"]
    refused = runner.invoke(app, ["run", "mail.jsonl", *columns[:3], "bodi", "--by", "x", "-k", "2"])
    assert refused.exit_code == 3
    assert 'no column "bodi"' in refused.output


def test_standard_input(rows):
    found = runner.invoke(app, ["run", "-", "--by", "sentiment", "-k", "2"], input=rows.read_text())
    assert found.exit_code == 0, found.output
    assert (rows.parent / "stdin-clusters" / "run.json").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["rows.jsonl", "--by", " "], 2, "criterion is empty"),
        (["rows.jsonl", "--by", "word " * 500], 2, "500 words"),
        (["rows.jsonl", "--by", "topic", "-k", "many"], 2, '-k is "many"'),
        (["rows.jsonl", "--by", "topic", "-k", "61"], 3, "61"),
        (["absent.csv", "--by", "topic"], 3, "absent.csv"),
        (["rows.jsonl", "--by", "topic", "--text-column", "boddy"], 3, "body"),
        (["rows.jsonl", "--by", "topic", "--out", "taken"], 6, "--out"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(rows, arguments, code, says):
    (rows.parent / "taken").mkdir()
    (rows.parent / "taken" / "mine.txt").write_text("mine")
    found = runner.invoke(app, ["run", *arguments])
    assert found.exit_code == code, found.output
    assert says in found.output
    assert "Traceback" not in found.output
    assert sorted(path.name for path in rows.parent.iterdir()) == ["rows.jsonl", "taken"]
    assert [path.name for path in (rows.parent / "taken").iterdir()] == ["mine.txt"]
