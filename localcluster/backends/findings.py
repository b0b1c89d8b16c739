"""What this machine learned about model files, so that no trial is made twice.

One small JSON file in the user data folder. Losing it costs a few seconds, so a damaged one is
simply begun anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from localcluster.backends.gguf.cpu import cpu_flags, usable_cores
from localcluster.registry.checksum import sha256_of

logger = logging.getLogger(__name__)

FILE_NAME = "findings.json"


class Findings:
    """A dictionary of dictionaries in ``folder/findings.json``, written at once and as a whole."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def get(self, key: str) -> dict[str, Any] | None:
        """Return what was remembered under ``key``."""
        found = self._read().get(key)
        return found if isinstance(found, dict) else None

    def remember(self, key: str, value: dict[str, Any]) -> None:
        """Keep ``value`` under ``key``; where the folder cannot be written, only this run knows."""
        everything = {**self._read(), key: value}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=FILE_NAME)
            with os.fdopen(handle, "w") as file:
                json.dump(everything, file, indent=1, sort_keys=True)
            Path(name).replace(self.path)
        except OSError as error:
            logger.warning("Findings about models cannot be kept in %s: %s", self.path, error)

    def _read(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            content = json.loads(self.path.read_text())
            if isinstance(content, dict):
                return content
        return {}

    def checksum(self, path: Path) -> str:
        """SHA-256 of a file, computed again only when its size or time of change differs."""
        state = path.stat()
        key = f"checksum {path.absolute()} {state.st_size} {state.st_mtime_ns}"
        known = self.get(key)
        if known is not None and isinstance(known.get("sha256"), str):
            return str(known["sha256"])
        digest = sha256_of(path)
        self.remember(key, {"sha256": digest})
        return digest


def machine_id() -> str:
    """Short name of what decides how native code behaves here: CPU and number of usable cores."""
    described = " ".join([platform.machine(), str(usable_cores()), *sorted(cpu_flags())])
    return hashlib.sha256(described.encode()).hexdigest()[:12]


def versions(*packages: str) -> str:
    """Installed versions as one string; ``-`` for a package that is not installed."""
    found = []
    for package in packages:
        try:
            found.append(f"{package}={version(package)}")
        except PackageNotFoundError:
            found.append(f"{package}=-")
    return " ".join(found)
