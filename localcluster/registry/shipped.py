"""Our adapters: what we trained on top of models that people install; they come with the package."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.registry.checksum import sha256_of
from localcluster.registry.manifest import AdapterEntry, read_manifest


def adapter_of(model_sha256: str) -> Path | None:
    """The file of the adapter that a model with these weights reads with by default; None without one.

    Raises
    ------
    RegistryError
        It is missing or damaged.
    """
    own = (one for one in read_manifest().adapter if one.default and one.base_sha256 == model_sha256)
    entry = next(own, None)
    return None if entry is None else _file(entry)


def adapter_named(name: str) -> Path | None:
    """The file of one of ours by its name; None where none is called so.

    Raises
    ------
    RegistryError
        It is missing or damaged.
    """
    entry = next((one for one in read_manifest().adapter if one.name == name), None)
    return None if entry is None else _file(entry)


def adapter_known(sha256: str) -> AdapterEntry | None:
    """The one of ours with this SHA-256."""
    return next((one for one in read_manifest().adapter if one.file.sha256 == sha256), None)


def _file(entry: AdapterEntry) -> Path:
    with as_file(files("localcluster.registry").joinpath("adapters", entry.file.path)) as path:
        if not path.is_file() or sha256_of(path) != entry.file.sha256:
            raise RegistryError(
                f"The adapter {entry.name} ({path}) is missing or damaged. Install localcluster again, or go "
                "without it: --adapter none"
            )
        return path
