"""Our adapters: what we trained on top of models that people install, and where it lies."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.registry.checksum import sha256_of
from localcluster.registry.manifest import AdapterEntry, read_manifest


def adapter_for(base_sha256: str, role: str) -> AdapterEntry | None:
    """The adapter with this role that belongs to a model with these weights; None where there is none."""
    known = (entry for entry in read_manifest().adapter if entry.role == role)
    return next((entry for entry in known if entry.base_sha256 == base_sha256), None)


@cache
def adapter_file(entry: AdapterEntry) -> Path:
    """Where the adapter lies, after its checksum was compared with the manifest's.

    Raises
    ------
    RegistryError
        It is missing or damaged.
    """
    with as_file(files("localcluster.registry").joinpath("adapters", entry.file.path)) as path:
        if not path.is_file() or sha256_of(path) != entry.file.sha256:
            raise RegistryError(
                f"The adapter {entry.name} ({path}) is missing or damaged. Install localcluster again, or go "
                "without it: --adapter none"
            )
        return path
