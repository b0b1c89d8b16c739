"""Fixtures shared by all rooms. Sockets are blocked for the whole suite (see pyproject.toml)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Before numpy and torch are imported. Threads that share products as small as a test's wait for each other:
# a clustering head then took 10 to 60 times as long to train beside another busy process.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from localcluster.errors import LocalClusterError

if TYPE_CHECKING:
    from finished_runs import FinishedRuns

    from localcluster.models import Models


def _installed(name: str, variable: str) -> Path:
    if variable in os.environ:
        return Path(os.environ[variable])
    from localcluster.registry import resolve

    try:
        return resolve(name)
    except LocalClusterError as error:
        pytest.skip(f"starter model not installed ({error})")


@pytest.fixture
def use_models(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Models]], None]:
    """From here on every command and function takes these models where it would load its own."""
    from fakes import give_models

    return lambda make: give_models(make, monkeypatch)


@pytest.fixture(scope="session")
def finished_runs(tmp_path_factory: pytest.TempPathFactory) -> FinishedRuns:
    """Runs that tests share: each gets a copy of its own."""
    from finished_runs import FinishedRuns

    return FinishedRuns(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[None]:
    """No waiting for the disk: what a loss of power leaves is not tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session")
def starter_gguf() -> Path:
    """The 135M-parameter GGUF file that `localcluster models install starter` installs."""
    return _installed("smollm2-135m-instruct", "LOCALCLUSTER_STARTER_GGUF")


@pytest.fixture(scope="session")
def starter_embedder() -> Path:
    """The all-MiniLM-L6-v2 folder that `localcluster models install starter` installs."""
    return _installed("all-minilm-l6-v2", "LOCALCLUSTER_STARTER_EMBEDDER")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that takes a starter model is one of ``models``, marked or not."""
    for item in items:
        if {"starter_gguf", "starter_embedder"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("models")
