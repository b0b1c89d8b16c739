from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localcluster.airgap import own_wheels
from localcluster.airgap.own_wheels import fetch_wheels, pinned_requirements, wheels_in
from localcluster.errors import RegistryError
from localcluster.progress import SILENT


class Installed:
    """Stands in for an installed distribution."""

    def __init__(self, name: str, version: str, origin: dict[str, Any] | None = None) -> None:
        self.metadata, self.version, self._origin = {"Name": name}, version, origin

    def read_text(self, _: str) -> str | None:
        return self._origin and json.dumps(self._origin)


Pip = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    """Pretend that the packages given are installed, and note how pip is called."""
    calls: list[dict[str, Any]] = []

    def pretend(*installed: Installed, complaint: str = "") -> list[dict[str, Any]]:
        named = {one.metadata["Name"]: one for one in installed}
        monkeypatch.setattr(own_wheels, "distributions", lambda: installed)
        monkeypatch.setattr(own_wheels, "distribution", named.__getitem__)

        def run(command: list[str], env: dict[str, str], **_: object) -> SimpleNamespace:
            constraints = Path(command[command.index("-c") + 1]).read_text("utf-8").splitlines()
            settings = Path(env["DIST_EXTRA_CONFIG"]).read_text("utf-8")
            calls.append({"command": command, "constraints": constraints, "settings": settings})
            return SimpleNamespace(returncode=int(bool(complaint)), stdout="", stderr=complaint)

        monkeypatch.setattr(own_wheels.subprocess, "run", run)
        return calls

    return pretend


def test_pip_is_kept_to_the_versions_that_are_installed(pip: Pip, tmp_path: Path) -> None:
    commit = {"url": "https://host/d.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}}
    wheel = tmp_path / "c-1-py3-none-any.whl"
    wheel.touch()
    calls = pip(
        Installed("localcluster", "0.1.0"),
        Installed("a", "1.0"),
        Installed("torch", "2.13.0+cpu"),
        Installed("b", "2.0", {"url": "file:///gone/b.whl", "archive_info": {}}),
        Installed("c", "1", {"url": wheel.as_uri(), "archive_info": {}}),
        Installed("d", "3", commit),
        Installed("e", "4", {"url": tmp_path.as_uri(), "dir_info": {"editable": True}}),
        Installed("pip", "26.3"),
    )
    fit = fetch_wheels(tmp_path, SILENT)
    [call] = calls
    assert call["command"][:4] == [sys.executable, "-m", "pip", "wheel"]
    assert call["command"][-3:] == ["-w", str(tmp_path), "localcluster==0.1.0"]
    assert call["constraints"] == [
        "a==1.0",
        "b==2.0",
        f"c @ {wheel.as_uri()}",
        "d @ git+https://host/d.git@c0ffee",
        "torch==2.13.0+cpu",
    ]
    assert fit.startswith(f"{sys.version_info[0]}.{sys.version_info[1]} on ")


def test_an_installation_from_a_folder_is_built_there_but_not_in_there(pip: Pip, tmp_path: Path) -> None:
    source = tmp_path / "the source"
    source.mkdir()
    calls = pip(Installed("localcluster", "0.1.0", {"url": source.as_uri(), "dir_info": {"editable": True}}))
    fetch_wheels(tmp_path, SILENT)
    assert calls[0]["command"][-1] == str(source)
    assert "build_base" in calls[0]["settings"] and str(source) not in calls[0]["settings"]
    source.rmdir()
    with pytest.raises(RegistryError, match="which is gone"):
        fetch_wheels(tmp_path, SILENT)


def test_what_pip_complains_of_reaches_the_user(pip: Pip, tmp_path: Path) -> None:
    pip(Installed("localcluster", "0.1.0"), complaint="\n".join(f"line {number}" for number in range(20)))
    with pytest.raises(RegistryError) as caught:
        fetch_wheels(tmp_path, SILENT)
    message = str(caught.value)
    assert "line 19" in message and "line 3" not in message
    assert "--wheels-from wheels" in message


def test_requirements_are_pinned_by_hash_whatever_builds_there_are() -> None:
    hashes = {
        "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl": "01",
        "Typing_Extensions-4.16.0-py3-none-any.whl": "02",
        "numpy-2.4.6-cp311-cp311-macosx_14_0_arm64.whl": "03",
        "numpy-2.4.6-1-cp311-cp311-manylinux_2_28_x86_64.whl": "04",
    }
    assert pinned_requirements(hashes).decode().splitlines() == [
        "numpy==2.4.6 --hash=sha256:04 --hash=sha256:03",
        "torch==2.13.0+cpu --hash=sha256:01",
        "typing-extensions==4.16.0 --hash=sha256:02",
    ]


def test_two_versions_and_foreign_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"several versions of a-b: 1\.0, 2\.0"):
        pinned_requirements({"a_b-1.0-py3-none-any.whl": "", "a.b-2.0-py3-none-any.whl": ""})
    with pytest.raises(RegistryError, match=r"x\.whl is not named like a wheel"):
        pinned_requirements({"x.whl": ""})
    with pytest.raises(RegistryError, match="holds no wheel"):
        wheels_in(tmp_path)
