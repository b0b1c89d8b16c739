"""What the CPU can do, as far as llama.cpp cares; free of llama.cpp itself, so cheap to import."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


def usable_cores() -> int:
    """CPU cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS has no affinity
        return os.cpu_count() or 1


@lru_cache(maxsize=1)
def cpu_flags() -> frozenset[str]:
    """Feature flags of the CPU as Linux names them; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        if line.startswith(("flags", "Features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def has_amx() -> bool:
    """Whether the CPU has AMX, on which llama.cpp's extra buffer types crash (ggml-org/llama.cpp#20824)."""
    return any(flag.startswith("amx") for flag in cpu_flags())
