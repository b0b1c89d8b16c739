"""One run at a time per folder; the operating system lets go of the lock when the process dies."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from localcluster.errors import RunFolderError

LOCK_NAME = ".lock"


class FolderLock:
    """An exclusive ``flock`` on a file of the folder, held until :meth:`release` or process death."""

    def __init__(self, folder: Path) -> None:
        path = folder / LOCK_NAME
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise RunFolderError(
                f"{folder} cannot be written: {error.strerror}. Choose another folder (--out, run_dir)."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise RunFolderError(
                    f"Another run (process {holder or 'unknown'}) is writing to {folder}. "
                    "Wait for it, or choose another folder (--out, run_dir)."
                ) from error
            raise RunFolderError(
                f"{folder} cannot be locked ({error.strerror}); some network disks cannot. "
                "Choose a folder on a local disk (--out, run_dir)."
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
