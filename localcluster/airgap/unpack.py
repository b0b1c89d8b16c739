"""Installing the models of an archive that came from a machine with a network."""

from __future__ import annotations

from pathlib import Path

from localcluster.airgap.archive import Archive, open_archive
from localcluster.airgap.packing_list import PackedModel, PackingList
from localcluster.errors import RegistryError
from localcluster.progress import SILENT, Reporter
from localcluster.registry.contents import byte_bar, problems
from localcluster.registry.home import models_folder
from localcluster.registry.manifest import ModelFile, read_manifest
from localcluster.registry.records import (
    RECORD_NAME,
    SOURCE_PACK,
    InstalledModel,
    find_record,
    write_record,
)
from localcluster.registry.staging import check_space, put_in_place, staging


def unpack(archive: Path, reporter: Reporter = SILENT) -> PackingList:
    """Install the models of an archive. Unpacking again repairs or does nothing.

    Every file is read and checked, wheels too, before the first model is moved into place.

    Returns
    -------
    PackingList
        What the archive holds. Its wheels are not unpacked: pip takes them from the archive's own folder.

    Raises
    ------
    RegistryError
        If the archive is damaged or not one of ours, if it would replace another model of the same name, or
        there is no room. Nothing is installed then.
    """
    with open_archive(archive) as opened:
        packed = opened.packing_list
        for model in packed.models:
            _check_known(opened, model)
        wanted = [model for model in packed.models if not _is_here(model, reporter)]
        with staging() as staged:
            needed = sum(file.size for model in wanted for file in model.files)
            remedy = "set LOCALCLUSTER_HOME to a folder on another disk"
            check_space(f"Unpacking {archive.name}", needed, models_folder(), remedy)
            fresh = {model.name: staged / "new" / model.name for model in wanted}
            places = {
                f"models/{model.name}/{file.path}": fresh[model.name] / file.path
                for model in wanted
                for file in model.files
            }
            with byte_bar(f"Unpacking {archive.name}", packed.size, reporter) as advance:
                opened.take(places, staged, advance)
            for model in wanted:
                _install(model, fresh[model.name], staged, reporter)
    return packed


def _check_known(opened: Archive, model: PackedModel) -> None:
    """Refuse other files under the name of a model that the manifest describes."""
    manifest = read_manifest()
    entry = manifest.get(model.name)
    if model.name in manifest.groups:
        raise opened.refusal(f"holds a model called {model.name!r}, which is the name of a group of models")
    if entry is None:
        return
    pinned = {(file.path, file.size, file.sha256) for file in entry.files}
    same = (entry.role, entry.weights) == (model.role, model.weights)
    if not same or (pinned and pinned != _identity(model)):
        raise opened.refusal(
            f"holds other files under the name {model.name!r} than that model has; have its maker pack "
            f"them under another name: localcluster models add PATH --name my-{model.name}"
        )


def _is_here(model: PackedModel, reporter: Reporter) -> bool:
    """Whether the model need not be unpacked; another one of its name is never replaced."""
    present = find_record(model.name)
    if present is None:
        return False
    if {(file.path, file.size, file.sha256) for file in present.files} == _identity(model):
        if problems(present.root, present.files, f"Checking {model.name}", reporter):
            return False
        reporter.say(f"{model.name} is installed already, and its files are intact.")
        return True
    entry = read_manifest().get(model.name)
    if entry and entry.files:
        return False
    raise RegistryError(
        f"{model.name!r} already stands for another model here, {present.path}. To keep both, pack the other "
        f"one under another name (localcluster models add PATH --name {model.name}-2); to replace it, type "
        f"first: localcluster models remove {model.name}. Nothing was installed."
    )


def _install(model: PackedModel, fresh: Path, staged: Path, reporter: Reporter) -> None:
    final = models_folder() / model.name
    files = tuple(ModelFile(file.path, file.size, file.sha256) for file in model.files)
    source = model.source if model.source.startswith(SOURCE_PACK) else f"{SOURCE_PACK} {model.source}"
    installed = InstalledModel(model.name, model.role, final, model.weights, source, files)
    write_record(installed, fresh / RECORD_NAME)
    put_in_place(fresh, final, staged)
    reporter.say(f"Installed {model.name} ({installed.size / 1e6:,.0f} MB) in {final}")


def _identity(model: PackedModel) -> set[tuple[str, int, str]]:
    return {(file.path, file.size, file.sha256) for file in model.files}
