from __future__ import annotations

import json

import pytest
from fakes import models, reviews
from typer.testing import CliRunner

from localcluster.cli import app

pytestmark = pytest.mark.slow

runner = CliRunner()
BASE = ["benchmark", "rows.jsonl", "--by", "sentiment", "--label-field", "mood", "--rounds", "0"]


@pytest.fixture(autouse=True)
def rows(tmp_path, monkeypatch, use_models):
    monkeypatch.chdir(tmp_path)
    use_models(models)
    texts, sentiment, kind = reviews(60)
    table = [
        {"body": text, "mood": int(s), "topic": int(c)}
        for text, s, c in zip(texts, sentiment, kind, strict=True)
    ]
    table[0]["mood"] = None
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in table))
    return tmp_path


def test_a_table_and_a_json_file(rows):
    found = runner.invoke(app, [*BASE, "--seeds", "2", "--json", "result.json"])
    assert found.exit_code == 0, found.output
    for said in (
        "By sentiment: agreement with mood",
        "k-means",
        "default",
        "k is the number of distinct labels, 2. A fit learns nothing else from labels.",
        "Mean ± sd of 2 seeds; 59 rows, 2 distinct labels; 1 without a label are clustered, not scored.",
        "Result: result.json",
    ):
        assert said in found.stdout
    result = json.loads((rows / "result.json").read_text())
    assert result["seeds"] == [0, 1]
    assert result["criteria"][0]["n_scored"] == 59
    assert f"{result['criteria'][0]['rows'][1]['mean']['acc']:.3f}" in found.stdout


def test_criteria_and_label_fields_are_repeated_in_pairs(rows):
    arguments = [*BASE, "--by", "subject", "--label-field", "topic", "--seeds", "1", "--out", "here"]
    found = runner.invoke(app, arguments)
    assert found.exit_code == 0, found.output
    assert "By sentiment: agreement with mood" in found.stdout
    assert "By subject: agreement with topic" in found.stdout
    assert len(json.loads((rows / "here" / "benchmark.json").read_text())["criteria"]) == 2


def test_the_reading_and_what_is_read_are_settings_of_every_fit(rows):
    found = runner.invoke(app, [*BASE, "--seeds", "1", "--view", "criterion", "--keep-all"])
    assert found.exit_code == 0, found.output
    settings = json.loads((rows / "rows-benchmark" / "benchmark.json").read_text())["settings"]
    assert settings["view"] == "criterion" and settings["keep_all"] is True


def test_k_may_be_found_instead_of_counted(rows):
    found = runner.invoke(app, [*BASE, "-k", "auto", "--seeds", "1"])
    assert found.exit_code == 0, found.output
    assert "k is found without labels. Only the baseline is given their number, 2." in found.stdout
    fit = json.loads((rows / "rows-benchmark" / "benchmark.json").read_text())["criteria"][0]["rows"][1][
        "fits"
    ]
    assert fit[0]["found_k"]["chosen"] == fit[0]["k"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--label-field", "topic"], 2, "--label-field 2 times"),
        (["--json", "absent/result.json"], 2, "its folder does not exist"),
        (["--json", "."], 2, "that is a folder"),
        (["--rounds", "-1"], 2, "rounds"),
        (["-k", "many"], 2, '-k is "many"'),
        (["-k", "61"], 3, "61"),
        (["--text-column", "mood"], 3, "--text-column"),
    ],
)
def test_bad_options_are_one_sentence_and_leave_nothing(rows, arguments, code, says):
    found = runner.invoke(app, [*BASE, *arguments])
    assert found.exit_code == code, found.output
    assert says in found.output
    assert "Traceback" not in found.output
    assert [path.name for path in rows.iterdir()] == ["rows.jsonl"]


def test_an_absent_label_field_names_the_columns_there_are():
    found = runner.invoke(app, ["benchmark", "rows.jsonl", "--by", "sentiment", "--label-field", "label"])
    assert found.exit_code == 3
    assert '"body", "mood", "topic"' in found.output
