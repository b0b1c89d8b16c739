"""The interpreter, the engines as they were built, and whether the network is really closed.

Native code is asked in a child process: a build for another CPU dies with an illegal instruction at import,
and must not take the doctor with it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from localcluster.backends.gguf.cpu import cpu_flags, has_amx
from localcluster.doctor.finding import Finding, gigabytes
from localcluster.errors import OfflineError
from localcluster.offline import is_guarded

OLDEST_PYTHON = (3, 10)
#: Seconds that a child may take to import torch from a slow disk.
PATIENCE_S = 180
_ASK_LLAMA = """
import json, llama_cpp
print(json.dumps({
    "version": llama_cpp.__version__,
    "gpu": bool(llama_cpp.llama_supports_gpu_offload()),
    "features": llama_cpp.llama_print_system_info().decode(errors="replace"),
    "guard": "use_extra_bufts" in {field[0] for field in llama_cpp.llama_model_params._fields_},
}))
"""
_ASK_TORCH = """
import json, torch
from localcluster.backends.hf.placement import cpu_has_bfloat16
cards = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
print(json.dumps({
    "version": torch.__version__,
    "cuda": torch.version.cuda,
    "cards": [[torch.cuda.get_device_name(card), *torch.cuda.mem_get_info(card)] for card in cards],
    "mps": torch.backends.mps.is_available(),
    "threads": torch.get_num_threads(),
    "bfloat16": bool(cpu_has_bfloat16()),
}))
"""
_REBUILD = "pip install --force-reinstall --no-cache-dir llama-cpp-python"


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
    build = ask_torch()
    if isinstance(build, str):
        remedy = "Type: pip install --force-reinstall -c constraints.txt torch"
        return Finding("torch", "fail", build, remedy)
    bfloat16 = "yes" if build["bfloat16"] else "no"
    cpu = f"CPU with {build['threads']} threads, bfloat16 units: {bfloat16}"
    if build["cards"]:
        cards = ", ".join(f"{name} ({gigabytes(free)} free)" for name, free, _ in build["cards"])
        return Finding("torch", "ok", f"{build['version']}, CUDA {build['cuda']} on {cards}")
    if build["mps"]:
        return Finding("torch", "ok", f"{build['version']}, Apple GPU; {cpu}")
    detail = f"{build['version']}, {cpu}"
    if not has_nvidia():
        return Finding("torch", "ok", detail)
    if build["cuda"] is None:
        remedy = "Install a CUDA build of torch: the selector on pytorch.org prints the line for your driver."
        return Finding("torch", "warn", f"{detail}; the NVIDIA GPU of this machine is not used", remedy)
    remedy = f"Update the GPU's driver to one for CUDA {build['cuda']} (nvidia-smi shows what it is for)."
    return Finding("torch", "warn", f"{detail}; built for CUDA {build['cuda']}, but it finds no GPU", remedy)


def llama_cpp() -> Finding:
    """Version and features of llama-cpp-python."""
    build = ask_llama()
    if isinstance(build, str):
        return Finding("llama-cpp-python", "fail", build, f"Build it for this machine: {_REBUILD}")
    # "CPU : SSE3 = 1 | AVX = 1 | AMX_INT8 = 0"
    features = (part.rpartition(":")[2].split("=") for part in build["features"].split("|") if "=" in part)
    on = [name.strip() for name, value in features if value.strip() == "1"]
    offload = "GPU offload" if build["gpu"] else "no GPU offload"
    detail = f"{build['version']}, {offload} ({', '.join(on)})"
    if not build["gpu"] and has_nvidia():
        remedy = f'To use the GPU for GGUF files: CMAKE_ARGS="-DGGML_CUDA=on" {_REBUILD}'
        return Finding("llama-cpp-python", "warn", detail, remedy)
    if "avx2" in cpu_flags() and "AVX2" not in on:
        detail += "; this CPU has AVX2, which the build leaves out, so it is several times slower"
        return Finding("llama-cpp-python", "warn", detail, f"Build it for this machine: {_REBUILD}")
    return Finding("llama-cpp-python", "ok", detail)


def amx() -> Finding:
    """Matrix units on which llama.cpp crashes unless it is held back (ggml-org/llama.cpp#20824)."""
    if not has_amx():
        return Finding("AMX", "ok", "this CPU has none, so llama.cpp's crash with AMX cannot happen")
    build = ask_llama()
    if isinstance(build, dict) and not build["guard"]:
        remedy = "Type: pip install 'llama-cpp-python>=0.3.36'"
        return Finding("AMX", "fail", "present, and this llama.cpp cannot be told to avoid it", remedy)
    return Finding("AMX", "ok", "present; llama.cpp is told to avoid it, torch uses it for bfloat16")


def offline() -> Finding:
    """Whether this process really refuses the network."""
    bug = "Please report this as a bug."
    if not is_guarded():
        return Finding("offline", "fail", "the network is open in this process", bug)
    try:
        # A numeric address: even if the guard failed, no name server would be asked.
        socket.getaddrinfo("192.0.2.1", 80)
    except OfflineError:
        return Finding("offline", "ok", "network access is refused in this process")
    return Finding("offline", "fail", "a network call went through", bug)


@lru_cache(maxsize=1)
def ask_llama() -> dict[str, Any] | str:
    """Return what the llama.cpp build says of itself, or why it says nothing."""
    return _ask(_ASK_LLAMA)


@lru_cache(maxsize=1)
def ask_torch() -> dict[str, Any] | str:
    """Return what torch says of itself and of the GPUs, or why it says nothing."""
    return _ask(_ASK_TORCH)


@lru_cache(maxsize=1)
def has_nvidia() -> bool:
    """Whether the machine has an NVIDIA GPU, whatever torch and llama.cpp make of it."""
    if shutil.which("nvidia-smi") is None:
        return False
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and "GPU" in listed.stdout


def _ask(code: str) -> dict[str, Any] | str:
    # The child must find this very package, wherever the parent was started from.
    package = str(Path(__file__).parents[2])
    search = os.pathsep.join(path for path in (package, os.environ.get("PYTHONPATH", "")) if path)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            env={**os.environ, "PYTHONPATH": search},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it did not answer within {PATIENCE_S} s"
    if done.returncode < 0:
        return f"its native code crashed at import (signal {-done.returncode})"
    if done.returncode:
        return done.stderr.strip().rpartition("\n")[2] or f"it ended with exit code {done.returncode}"
    answer: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return answer
