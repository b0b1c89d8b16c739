from __future__ import annotations

import sys
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from localcluster import offline, registry
from localcluster.errors import RegistryError

REPOSITORY = ("config.json", "model.safetensors", "hub.gguf", "other.gguf", "pytorch_model.bin", "evil.py")


class FakeHub(ModuleType):
    """Stands in for huggingface_hub: a repository of small files that obeys the patterns it is given."""

    def __init__(self, files: tuple[str, ...] = REPOSITORY, error: Exception | None = None) -> None:
        super().__init__("huggingface_hub")
        self.files, self.error = files, error
        self.network: list[bool] = []
        self.HfApi = lambda: SimpleNamespace(model_info=lambda repo, revision: SimpleNamespace(sha="c0ffee"))

    def snapshot_download(
        self, repo: str, revision: str, local_dir: Path, allow_patterns: list[str], ignore_patterns: list[str]
    ) -> None:
        self.network.append(offline._network_allowed)
        if self.error:
            raise self.error
        for name in self.files:
            if any(fnmatch(name, wanted) for wanted in allow_patterns):
                (local_dir / name).write_bytes(b"{}")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    fake = FakeHub()
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    return fake


def test_a_model_with_no_other_source_comes_from_the_hub(hub: FakeHub, home_folder: Path) -> None:
    [model] = registry.install("hub-llm")
    assert model.source == "hub maker/hub-llm-gguf@c0ffee"
    assert {p.name for p in model.root.iterdir()} == {"hub.gguf", "installed.json"}
    assert registry.verify()[0].problems == ()


def test_only_weights_without_code_are_taken(hub: FakeHub) -> None:
    [model] = registry.install("hub-embedder")
    assert {p.name for p in model.root.iterdir()} == {"config.json", "model.safetensors", "installed.json"}


def test_the_network_is_open_during_the_download_only(hub: FakeHub) -> None:
    registry.install("hub-llm")
    assert hub.network == [True]
    assert not offline._network_allowed


def test_a_repository_with_pickled_weights_only_is_refused(hub: FakeHub) -> None:
    hub.files = ("config.json", "pytorch_model.bin")
    with pytest.raises(RegistryError, match=r"no weights in safetensors format.*never loaded"):
        registry.install("hub-embedder")
    assert registry.installed() == []


def test_a_hub_that_does_not_answer_leads_to_a_folder(hub: FakeHub) -> None:
    hub.error = ConnectionError("no route to host\nand a long story")
    with pytest.raises(RegistryError) as caught:
        registry.install("hub-llm")
    assert "maker/hub-llm-gguf: no route to host\n" in str(caught.value)
    assert str(caught.value).endswith("localcluster models install hub-llm --from FOLDER")
    assert not offline._network_allowed


def test_without_huggingface_hub_the_pip_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(RegistryError, match=r"pip install 'localcluster\[hub\]'"):
        registry.install("hub-llm")


def test_a_model_without_hub_address_says_so(hub: FakeHub) -> None:
    with pytest.raises(RegistryError, match="tiny-llm has no hub address"):
        registry.install("tiny-llm", hub=True)
