"""A place beside the installed models where files are gathered and checked before they become one."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcluster.errors import RegistryError
from localcluster.registry.home import models_folder

STAGING_PREFIX = ".installing-"
#: A staging folder this old (seconds) was left behind by a killed process.
STALE_S = 24 * 3600


@contextmanager
def staging() -> Iterator[Path]:
    """Give an empty folder on the disk of the installed models; what is still in it at the end is deleted."""
    models_folder().mkdir(parents=True, exist_ok=True)
    _sweep()
    with tempfile.TemporaryDirectory(prefix=STAGING_PREFIX, dir=models_folder()) as folder:
        yield Path(folder)


def put_in_place(fresh: Path, final: Path, staged: Path) -> None:
    """Rename the complete folder ``fresh`` to ``final``; what was there moves into ``staged``."""
    if final.exists():
        final.rename(staged / f"old-{final.name}")
    fresh.rename(final)


def check_space(what: str, needed: int, folder: Path, remedy: str) -> None:
    """Refuse to write ``needed`` bytes into ``folder`` where they have no room.

    Raises
    ------
    RegistryError
        With both numbers; ``remedy`` ends the message.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise RegistryError(
            f"{what} needs {needed / 1e9:,.1f} GB, but {folder} has {free / 1e9:,.1f} GB free. "
            f"Free some, or {remedy}."
        )


def _sweep() -> None:
    for folder in models_folder().glob(f"{STAGING_PREFIX}*"):
        if folder.stat().st_mtime < time.time() - STALE_S:
            shutil.rmtree(folder, ignore_errors=True)
