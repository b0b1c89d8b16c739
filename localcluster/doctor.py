"""What this machine has and lacks, one finding per subject, each with what to do about it."""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import psutil

from localcluster import registry
from localcluster.config import DEFAULT_EMBEDDER, DEFAULT_LLM
from localcluster.errors import LocalClusterError, OfflineError
from localcluster.offline import is_guarded
from localcluster.progress import SILENT, Reporter

Status = Literal["ok", "warn", "fail"]

CPUINFO = Path("/proc/cpuinfo")
OLDEST_PYTHON = (3, 10)
#: Free disk below this is worth a warning: a run folder plus one small model.
LITTLE_DISK = 2_000_000_000
ENGINES: tuple[Literal["gguf"], Literal["hf"]] = ("gguf", "hf")
#: Texts of about 75 words that ``--speed`` reads.
SPEED_TEXTS = 32
#: Run in a child process: a build for another CPU dies with an illegal instruction at import.
_ASK_LLAMA = """
import json, llama_cpp
print(json.dumps({
    "version": llama_cpp.__version__,
    "gpu": bool(llama_cpp.llama_supports_gpu_offload()),
    "features": llama_cpp.llama_print_system_info().decode(errors="replace"),
    "guard": "use_extra_bufts" in {field[0] for field in llama_cpp.llama_model_params._fields_},
}))
"""


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``remedy`` is what to type or do, empty when there is nothing to do."""

    subject: str
    status: Status
    detail: str
    remedy: str = ""


def examine(reporter: Reporter = SILENT, *, speed: bool = False) -> list[Finding]:
    """Look at everything a run needs, in the order a person would fix it.

    Parameters
    ----------
    speed : bool
        Also load the default language model in both engines and time it (about a minute).
    """
    findings = [
        python(),
        compiler(),
        torch_build(),
        llama_cpp(),
        amx(),
        memory(),
        disk(),
        *models(reporter),
        offline(),
    ]
    return [*findings, *speeds(reporter)] if speed else findings


def python() -> Finding:
    """Version of the interpreter."""
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python", "fail", detail, "Install Python 3.10 or newer.")
    return Finding("Python", "ok", detail)


def compiler() -> Finding:
    """A C++ compiler, which only building llama-cpp-python needs."""
    found = next((path for name in ("c++", "g++", "clang++") if (path := shutil.which(name))), None)
    if found:
        return Finding("C++ compiler", "ok", found)
    if importlib.util.find_spec("llama_cpp"):
        return Finding("C++ compiler", "ok", "none, and none is needed: llama-cpp-python is built already")
    remedy = "Install one (Debian: apt install build-essential; macOS: xcode-select --install)."
    return Finding("C++ compiler", "warn", "none found; llama-cpp-python cannot be built", remedy)


def torch_build() -> Finding:
    """Version of torch and what it can use."""
    try:
        import torch
    except (ImportError, OSError) as error:
        return Finding("torch", "fail", str(error), "Type: pip install -c constraints.txt localcluster")
    if torch.cuda.is_available():
        device = f"CUDA {torch.version.cuda} on {torch.cuda.get_device_name()}"
    elif torch.backends.mps.is_available():
        device = "Apple GPU"
    else:
        device = f"CPU, {torch.get_num_threads()} threads"
    supports = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    bf16 = supports is not None and supports()
    return Finding(
        "torch", "ok", f"{torch.__version__}, {device}, bfloat16 on CPU: {'yes' if bf16 else 'no'}"
    )


@lru_cache(maxsize=1)
def _ask_llama() -> dict[str, Any] | str:
    """Return what the llama.cpp build says of itself, or why it says nothing."""
    done = subprocess.run([sys.executable, "-c", _ASK_LLAMA], capture_output=True, text=True, check=False)
    if done.returncode < 0:
        return f"its native code crashed at import (signal {-done.returncode})"
    if done.returncode:
        return done.stderr.strip().rpartition("\n")[2]
    answer: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return answer


def llama_cpp() -> Finding:
    """Version and features of llama-cpp-python."""
    build = _ask_llama()
    if isinstance(build, str):
        remedy = "Build it for this machine: pip install --force-reinstall --no-cache-dir llama-cpp-python"
        return Finding("llama-cpp-python", "fail", build, remedy)
    # "CPU : SSE3 = 1 | AVX = 1 | AMX_INT8 = 0"
    features = (part.rpartition(":")[2].split("=") for part in build["features"].split("|") if "=" in part)
    on = ", ".join(name.strip() for name, value in features if value.strip() == "1")
    offload = "GPU offload" if build["gpu"] else "no GPU offload"
    return Finding("llama-cpp-python", "ok", f"{build['version']}, {offload} ({on})")


def amx() -> Finding:
    """Matrix units on which llama.cpp crashes unless it is held back (ggml-org/llama.cpp#20824)."""
    has_amx = CPUINFO.is_file() and "amx_tile" in CPUINFO.read_text(errors="replace")
    if not has_amx:
        return Finding("AMX", "ok", "this CPU has none, so llama.cpp's crash with AMX cannot happen")
    build = _ask_llama()
    if isinstance(build, dict) and not build["guard"]:
        remedy = "Type: pip install 'llama-cpp-python>=0.3.36'"
        return Finding("AMX", "fail", "present, and this llama.cpp cannot be told to avoid it", remedy)
    return Finding("AMX", "ok", "present; llama.cpp is told to avoid it, torch uses it for bfloat16")


def memory() -> Finding:
    """Free memory against what the default models need."""
    free = psutil.virtual_memory().available
    needed = sum(entry.memory for entry in registry.read_manifest().expand("starter"))
    detail = f"{_gb(free)} free; the starter models need {_gb(needed)}"
    if free < needed:
        return Finding("memory", "warn", detail, "Close other programs before a run.")
    return Finding("memory", "ok", detail)


def disk() -> Finding:
    """Free disk where models are kept."""
    home = registry.home()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    detail = f"{_gb(free)} free in {home}"
    if free < LITTLE_DISK:
        return Finding("disk", "warn", detail, "Free some, or set LOCALCLUSTER_HOME to another disk.")
    return Finding("disk", "ok", detail)


def models(reporter: Reporter = SILENT) -> Iterator[Finding]:
    """Each installed model with its checksums, and each default model that is missing."""
    try:
        verdicts = registry.verify((), reporter)
    except LocalClusterError as error:
        yield Finding("models", "fail", str(error))
        return
    for verdict in verdicts:
        name, path = verdict.model.name, verdict.model.path
        if verdict.problems:
            yield Finding(name, "fail", "; ".join(verdict.problems), verdict.remedy)
        else:
            yield Finding(name, "ok", f"{path}, all checksums match")
    for name in {DEFAULT_LLM, DEFAULT_EMBEDDER} - {verdict.model.name for verdict in verdicts}:
        yield Finding(name, "warn", "not installed", "Type: localcluster models install starter")


def offline() -> Finding:
    """Whether this process really refuses the network."""
    if not is_guarded():
        return Finding(
            "offline", "fail", "the network is open in this process", "Please report this as a bug."
        )
    try:
        # A numeric address: even if the guard failed, no name server would be asked.
        socket.getaddrinfo("192.0.2.1", 80)
    except OfflineError:
        return Finding("offline", "ok", "network access is refused in this process")
    return Finding("offline", "fail", "a network call went through", "Please report this as a bug.")


def speeds(reporter: Reporter = SILENT) -> Iterator[Finding]:
    """Words a second that each engine reads with the default language model."""
    for engine in ENGINES:
        try:
            rate = _words_per_second(registry.resolve(DEFAULT_LLM, "llm"), engine, reporter)
        except LocalClusterError as error:
            yield Finding(f"speed, {engine}", "warn", str(error))
        else:
            yield Finding(f"speed, {engine}", "ok", f"reads {rate:,.0f} words a second")


def _words_per_second(path: Path, engine: Literal["gguf", "hf"], reporter: Reporter) -> float:
    from localcluster.backends.base import Item, Prompt
    from localcluster.backends.engine import open_model

    # Different beginnings, so that no engine can read a shared prefix once.
    texts = [f"{number} " + "the parcel came late and the box was open " * 8 for number in range(SPEED_TEXTS)]
    prompts = [Prompt.ask(Item(text), " What is this about?") for text in texts]
    model = open_model(path, engine)
    try:
        last = (model.info.n_layers,)
        model.hidden_states(prompts[:2], last)
        with reporter.stage(f"Measuring {engine}") as advance:
            start = time.perf_counter()
            model.hidden_states(prompts, last, progress=advance)
            return sum(len(text.split()) for text in texts) / (time.perf_counter() - start)
    finally:
        model.close()


def _gb(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
