"""Which installed models a settings file, or a finished run, names."""

from __future__ import annotations

import json
import sys
from pathlib import Path, PurePosixPath
from typing import Any

from localcluster.config import DEFAULT_EMBEDDER, DEFAULT_LLM, NO_LLM
from localcluster.errors import ConfigError, RegistryError
from localcluster.registry.checksum import joined_sha256
from localcluster.registry.records import InstalledModel, installed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def models_named_by(file: Path) -> tuple[str, ...]:
    """Names or paths of the models that ``file`` needs.

    Parameters
    ----------
    file : Path
        A ``.toml`` or ``.json`` file with the settings ``llm`` and ``embedder`` of a run (one that is absent
        means the default), or the ``run.json`` of a finished run, which knows its models by checksum.

    Raises
    ------
    ConfigError
        If it is neither.
    RegistryError
        If the model of a finished run is not installed, or not in that version.
    """
    settings = _settings(file)
    used = (settings.get("facts") or {}).get("models")
    if isinstance(used, dict):
        return tuple(_by_checksum(used[role]) for role in ("embedder", "language model") if role in used)
    names = settings.get("llm", DEFAULT_LLM), settings.get("embedder", DEFAULT_EMBEDDER)
    if not {"llm", "embedder"} & set(settings) or not all(isinstance(name, str) for name in names):
        raise ConfigError(
            f'{file} names no model. Put lines such as llm = "{DEFAULT_LLM}" and '
            f'embedder = "{DEFAULT_EMBEDDER}" into it, or give the run.json of a finished run.'
        )
    return tuple(name for name in names if name != NO_LLM)


def _settings(file: Path) -> dict[str, Any]:
    if file.is_dir():
        file = file / "run.json"
    if not file.is_file():
        raise ConfigError(
            f"There is no file {file}. Give a .toml or .json file of settings, or a run folder."
        )
    try:
        text = file.read_text("utf-8")
        settings = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "TOML" if file.suffix == ".toml" else "JSON"
        raise ConfigError(
            f"{file} is not {kind} ({error}). Correct it, or name the models instead."
        ) from error
    if not isinstance(settings, dict) or not isinstance(settings.get("facts") or {}, dict):
        raise ConfigError(
            f"{file} holds no settings. Give a .toml or .json file of settings, or a run folder."
        )
    return settings


def _by_checksum(used: Any) -> str:
    # Of an embedder with an adapter, the one is of both, the other of what is installed.
    sha256 = used.get("weights") or used.get("sha256") if isinstance(used, dict) else None
    name = used.get("name") if isinstance(used, dict) else used
    for model in installed():
        if sha256 in _weights_sha256(model):
            return model.name
    raise RegistryError(
        f"The run used {name} with SHA-256 {str(sha256)[:12]}..., and no model installed here has it. "
        "Name the models to pack instead, or add the file: localcluster models add PATH"
    )


def _weights_sha256(model: InstalledModel) -> set[str]:
    """What the backends and the embedder may call the weights of ``model``."""
    hashes = {PurePosixPath(file.path): file.sha256 for file in model.files}
    if model.weights:
        return {hashes[PurePosixPath(model.weights)]}
    tensors = sorted(path for path in hashes if path.suffix == ".safetensors")
    # An embedder's hash covers its sub-folders, a language model's does not.
    top = [path for path in tensors if len(path.parts) == 1]
    return {joined_sha256([hashes[path] for path in some]) for some in (tensors, top) if some}
