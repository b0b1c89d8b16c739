from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from localcluster import doctor, registry
from localcluster.cli import app
from localcluster.doctor import Finding, machine, weights
from localcluster.errors import ModelError

LLAMA = {
    "version": "0.3.36",
    "gpu": False,
    "guard": True,
    "features": "CPU : AVX2 = 1 | AMX_INT8 = 1 | X = 0",
}
TORCH = {"version": "2.13.0", "cuda": None, "cards": [], "mps": False, "threads": 2, "bfloat16": True}
CARD = ["NVIDIA H200", 139_000_000_000, 140_000_000_000]
MUCH, LITTLE = 10**12, 10**8


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALCLUSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the engines say of themselves; no child process is started."""
    said: dict[str, object] = {"torch": TORCH, "llama": LLAMA, "nvidia": False}
    monkeypatch.setattr(machine, "ask_torch", lambda: said["torch"])
    monkeypatch.setattr(weights, "ask_torch", lambda: said["torch"])
    monkeypatch.setattr(machine, "ask_llama", lambda: said["llama"])
    monkeypatch.setattr(machine, "has_nvidia", lambda: said["nvidia"])
    monkeypatch.setattr(machine, "cpu_flags", lambda: frozenset({"avx2"}))
    return said


def ram(monkeypatch: pytest.MonkeyPatch, free: float, total: float = MUCH) -> None:
    monkeypatch.setattr(weights, "free_ram", lambda: free)
    memory = SimpleNamespace(total=total, available=free)
    monkeypatch.setattr(weights.psutil, "virtual_memory", lambda: memory)


def show(monkeypatch: pytest.MonkeyPatch, *findings: Finding, options: tuple[str, ...] = ()) -> object:
    monkeypatch.setattr(doctor, "examine", lambda reporter, **_: list(findings))
    return CliRunner().invoke(app, ["doctor", *options])


def test_only_a_failure_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    fine, poor = Finding("disk", "ok", "[much]"), Finding("memory", "warn", "little", "Close something.")
    shown = show(monkeypatch, fine, poor)
    assert shown.exit_code == 0
    assert "[much]" in shown.stdout and "Close something." in shown.stdout
    assert show(monkeypatch, fine, Finding("torch", "fail", "none")).exit_code == 1


def test_json_is_json_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = show(monkeypatch, Finding("disk", "ok", "much"), options=("--json",))
    assert json.loads(shown.stdout) == [{"subject": "disk", "status": "ok", "detail": "much", "remedy": ""}]


def test_options_reach_the_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr(doctor, "examine", lambda reporter, **given: asked.update(given) or [])
    CliRunner().invoke(app, ["doctor", "--llm", "qwen3-8b", "--verify", "--speed"])
    assert asked == {"llm": "qwen3-8b", "verify": True, "measure": True}


def test_nothing_broken_stops_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> Finding:
        raise ZeroDivisionError("deep inside")

    def refuses(*_: object, **__: object) -> Iterator[Finding]:
        yield Finding("first", "ok", "was found before")
        raise ModelError("One sentence. Type: this")

    for name in ("python", "compiler", "torch_build", "llama_cpp", "amx", "memory", "disk", "speed"):
        monkeypatch.setattr(doctor, name, breaks)
    monkeypatch.setattr(doctor, "models", refuses)
    findings = doctor.examine(measure=True)
    broken = [one for one in findings if "ZeroDivisionError: deep inside" in one.detail]
    assert [one.subject for one in broken] == [
        *("Python", "C++ compiler", "torch", "llama-cpp-python", "AMX", "memory", "disk"),
        *("speed, gguf", "speed, hf"),
    ]
    assert all(one.status == "fail" and one.remedy for one in broken)
    assert Finding("first", "ok", "was found before") in findings
    assert Finding("models", "fail", "One sentence. Type: this") in findings


@pytest.mark.parametrize(
    ("amx", "build", "status"),
    [
        (False, LLAMA, "ok"),
        (True, LLAMA, "ok"),
        (True, {**LLAMA, "guard": False}, "fail"),
        (True, "it crashed", "ok"),
    ],
)
def test_amx_without_a_guard_is_a_failure(
    amx: bool, build: object, status: str, builds: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "has_amx", lambda: amx)
    builds["llama"] = build
    assert machine.amx().status == status


@pytest.mark.parametrize(
    ("features", "gpu", "nvidia", "status", "says"),
    [
        (LLAMA["features"], False, False, "ok", "0.3.36, no GPU offload (AVX2, AMX_INT8)"),
        (LLAMA["features"], True, True, "ok", "GPU offload (AVX2"),
        (LLAMA["features"], False, True, "warn", "-DGGML_CUDA=on"),
        ("CPU : SSE3 = 1 | AVX2 = 0", False, False, "warn", "--force-reinstall"),
    ],
)
def test_what_the_llama_build_can_do_is_held_against_the_machine(
    features: str, gpu: bool, nvidia: bool, status: str, says: str, builds: dict
) -> None:
    builds.update(llama={**LLAMA, "features": features, "gpu": gpu}, nvidia=nvidia)
    found = machine.llama_cpp()
    assert found.status == status
    assert says in f"{found.detail} {found.remedy}"


@pytest.mark.parametrize(
    ("torch", "nvidia", "status", "says"),
    [
        ({}, False, "ok", "2.13.0, CPU with 2 threads, bfloat16 units: yes"),
        ({"cuda": "13.0", "cards": [CARD]}, True, "ok", "CUDA 13.0 on NVIDIA H200 (139.0 GB free)"),
        ({"mps": True}, False, "ok", "Apple GPU"),
        ({}, True, "warn", "Install a CUDA build of torch"),
        ({"cuda": "13.0"}, True, "warn", "Update the GPU's driver to one for CUDA 13.0"),
    ],
)
def test_what_torch_can_use_is_held_against_the_machine(
    torch: dict, nvidia: bool, status: str, says: str, builds: dict
) -> None:
    builds.update(torch={**TORCH, **torch}, nvidia=nvidia)
    found = machine.torch_build()
    assert found.status == status
    assert says in f"{found.detail} {found.remedy}"


@pytest.mark.parametrize(
    ("done", "reason"),
    [
        (SimpleNamespace(returncode=-4, stdout="", stderr=""), "crashed at import (signal 4)"),
        (SimpleNamespace(returncode=1, stdout="", stderr="Traceback\nImportError: no module"), "ImportError"),
        (SimpleNamespace(returncode=3, stdout="", stderr=""), "exit code 3"),
    ],
)
@pytest.mark.parametrize("look", [machine.llama_cpp, machine.torch_build])
def test_an_engine_that_cannot_start_is_a_finding(
    look: object, done: object, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.subprocess, "run", lambda *_, **__: done)
    for asks in (machine.ask_llama, machine.ask_torch):
        monkeypatch.setattr(machine, asks.__name__, asks.__wrapped__)
    found = look()
    assert found.status == "fail"
    assert reason in found.detail
    assert "pip install" in found.remedy


def test_an_engine_that_hangs_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*_: object, **options: float) -> None:
        raise machine.subprocess.TimeoutExpired("python", options["timeout"])

    monkeypatch.setattr(machine.subprocess, "run", hangs)
    assert machine.ask_torch.__wrapped__() == f"it did not answer within {machine.PATIENCE_S} s"


@pytest.mark.parametrize(
    ("free", "total", "cards", "status"),
    [
        (MUCH, MUCH, [], "ok"),
        (4e9, 32e9, [], "warn"),
        (4e9, 6e9, [], "fail"),
        (4e9, 6e9, [CARD], "ok"),
    ],
)
def test_memory_is_held_against_the_model_chosen(
    free: float, total: float, cards: list, status: str, builds: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    ram(monkeypatch, free, total)
    builds["torch"] = {**TORCH, "cards": cards}
    found = weights.memory("qwen2.5-7b-instruct")
    assert found.status == status
    assert "qwen2.5-7b-instruct with all-minilm-l6-v2 needs about 8.0 GB" in found.detail
    # 4 GB less the embedder's 1 GB.
    assert ("--llm qwen2.5-1.5b-instruct" in found.remedy) == (status != "ok")


def test_a_model_that_reads_pictures_is_replaced_by_one_that_does(
    builds: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    ram(monkeypatch, 5e9, 32e9)
    assert weights.memory("llava-1.5-7b").remedy.endswith("--llm smolvlm-500m-instruct")
    ram(monkeypatch, 1e9, 32e9)
    assert "No model known by name fits" in weights.memory("llava-1.5-7b").remedy


def test_memory_of_a_path_is_its_weights_and_room_to_work(
    builds: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ram(monkeypatch, MUCH)
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("a.safetensors", "b.safetensors", "notes.txt"):
        with (folder / name).open("wb") as file:
            file.truncate(300_000_000)
    assert "needs about 2.0 GB" in weights.memory(str(folder)).detail
    assert "needs about 1.0 GB" in weights.memory("none").detail


def test_a_name_that_nobody_knows_is_told_with_the_nearest(builds: dict) -> None:
    found = {one.subject: one for one in doctor.examine(llm="qwen3-8")}
    assert found["memory"].status == found["qwen3-8"].status == "fail"
    assert "qwen3-8b" in found["memory"].detail


def test_little_disk_is_a_warning_and_counts_what_is_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights.shutil, "disk_usage", lambda _: SimpleNamespace(free=3 * 10**9))
    assert {one.status for one in weights.disk()} == {"ok"}
    for_models, for_runs = weights.disk("qwen3-8b")
    assert (for_models.status, for_runs.status) == ("warn", "ok")
    assert "LOCALCLUSTER_HOME" in for_models.remedy
    monkeypatch.setattr(weights.shutil, "disk_usage", lambda _: SimpleNamespace(free=LITTLE))
    assert [one.status for one in weights.disk()] == ["warn", "warn"]


def test_a_place_that_cannot_be_written_to_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights.os, "access", lambda *_: False)
    assert {one.status for one in weights.disk()} == {"fail"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF")
    registry.add(file)
    return file


def test_checksums_are_compared_on_demand_and_sizes_always(own: Path) -> None:
    own.write_bytes(b"GGUX")  # as long as before
    assert next(one for one in weights.models() if one.subject == "own").status == "ok"
    found = next(one for one in weights.models(verify=True) if one.subject == "own")
    assert found.status == "fail" and "SHA-256" in found.detail and "models add" in found.remedy
    own.write_bytes(b"GGUFx")
    assert "5 bytes instead of 4" in next(one for one in weights.models() if one.subject == "own").detail
    own.unlink()
    assert next(one for one in weights.models() if one.subject == "own").status == "fail"


def test_missing_models_come_with_the_command_that_brings_them(own: Path) -> None:
    found = {one.subject: one for one in weights.models()}
    assert found["smollm2-135m-instruct"].status == "warn"
    assert found["all-minilm-l6-v2"].remedy == "Type: localcluster models install starter"
    found = {one.subject: one for one in weights.models("qwen3-8b")}
    assert found["qwen3-8b"].remedy == "Type: localcluster models install qwen3-8b"
    assert weights.speed("qwen3-8b", "hf").status == "warn"


@pytest.mark.parametrize(("prompts", "status"), [(25.0, "ok"), (0.2, "warn")])
def test_speed_is_told_as_time_for_many_texts(
    prompts: float, status: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []
    model = SimpleNamespace(close=lambda: closed.append(True))
    monkeypatch.setattr(weights, "open_model", lambda path, engine: model)
    monkeypatch.setattr(weights, "rate", lambda _: prompts)
    found = weights.speed("own", "gguf")
    assert found.status == status
    assert f"{10_000 / prompts / 60:,.0f} minutes" in found.detail
    assert closed == [True]


def test_an_engine_that_refuses_the_model_is_a_warning(own: Path) -> None:
    found = weights.speed("own", "gguf")
    assert found.status == "warn"
    assert "own.gguf" in found.detail


def test_an_open_network_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "is_guarded", lambda: False)
    assert machine.offline().status == "fail"
    monkeypatch.setattr(machine, "is_guarded", lambda: True)
    monkeypatch.setattr(machine.socket, "getaddrinfo", lambda *_: [])
    assert machine.offline().status == "fail"


@pytest.mark.slow
def test_this_machine_is_fit_to_develop_on() -> None:
    for look in (machine.python, machine.compiler, machine.torch_build, machine.llama_cpp, machine.amx):
        assert look().status != "fail", look()
