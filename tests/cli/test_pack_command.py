"""``localcluster pack`` and ``unpack`` as they are typed; the room's tests hold the hostile archives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from localcluster.cli import app
from localcluster.errors import ConfigError, RegistryError

CONTENT = b"GGUF and then some"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with one model that was added as ``mine``."""
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    work = tmp_path / "work"
    work.mkdir()
    (work / "own.gguf").write_bytes(CONTENT)
    monkeypatch.chdir(work)
    run("models", "add", "own.gguf", "--name", "mine")
    return work


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def test_both_sides_of_the_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdout, stderr = run("pack", "models.tar")
    assert stdout == "models.tar: mine (0 MB)\n"
    assert stderr.endswith("type there:\n  localcluster unpack models.tar\n")
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "there"))
    stdout, _ = run("unpack", "models.tar")
    assert stdout == "mine: ready, --llm mine\n"
    assert (tmp_path / "there/models/mine/own.gguf").read_bytes() == CONTENT
    assert "mine is installed already" in run("unpack", "models.tar")[1]
    assert run("models", "verify")[0] == "mine: intact (1 files)\n"


def test_models_of_a_settings_file(folder: Path) -> None:
    (folder / "run.json").write_text(json.dumps({"llm": "mine", "embedder": "./own.gguf"}))
    assert run("pack", "models.tar", "--config", "run.json")[0].startswith("models.tar: mine (")


def test_wheels_of_a_folder_and_what_to_type_for_them(folder: Path) -> None:
    (folder / "wheels").mkdir()
    (folder / "wheels" / "a-1-py3-none-any.whl").write_bytes(b"wheel")
    stdout, stderr = run("pack", "models.tar", "mine", "--wheels-from", "wheels")
    assert "mine and 1 wheels" in stdout
    commands = [line.strip() for line in stderr.splitlines()[-3:]]
    assert commands == [
        "tar -xf models.tar wheels",
        "python3 -m pip install --no-index --find-links wheels --require-hashes -r wheels/requirements.txt",
        "localcluster unpack models.tar",
    ]
    assert "tar -xf models.tar wheels" in run("unpack", "models.tar")[1]


@pytest.mark.parametrize(
    ("arguments", "complaint", "error"),
    [
        (["pack", "mine"], "does not end in .tar", RegistryError),
        (["pack", "m.tar", "qwen3-8b"], "localcluster pack models.tar qwen3-8b", RegistryError),
        (["pack", "m.tar", "mine", "--config", "x.json"], "Names and --config", ConfigError),
        (["pack", "m.tar", "--config", "x.json"], "There is no file x.json", ConfigError),
        (["pack", "m.tar", "--wheels", "--wheels-from", "."], "--wheels and --wheels-from", ConfigError),
        (["pack", "m.tar", "--wheels-from", "."], "holds no wheel", RegistryError),
        (["unpack", "nowhere.tar"], "There is no file nowhere.tar", RegistryError),
        (["unpack", "own.gguf"], "not an archive of localcluster pack", RegistryError),
    ],
)
def test_mistakes_are_one_message(arguments: list[str], complaint: str, error: type[ConfigError]) -> None:
    _, stderr = run(*arguments, code=error.exit_code)
    assert stderr.startswith("error: ") and complaint in stderr
    assert not Path("m.tar").exists()
