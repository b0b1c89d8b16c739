"""How much memory a model may still take on this machine."""

from __future__ import annotations

from pathlib import Path

#: Bytes per weight while transformers unpacks a GGUF file: to float32 first, then cast tensor by tensor.
UNPACKING_BYTES = 5

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")
#: Files of the two versions of the cgroup interface: limit, use, statistics, and the name of the line of the
#: statistics that counts cached files, which make room when memory is asked for.
_CGROUP_FILES = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


def free_ram(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> float | None:
    """Bytes of main memory that this process may still take; None where the system does not say.

    The smaller of what the machine has available and what the container's limit leaves.
    """
    known = [b for b in (_available(meminfo), _left_in_container(cgroup)) if b is not None]
    return min(known) if known else None


def _available(meminfo: Path) -> float | None:
    try:
        kilobytes = _line(meminfo.read_text(), "MemAvailable:")
    except OSError:
        return None
    return None if kilobytes is None else kilobytes * 1024


def _left_in_container(cgroup: Path) -> float | None:
    for limit, used, statistics, cached in _CGROUP_FILES:
        try:
            taken = float((cgroup / used).read_text())
            reclaimable = _line((cgroup / statistics).read_text(), cached) or 0.0
            return float((cgroup / limit).read_text()) - taken + reclaimable
        except (OSError, ValueError):  # this version is not in use, or sets no limit ("max")
            continue
    return None


def _line(text: str, name: str) -> float | None:
    return next((float(line.split()[1]) for line in text.splitlines() if line.split()[:1] == [name]), None)
