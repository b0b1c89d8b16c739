"""``localcluster explain`` tells why a row is where it is, without any model."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import Result
from explained_run import small_run, write_run
from typer.testing import CliRunner

from localcluster.cli import app, console
from localcluster.errors import ConfigError, RunFolderError


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setattr(console.out, "_width", 200)


@pytest.fixture
def run_folder(tmp_path):
    return write_run(tmp_path / "run", small_run())


def explain(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


def test_a_row_is_explained_by_every_criterion(run_folder):
    found = explain(run_folder, "2")
    assert found.exit_code == 0, found.output
    lines = [" ".join(line.split()) for line in found.stdout.splitlines()]
    assert lines == [
        "Row 2",
        "a fee for a late card",
        "",
        "By topic",
        "cluster fees (cluster 1, 2 rows), share 0.55, confidence 0.12",
        "runner-up delivery (cluster 0, 2 rows), share 0.45",
        "words of the cluster in it fee",
        "words of the runner-up in it card",
        "the model thinks of money",
        "nearest examples the fee is high ]0;owned [bold]",
        "my card has not arrived in delivery",
        "",
        "By Who writes",
        "cluster delivery (cluster 0, 2 rows), share 0.55, confidence 0.12",
        "runner-up fees (cluster 1, 2 rows), share 0.45",
        "words of the cluster in it card",
        "words of the runner-up in it fee",
        "the model thinks of money",
        "nearest examples the fee is high ]0;owned [bold] in fees",
        "my card has not arrived",
    ]
    assert not found.stderr


def test_one_criterion_only(run_folder):
    found = explain(run_folder, "7", "--by", "TOPIC")
    assert "Row 1, id 7" in found.stdout
    assert "By topic" in found.stdout and "Who writes" not in found.stdout


def test_nothing_a_terminal_would_obey_is_printed(run_folder):
    for row in ("2", "4"):
        shown = explain(run_folder, row).stdout
        assert not set("\x1b\x07\u202e") & set(shown) and "[bold]" in shown


def test_a_picture_is_named_and_found_by_its_name(tmp_path):
    result = small_run()
    names = ["red/1.png", "red/2.png", "blue/3.png", "blue/4.png"]
    path = write_run(tmp_path / "run", replace(result, texts=names, images=names))
    shown = explain(path, "blue/3.png").stdout
    assert "Row 3, id x\nblue/3.png\n" in shown
    assert shown.count("red/1.png") == 2 and "words of the cluster" not in shown


def test_words_of_a_row_with_a_picture_are_not_weighed(tmp_path):
    path = write_run(tmp_path / "run", replace(small_run(), images=["", "1.png", "", ""]))
    told = explain(path, "2", "--words")
    assert told.exit_code == ConfigError.exit_code
    assert "This row has a picture" in " ".join(told.stderr.split())


def test_a_run_that_kept_no_record_says_what_to_do(tmp_path):
    found = explain(write_run(tmp_path / "run", small_run(), recorded=False), "1")
    assert found.exit_code == 0
    assert "delivery" in found.stdout and "runner-up (" not in found.stdout
    assert found.stderr.count("run its command again") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["99"], ConfigError.exit_code, "numbers from 1 to 4"),
        (["x"], ConfigError.exit_code, "3 --number"),
        (["1", "--by", "mood"], ConfigError.exit_code, '--by "topic"'),
    ],
)
def test_what_is_not_there_is_one_plain_sentence(run_folder, arguments, code, said):
    found = explain(run_folder, *arguments)
    assert (found.exit_code, found.stdout) == (code, "")
    assert said in " ".join(found.stderr.split()) and "Traceback" not in found.stderr


def test_a_folder_that_is_no_run(tmp_path):
    found = explain(tmp_path / "absent", "1")
    assert found.exit_code == RunFolderError.exit_code and "no run folder" in found.stderr


@pytest.mark.slow
def test_no_model_library_is_loaded(run_folder):
    program = (
        "import sys; from typer.testing import CliRunner; from localcluster.cli import app; "
        f"CliRunner().invoke(app, ['explain', {str(run_folder)!r}, '1'], catch_exceptions=False); "
        "assert not {'torch', 'transformers', 'llama_cpp'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
