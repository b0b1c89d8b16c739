"""From a name or a path to the files a backend opens; and the check that those files are intact."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.progress import SILENT, Reporter
from localcluster.registry.contents import problems
from localcluster.registry.manifest import ModelEntry, read_manifest, unknown_name
from localcluster.registry.records import SOURCE_PACK, InstalledModel, find_record, installed

_ROLE_WORDS = {
    "llm": "a language model",
    "mllm": "a language model that sees images",
    "embedder": "a sentence embedder",
}


def resolve(name_or_path: str, role: str | None = None) -> Path:
    """Return the GGUF file or Hugging Face folder that a name or path stands for.

    A path is taken as it is. An installed name goes before a file of the same name in the current
    folder; write ``./name`` for the file.

    Parameters
    ----------
    role : {"llm", "mllm", "embedder"} or None
        What the model is wanted for. A model known to be something else is refused.

    Raises
    ------
    RegistryError
        If the model is unknown or not installed; the message ends with the command to type.
    """
    place = Path(name_or_path).expanduser()
    looks_like_path = os.sep in name_or_path or name_or_path.endswith(".gguf") or name_or_path.startswith("~")
    if looks_like_path and place.exists():
        return place
    model = find_record(name_or_path)
    if model:
        _check_role(model.name, model.role, role)
        if not model.path.exists():
            raise RegistryError(f"{model.path}, the file of model {model.name!r}, is gone. {repair(model)}")
        return model.path
    if place.exists():
        return place
    if looks_like_path:
        raise RegistryError(
            f"There is no file or folder {name_or_path}. Give the path of a GGUF file or Hugging Face "
            "folder, or a name from: localcluster models list"
        )
    manifest = read_manifest()
    entry = manifest.get(name_or_path)
    if entry is None:
        known = (*(entry.name for entry in manifest.model), *(model.name for model in installed()))
        raise RegistryError(unknown_name(name_or_path, known))
    _check_role(entry.name, entry.role, role)
    raise RegistryError(_not_installed(entry))


def _check_role(name: str, is_role: str, wanted: str | None) -> None:
    fits = wanted is None or is_role == wanted or (is_role, wanted) == ("mllm", "llm")
    if not fits:
        raise RegistryError(
            f"{name!r} is {_ROLE_WORDS[is_role]}, but {_ROLE_WORDS[wanted or is_role]} is needed here. "
            "Choose one from: localcluster models list"
        )


def _not_installed(entry: ModelEntry) -> str:
    target = read_manifest().group_of(entry.name) or entry.name
    return (
        f"The model {entry.name!r} is not installed. Type: localcluster models install {target}\n"
        "Without a network here, type that on a connected machine, and then, also there: "
        f"localcluster pack models.tar {target}\n"
        "Bring models.tar to this machine and type: localcluster unpack models.tar"
    )


def repair(model: InstalledModel) -> str:
    """What to type when files of an installed model are missing or damaged."""
    if model.source == "added":
        return f"Put it back, or name its new place: localcluster models add PATH --name {model.name}"
    if model.source.startswith(SOURCE_PACK):
        return "Unpack its archive again: localcluster unpack ARCHIVE.tar"
    return f"Install it again: localcluster models install {model.name}"


@dataclass(frozen=True)
class Verdict:
    """Outcome of checking one model's files; ``problems`` is empty when all is well."""

    model: InstalledModel
    problems: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """What to type; empty when all is well."""
        return repair(self.model) if self.problems else ""


def verify(names: Sequence[str] = (), reporter: Reporter = SILENT) -> list[Verdict]:
    """Read every file of the named models (of all, if none is named) and compare it with its checksum.

    The manifest's checksums count where it has them, else the ones noted at installation.

    Raises
    ------
    RegistryError
        If a named model is not installed.
    """
    models = [_require(name) for name in names] if names else installed()
    verdicts = []
    for model in models:
        entry = None if model.source == "added" else read_manifest().get(model.name)
        files = (entry.files if entry else ()) or model.files
        found = problems(model.root, files, f"Checking {model.name}", reporter)
        verdicts.append(Verdict(model, tuple(found)))
    return verdicts


def _require(name: str) -> InstalledModel:
    model = find_record(name)
    if model is None:
        resolve(name)
        raise RegistryError(
            f"{name} is a path, not an installed model. Give it a name: localcluster models add {name}"
        )
    return model
