from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from localcluster import doctor, registry
from localcluster.cli import app
from localcluster.doctor import Finding

LLAMA = {
    "version": "0.3.36",
    "gpu": False,
    "guard": True,
    "features": "CPU : AVX2 = 1 | AMX_INT8 = 1 | X = 0",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def show(monkeypatch: pytest.MonkeyPatch, *findings: Finding, option: str = "--no-speed") -> tuple[int, str]:
    monkeypatch.setattr(doctor, "examine", lambda reporter, speed: list(findings))
    result = CliRunner().invoke(app, ["doctor", option])
    return result.exit_code, result.stdout


def test_only_a_failure_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    fine, poor = Finding("disk", "ok", "[much]"), Finding("memory", "warn", "little", "Close something.")
    code, shown = show(monkeypatch, fine, poor)
    assert code == 0
    assert "[much]" in shown and "Close something." in shown
    assert show(monkeypatch, fine, Finding("torch", "fail", "none"))[0] == 1


def test_json_is_json_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _, shown = show(monkeypatch, Finding("disk", "ok", "much"), option="--json")
    assert json.loads(shown) == [{"subject": "disk", "status": "ok", "detail": "much", "remedy": ""}]


@pytest.mark.parametrize(
    ("cpu", "build", "status"),
    [("avx2", LLAMA, "ok"), ("avx2 amx_tile", LLAMA, "ok"), ("amx_tile", {**LLAMA, "guard": False}, "fail")],
)
def test_amx_without_a_guard_is_a_failure(
    cpu: str, build: dict, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"flags : {cpu}\n")
    monkeypatch.setattr(doctor, "CPUINFO", cpuinfo)
    monkeypatch.setattr(doctor, "_ask_llama", lambda: build)
    assert doctor.amx().status == status


def test_features_of_the_llama_build_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_ask_llama", lambda: LLAMA)
    finding = doctor.llama_cpp()
    assert finding.detail == "0.3.36, no GPU offload (AVX2, AMX_INT8)"


@pytest.mark.parametrize(
    ("done", "reason"),
    [
        (SimpleNamespace(returncode=-4, stdout="", stderr=""), "crashed at import (signal 4)"),
        (
            SimpleNamespace(returncode=1, stdout="", stderr="Traceback\nImportError: no llama_cpp"),
            "ImportError",
        ),
    ],
)
def test_a_llama_build_that_cannot_start_does_not_take_the_doctor_with_it(
    done: object, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor._ask_llama.cache_clear()
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_, **__: done)
    finding = doctor.llama_cpp()
    doctor._ask_llama.cache_clear()
    assert finding.status == "fail"
    assert reason in finding.detail
    assert "pip install" in finding.remedy


def test_missing_and_damaged_models_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF")
    registry.add(file)
    file.write_bytes(b"GGUFx")
    findings = {finding.subject: finding for finding in doctor.models()}
    assert findings["own"].status == "fail"
    assert findings["smollm2-135m-instruct"].status == "warn"
    assert findings["all-minilm-l6-v2"].remedy == "Type: localcluster models install starter"


def test_little_memory_and_disk_are_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: SimpleNamespace(available=10**8))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**8))
    assert (doctor.memory().status, doctor.disk().status) == ("warn", "warn")
    assert doctor.memory().detail.startswith("0.1 GB free; the starter models need")


def test_an_open_network_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "is_guarded", lambda: False)
    assert doctor.offline().status == "fail"
    monkeypatch.setattr(doctor, "is_guarded", lambda: True)
    monkeypatch.setattr(doctor.socket, "getaddrinfo", lambda *_: [])
    assert doctor.offline().status == "fail"


def test_this_machine_is_fit_to_develop_on() -> None:
    for look in (doctor.python, doctor.compiler, doctor.torch_build, doctor.llama_cpp, doctor.amx):
        assert look().status == "ok"
