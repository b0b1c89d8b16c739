"""``localcluster answers`` shows what the model was asked, and hands it over."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from localcluster.cli import app, console
from localcluster.errors import ConfigError, RunFolderError, StoreError
from localcluster.store import ANSWERS, COLUMNS, AnswerStore, Decision, Reading, RunFolder

FORMULA = '=cmd|"/c calc"!A1'
ESCAPE = "\x1b]0;owned\x07\x1b[31m\u202ered"


def reading(name: str, kind: str, texts: tuple[str, ...], score: float, criterion: str = "intent") -> Reading:
    scorer = "choice tokens" if kind == "triplet" else "yes or no"
    return Reading(name * 64, kind, scorer, criterion, "f" * 64, texts, score)


READINGS = [
    reading("a", "triplet", ("where is my card", FORMULA, "long " * 100), 0.75),
    reading("b", "triplet", ("where is my card", "long " * 100, FORMULA), -0.25),
    reading("c", "pair", (f"first {ESCAPE}", "[bold]second[/bold]"), 1.5, f"mood{ESCAPE}"),
    reading("d", "pair", ("[bold]second[/bold]", f"first {ESCAPE}"), -1.25, f"mood{ESCAPE}"),
    reading("e", "pair", ("left", "over"), 0.5),
]


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setattr(console.out, "_width", 200)


@pytest.fixture
def run_folder(tmp_path) -> Path:
    path = tmp_path / "run"
    RunFolder.open(path).close()
    with AnswerStore.open(path / "cache" / ANSWERS) as store:
        store.add(READINGS)
        store.add(READINGS[:1])
        decided = Decision("triplet", "held out", 1, "a" * 64, "b" * 64, "choice 1", 0.873)
        store.decide("intent", "held out", 1, [decided])
        decided = Decision("pair", "granularity", 0, "c" * 64, "d" * 64, "abstained", 0.5)
        store.decide(f"mood{ESCAPE}", "granularity", 0, [decided])
    return path


def answers(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["answers", *map(str, arguments)])


def test_the_list_shows_question_both_scores_and_decision(run_folder):
    found = answers(run_folder)
    assert found.exit_code == 0, found.output
    for shown in (
        *("intent", "triplet, held out", "choice tokens", "?: where is my card", f"1: {FORMULA}"),
        *("+0.750", "+0.250", "choice 1", "0.87"),
        *(
            "pair, granularity",
            "yes or no",
            "2: [bold]second[/bold]",
            "+1.500",
            "-1.250",
            "abstained",
            "0.50",
        ),
        *("1: left", "+0.500", "none"),
    ):
        assert shown in found.stdout
    assert "2: " + "long " * 11 + "lo..." in found.stdout
    assert "2 readings of triplet questions by choice tokens, 1 of them asked again" in found.stderr


def test_nothing_in_a_text_reaches_the_terminal_as_a_command(run_folder):
    for found in (answers(run_folder), answers(run_folder, "--criterion", ESCAPE)):
        assert not [c for c in found.output if c in "\x1b\x07\u202e"]


def test_a_limit_says_how_many_more_there_are(run_folder):
    found = answers(run_folder, "--limit", 1)
    assert "where is my card" in found.stdout
    assert "left" not in found.stdout
    assert found.stderr.startswith("... and 2 more: --limit 3, or --export FILE.csv\n")


def test_the_list_can_be_narrowed(run_folder):
    by_kind = answers(run_folder, "--kind", "triplet").stdout
    assert "where is my card" in by_kind
    assert "left" not in by_kind
    both = answers(run_folder, "--kind", "pair", "--criterion", "intent").stdout
    assert "left" in both
    assert "mood" not in both


def test_csv_is_safe_to_open_and_has_every_row_whatever_the_limit(run_folder, tmp_path):
    file = tmp_path / "out.csv"
    found = answers(run_folder, "--export", file, "--limit", 1)
    assert found.stdout == f"Exported 3 answers: {file}\n"
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["text_1"] == f"'{FORMULA}"
    assert [row["score"] for row in rows] == ["0.75", "1.5", "0.5"]
    assert [row["score_swapped"] for row in rows] == ["0.25", "-1.25", ""]


def test_jsonl_is_raw(run_folder, tmp_path):
    file = tmp_path / "out.jsonl"
    assert answers(run_folder, "--export", file, "--kind", "triplet").exit_code == 0
    (row,) = map(json.loads, file.read_text("utf-8").splitlines())
    assert row["text_1"] == FORMULA
    assert (row["probability"], row["purpose"], row["times"]) == (0.873, "held out", 2)


def test_a_shared_file_is_listed_while_another_process_writes_to_it(run_folder):
    file = run_folder / "cache" / ANSWERS
    expected = answers(run_folder).stdout
    with AnswerStore.open(file) as writer:
        writer._db.execute("BEGIN IMMEDIATE")
        writer._db.execute("DELETE FROM decision")
        assert answers(file).stdout == expected
        writer._db.execute("ROLLBACK")


def test_listing_changes_no_file(run_folder):
    before = {file: file.read_bytes() for file in run_folder.rglob("*") if file.is_file()}
    answers(run_folder)
    assert {file: file.read_bytes() for file in run_folder.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["--criterion", "tone"], '--criterion "intent"'),
        (["--criterion", "intent", "--kind", "triple"], "--kind triplet"),
        (["--export", "answers.xlsx"], "--export answers.csv"),
    ],
)
def test_a_wrong_option_is_told_what_to_type(run_folder, options, remedy):
    found = answers(run_folder, *options)
    assert found.exit_code == ConfigError.exit_code
    assert found.stderr.startswith("error: ")
    assert remedy in found.stderr


def test_a_kind_that_was_not_asked_names_the_one_that_was(tmp_path):
    file = tmp_path / "shared.sqlite"
    with AnswerStore.open(file) as store:
        store.add(READINGS[:1])
    found = answers(file, "--kind", "pair")
    assert found.exit_code == ConfigError.exit_code
    assert "Try: --kind triplet" in found.stderr


def test_a_run_without_answers_and_no_run_at_all_are_told_apart(tmp_path):
    RunFolder.open(tmp_path / "run").close()
    AnswerStore.open(tmp_path / "empty.sqlite").close()
    (tmp_path / "garbage.sqlite").write_text("text,label\n" * 99)
    for place, code, words in (
        ("run", RunFolderError.exit_code, "has no answers"),
        ("empty.sqlite", RunFolderError.exit_code, "holds no answers yet"),
        (".", RunFolderError.exit_code, "is not a run folder: it has no localcluster.json"),
        ("absent", RunFolderError.exit_code, "is not a run folder: it does not exist"),
        ("garbage.sqlite", StoreError.exit_code, "is damaged, or is not an answer file"),
    ):
        found = answers(tmp_path / place)
        assert found.exit_code == code, found.output
        assert words in found.stderr
        assert found.stderr.startswith("error: ")
        assert found.stderr.count("\n") == 1
