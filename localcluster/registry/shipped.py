"""Our adapters: what we trained on top of models that people install; they come with the package."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.registry.checksum import sha256_of
from localcluster.registry.manifest import read_manifest


def adapter_of(model_sha256: str) -> Path | None:
    """The file of the adapter that belongs to a model with these weights; None where there is none.

    Raises
    ------
    RegistryError
        It is missing or damaged.
    """
    entry = next((one for one in read_manifest().adapter if one.base_sha256 == model_sha256), None)
    if entry is None:
        return None
    with as_file(files("localcluster.registry").joinpath("adapters", entry.file.path)) as path:
        if not path.is_file() or sha256_of(path) != entry.file.sha256:
            raise RegistryError(
                f"The adapter {entry.name} ({path}) is missing or damaged. Install localcluster again, or go "
                "without it: --adapter none"
            )
        return path
