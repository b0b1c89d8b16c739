"""Writing models, and the wheels that run them, into one file for a machine without a network.

The same models give the same bytes: members are sorted and carry no time, owner or path of this machine.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from localcluster.airgap.own_wheels import fetch_wheels, pinned_requirements, wheels_in
from localcluster.airgap.packing_list import (
    LIST_NAME,
    README,
    REQUIREMENTS,
    PackedFile,
    PackedModel,
    PackingList,
    first_fault,
)
from localcluster.errors import RegistryError
from localcluster.progress import SILENT, Reporter
from localcluster.registry.contents import byte_bar, describe
from localcluster.registry.lookup import repair, resolve
from localcluster.registry.manifest import read_manifest
from localcluster.registry.records import RECORD_NAME, InstalledModel, find_record, installed
from localcluster.registry.references import look_at
from localcluster.registry.staging import check_space
from localcluster.version import __version__

#: What to type on the other machine; the README in the archive and the command line say it.
INSTALL_WHEELS = (
    "tar -xf {archive} wheels",
    "python3 -m pip install --no-index --find-links wheels --require-hashes -r wheels/requirements.txt",
)
INSTALL_MODELS = "localcluster unpack {archive}"


def pack(
    out: Path,
    names: Sequence[str] = (),
    *,
    with_wheels: bool = False,
    wheels_from: Path | None = None,
    reporter: Reporter = SILENT,
) -> PackingList:
    """Write an archive of models for ``localcluster unpack``.

    Parameters
    ----------
    out : Path
        The archive to write; it ends in ``.tar``. An older archive of ours there is replaced.
    names : sequence of str
        Names of installed models or groups, or paths of GGUF files and Hugging Face folders; none means every
        model that can be used by name here.
    with_wheels : bool
        Add the wheels of localcluster and all it needs, in the versions installed here. This asks the package
        index that pip is set up for: the one thing here that uses the network.
    wheels_from : Path or None
        Add the wheels in this folder; the network is not used.

    Raises
    ------
    RegistryError
        If a model is not installed or not intact, a wheel cannot be had, or there is no room. No archive is
        left then.
    """
    _check_out(out)
    models = _chosen(names, reporter)
    with ExitStack() as stack:
        if with_wheels:
            wheels_from = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            python = fetch_wheels(wheels_from, reporter)
        else:
            python = None
        packed, sources = _gathered(models, wheels_from, python, reporter)
        check_space(f"Packing {len(models)} models", packed.size, out.absolute().parent, "name another disk")
        # In one step: a killed process leaves no archive that looks whole.
        draft = out.with_name(f".{out.name}.new")
        stack.callback(draft.unlink, missing_ok=True)
        with byte_bar(f"Packing {out.name}", packed.size, reporter) as advance:
            _write(draft, packed, sources, advance)
        draft.replace(out)
    return packed


def _check_out(out: Path) -> None:
    if out.suffix != ".tar":
        raise RegistryError(
            f"{out} does not end in .tar. The archive to write comes first, then names: "
            "localcluster pack models.tar starter"
        )
    if not out.absolute().parent.is_dir():
        raise RegistryError(f"There is no folder {out.absolute().parent} to write {out.name} into. Make it.")
    if out.exists() and not (out.is_file() and _is_ours(out)):
        raise RegistryError(f"{out} exists and is no archive of ours. Name another file, or delete it.")


def _is_ours(out: Path) -> bool:
    with out.open("rb") as stream:
        return stream.read(len(LIST_NAME)) == LIST_NAME.encode()


def _chosen(names: Sequence[str], reporter: Reporter) -> list[InstalledModel]:
    """Models that ``names`` stand for, each once, in order of their names."""
    if not names:
        found = installed()
        if not found:
            raise RegistryError("No model is installed. Type: localcluster models install starter")
    else:
        groups = read_manifest().groups
        found = [_model(member, reporter) for name in names for member in groups.get(name, (name,))]
    return [model for _, model in sorted({model.name: model for model in found}.items())]


def _model(name_or_path: str, reporter: Reporter) -> InstalledModel:
    model = find_record(name_or_path)
    if model:
        return model
    place = resolve(name_or_path).absolute()
    known = next((model for model in installed() if model.path == place), None)
    return known or look_at(place, reporter=reporter)


def _gathered(
    models: Iterable[InstalledModel], wheels_from: Path | None, python: str | None, reporter: Reporter
) -> tuple[PackingList, dict[str, Path | bytes]]:
    """Return the list of the archive, and for each member in it the file or bytes that it is."""
    try:
        listed = tuple(_packed(model) for model in models)
        sources: dict[str, Path | bytes] = {
            f"models/{model.name}/{file.path}": model.root / file.path
            for model in models
            for file in model.files
        }
        wheels: tuple[PackedFile, ...] = ()
        if wheels_from is not None:
            names = wheels_in(wheels_from)
            described = describe(wheels_from, names, "Reading wheels", reporter)
            pinned = pinned_requirements({file.path: file.sha256 for file in described})
            files = tuple(PackedFile(path=f.path, size=f.size, sha256=f.sha256) for f in described)
            wheels = (*files, _from_bytes(REQUIREMENTS, pinned))
            sources |= {f"wheels/{name}": wheels_from / name for name in names}
            sources[f"wheels/{REQUIREMENTS}"] = pinned
        readme = _readme(listed, bool(wheels), python)
        sources[README] = readme
        packed = PackingList(
            made_by=f"localcluster {__version__}",
            readme=_from_bytes(README, readme),
            models=listed,
            wheels=wheels,
            python=python,
        )
    except ValidationError as error:
        raise RegistryError(
            f"This cannot be packed: {first_fault(error)}. Rename it, and add it again."
        ) from error
    return packed, sources


def _packed(model: InstalledModel) -> PackedModel:
    # An added folder may be one that another home installed; its record is none of the model's files.
    files = sorted((file for file in model.files if file.path != RECORD_NAME), key=lambda file: file.path)
    return PackedModel(
        name=model.name,
        role=model.role,
        weights=model.weights,
        source=model.source,
        files=tuple(PackedFile(path=file.path, size=file.size, sha256=file.sha256) for file in files),
    )


def _from_bytes(path: str, content: bytes) -> PackedFile:
    return PackedFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _readme(models: Iterable[PackedModel], with_wheels: bool, python: str | None) -> bytes:
    lines = [f"Written by localcluster {__version__}, for a machine without a network.", "", "Models:"]
    lines += [f"  {model.name}  ({sum(file.size for file in model.files):,} bytes)" for model in models]
    if with_wheels:
        fit = f" (Python {python})" if python else ""
        lines += ["", f"Install localcluster from the wheels in here{fit}:"]
        lines += [f"  {line.format(archive='ARCHIVE.tar')}" for line in INSTALL_WHEELS]
    lines += ["", "Install the models:", f"  {INSTALL_MODELS.format(archive='ARCHIVE.tar')}", ""]
    return "\n".join(lines).encode()


def _write(
    draft: Path, packed: PackingList, sources: Mapping[str, Path | bytes], advance: Callable[[int], None]
) -> None:
    with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as tar:
        text = packed.to_json()
        _add(tar, LIST_NAME, _from_bytes(LIST_NAME, text), BytesIO(text), lambda _: None)
        for name, file in packed.members():
            source = sources[name]
            if isinstance(source, bytes):
                _add(tar, name, file, BytesIO(source), advance)
                continue
            if not source.is_file() or source.stat().st_size != file.size:
                raise _changed(name, source)
            with source.open("rb") as stream:
                if _add(tar, name, file, stream, advance) != file.sha256:
                    raise _changed(name, source)


def _add(
    tar: tarfile.TarFile, name: str, file: PackedFile, stream: BinaryIO, advance: Callable[[int], None]
) -> str:
    """Append a file that looks the same whoever packs it and when; return its SHA-256."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = file.size, 0o644
    reader = _Hashing(stream, advance)
    tar.addfile(member, reader)  # type: ignore[arg-type]
    return reader.digest.hexdigest()


def _changed(name: str, source: Path) -> RegistryError:
    model = find_record(name.split("/")[1])
    remedy = repair(model) if model else "Run the command again."
    return RegistryError(f"{source} is gone, or not the file it was when it was added. {remedy}")


class _Hashing:
    """A stream that is hashed while tarfile reads it, so that large files are read once."""

    def __init__(self, stream: BinaryIO, advance: Callable[[int], None]) -> None:
        self._stream, self._advance = stream, advance
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        self._advance(len(block))
        return block
