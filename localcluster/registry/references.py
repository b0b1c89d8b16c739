"""Giving the user's own GGUF file or Hugging Face folder a short name, without copying it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.progress import SILENT, Reporter
from localcluster.registry.contents import describe, wanted_files
from localcluster.registry.manifest import ModelRole, read_manifest
from localcluster.registry.records import InstalledModel, added_record, find_record, write_record

GGUF_MAGIC = b"GGUF"
_SPLIT = re.compile(r"-\d{5}-of-(\d{5})\.gguf$")


def add(path: Path | str, name: str | None = None, reporter: Reporter = SILENT) -> InstalledModel:
    """Register a GGUF file or a Hugging Face folder under a short name. Nothing is copied.

    Parameters
    ----------
    name : str or None
        None takes the file's or folder's name in small letters.

    Raises
    ------
    RegistryError
        If there is no model at ``path``, or the name is taken by another one.
    """
    model = look_at(path, name, reporter)
    write_record(model, added_record(model.name))
    return model


def look_at(path: Path | str, name: str | None = None, reporter: Reporter = SILENT) -> InstalledModel:
    """What :func:`add` would register, without registering it.

    Raises
    ------
    RegistryError
        As :func:`add`.
    """
    place = Path(path).expanduser().absolute()
    if not place.exists():
        raise RegistryError(
            f"There is nothing at {place}. Give the path of a GGUF file or Hugging Face folder."
        )
    name = name or _short_name(place)
    _check_name(name, place)
    if place.is_dir():
        root, weights, role = place, None, _folder_role(place)
        names = wanted_files(place, None)
    else:
        _check_gguf(place)
        root, weights, role = place.parent, place.name, _LLM
        names = _parts(place)
    files = describe(root, names, f"Reading {name}", reporter)
    return InstalledModel(name, role, root, weights, "added", files)


_LLM: ModelRole = "llm"


def _short_name(place: Path) -> str:
    stem = place.name.removesuffix(".gguf").casefold()
    return re.sub(r"[^a-z0-9._-]+", "-", stem).strip("-.")


def _check_name(name: str, place: Path) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise RegistryError(
            f"{name!r} cannot be a name. Give one of letters, digits, '.', '_' and '-': --name my-model"
        )
    manifest = read_manifest()
    if manifest.get(name) or name in manifest.groups:
        raise RegistryError(
            f"{name!r} is the name of a model we know. Give {place} another one: "
            f"localcluster models add {place} --name my-{name}"
        )
    present = find_record(name)
    if present and present.path != place:
        raise RegistryError(
            f"{name!r} already stands for {present.path}. Give {place} another name: "
            f"localcluster models add {place} --name {name}-2; or free the name: "
            f"localcluster models remove {name}"
        )


def _check_gguf(place: Path) -> None:
    with place.open("rb") as stream:
        magic = stream.read(len(GGUF_MAGIC))
    if magic != GGUF_MAGIC:
        raise RegistryError(
            f"{place} is not a GGUF file (it begins with {magic!r} instead of {GGUF_MAGIC!r}). "
            "Give a .gguf file, or a folder with config.json and .safetensors files."
        )


def _parts(place: Path) -> list[str]:
    """All parts of a GGUF file that was split, or the file alone."""
    split = _SPLIT.search(place.name)
    if not split:
        return [place.name]
    stem = place.name[: split.start()]
    return sorted(part.name for part in place.parent.glob(f"{stem}-?????-of-{split[1]}.gguf"))


def _folder_role(place: Path) -> ModelRole:
    config = place / "config.json"
    if not config.is_file():
        raise RegistryError(
            f"{place} holds no config.json, so it is not a Hugging Face model. "
            "Give the folder that holds config.json, or a GGUF file by its own path."
        )
    if not any(place.glob("*.safetensors")):
        raise RegistryError(
            f"{place} holds no .safetensors file. Pickled weights (.bin, .pt) are never loaded, because "
            "loading them runs their code; get the model in safetensors format."
        )
    if (place / "modules.json").is_file():
        return "embedder"
    try:
        settings = json.loads(config.read_text("utf-8"))
    except ValueError as error:
        raise RegistryError(f"{config} is not JSON ({error}). Fetch the model again.") from error
    if "vision_config" in settings:
        return "mllm"
    generates = any("CausalLM" in kind or "LMHead" in kind for kind in settings.get("architectures") or ())
    return "llm" if generates else "embedder"
