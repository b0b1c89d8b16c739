"""The list at the head of an archive made by ``localcluster pack``: every file, with size and SHA-256.

It is JSON, the first member of a plain tar. What it may say is as narrow as what :mod:`.pack` writes, so
that an archive from anywhere cannot name a place outside its folder, nor a file that runs as code.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from localcluster.registry.contents import FOLDER_FILES
from localcluster.registry.manifest import ModelRole
from localcluster.registry.records import RECORD_NAME

#: Name of the list in the archive; an archive of ours begins with these bytes.
LIST_NAME = "localcluster-pack.json"
FORMAT: Final = "localcluster pack"
#: Raise it when older versions could not unpack what this one writes.
VERSION: Final = 1
#: Bytes of the list, at most: some 50,000 files.
LONGEST_LIST = 8 << 20
#: Bytes of one part of a path, which file systems agree on, and of a whole one.
LONGEST_PART, LONGEST_PATH = 255, 1024
#: Members beside the list and the models.
README, WHEELS, REQUIREMENTS = "README.txt", "wheels", "requirements.txt"

_STRICT = ConfigDict(extra="forbid", frozen=True)


def plain_path(path: str) -> str:
    """Return ``path`` if it can only be a place inside a folder, the same one on every system.

    Raises
    ------
    ValueError
        If it is absolute, leaves the folder, is not in its shortest form, has characters that a terminal or
        a file system would take for something else, or is too long.
    """
    parts = path.split("/")
    if (
        any(part in ("", ".", "..") or len(part.encode()) > LONGEST_PART for part in parts)
        or len(path.encode()) > LONGEST_PATH
        or not path.isprintable()
        or any(character in path for character in '\\:*?"<>|')
    ):
        raise ValueError(f"{path!r} is no plain path inside a folder")
    return path


PlainPath = Annotated[str, AfterValidator(plain_path)]


class PackedFile(BaseModel):
    """One file; ``path`` is relative to its model's folder, or to the folder of wheels."""

    model_config = _STRICT

    path: PlainPath
    size: Annotated[int, Field(ge=0, le=1 << 62)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class PackedModel(BaseModel):
    """A model with all of its files; the fields are those of :class:`~.records.InstalledModel`."""

    model_config = _STRICT

    name: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    role: ModelRole
    weights: PlainPath | None
    source: Annotated[str, Field(max_length=500)]
    files: tuple[PackedFile, ...]

    @model_validator(mode="after")
    def _a_model(self) -> PackedModel:
        paths = [file.path for file in self.files]
        _distinct(paths)
        for path in paths:
            if not any(fnmatchcase(path, kind) for kind in (*FOLDER_FILES, "*.gguf")):
                raise ValueError(f"{path!r} is no file of a model without code")
            if path.casefold() == RECORD_NAME:
                raise ValueError(f"{path!r} is the name of our own record")
        complete = (
            self.weights in paths if self.weights else any(path.endswith(".safetensors") for path in paths)
        )
        if not complete:
            raise ValueError(f"the weights of {self.name!r} are not among its files")
        return self


class PackingList(BaseModel):
    """Everything in an archive.

    Attributes
    ----------
    made_by : str
        Version of localcluster that wrote the archive.
    python : str or None
        Which Python the wheels fit, where there are any: ``"3.11 on linux-x86_64"``.
    """

    model_config = _STRICT

    format: Literal["localcluster pack"] = FORMAT
    version: Literal[1] = VERSION
    made_by: Annotated[str, Field(max_length=100)]
    readme: PackedFile
    models: tuple[PackedModel, ...]
    wheels: tuple[PackedFile, ...] = ()
    python: Annotated[str, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def _nothing_twice(self) -> PackingList:
        if self.readme.path != README:
            raise ValueError(f"{self.readme.path!r} is no {README}")
        _distinct([model.name for model in self.models])
        _distinct([file.path for file in self.wheels])
        return self

    def members(self) -> Iterator[tuple[str, PackedFile]]:
        """Names in the archive, in the order they stand in it, and what is known about each."""
        yield README, self.readme
        for model in self.models:
            for file in model.files:
                yield f"models/{model.name}/{file.path}", file
        for file in self.wheels:
            yield f"{WHEELS}/{file.path}", file

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for _, file in self.members())

    def to_json(self) -> bytes:
        """The list as it stands in the archive."""
        return self.model_dump_json(indent=1).encode()


class _Header(BaseModel):
    format: Literal["localcluster pack"]
    version: int


def read_packing_list(text: bytes) -> PackingList:
    """Read the list of an archive.

    Raises
    ------
    ValueError
        If a newer localcluster wrote it, or it is not a list that :mod:`.pack` writes. The message is the
        rest of a sentence about the archive.
    """
    try:
        version = _Header.model_validate_json(text).version
        if version > VERSION:
            raise ValueError(
                f"has format version {version}, and this localcluster reads versions up to {VERSION}: "
                "bring a newer localcluster here, too (localcluster pack --wheels)"
            )
        return PackingList.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(
            f"has a list of files that localcluster does not write ({first_fault(error)})"
        ) from error


def first_fault(error: ValidationError) -> str:
    """Where and what, for the first of the faults found."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    what = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


def _distinct(paths: list[str]) -> None:
    """Refuse paths that are one on some disk, or of which one would have to be both file and folder."""
    # Disks of macOS and Windows do not tell small letters from capitals, nor ways to write an accent.
    folded = {unicodedata.normalize("NFC", path).casefold() for path in paths}
    if len(folded) < len(paths):
        raise ValueError("two files, or two models, share a name")
    for path in folded:
        if any(parent.as_posix() in folded for parent in PurePosixPath(path).parents):
            raise ValueError(f"{path!r} lies inside another file")
