"""A run folder: where a run keeps what it has computed, so that a killed run continues."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from localcluster.errors import RunFolderError
from localcluster.store.files import (
    TEMP_MARK,
    Arrays,
    read_arrays,
    read_json,
    write_arrays,
    write_atomic,
    write_json,
)
from localcluster.store.keys import key_of
from localcluster.store.lock import LOCK_NAME, FolderLock
from localcluster.store.values import read_value, write_value

#: Raised when the layout of a run folder changes so that an older program would misread it.
FORMAT = 2
MARKER = "localcluster.json"
#: Folders inside a run folder that hold nothing but our files.
CACHE, RESULTS = "cache", "results"
#: What ``--fresh`` removes besides these; anything else in the folder is not ours.
OUTPUTS = ("run.json", "items.parquet", "rows.parquet", "clusters.csv", "report.html")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,120}")
_ROWS = "rows"
_T = TypeVar("_T")


class RunFolder:
    """Checkpoints of one run, each stored under a key of all that it was computed from.

    A stored value is returned only if its key and checksum are right; otherwise it is computed
    again and replaced. Nothing in the folder depends on where the folder lies.
    """

    def __init__(self, path: Path, lock: FolderLock) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, path: Path, *, fresh: bool = False) -> RunFolder:
        """Create a run folder, or continue the one that is there.

        Parameters
        ----------
        fresh : bool
            Forget what an earlier run of ours left in the folder; foreign files stay.

        Raises
        ------
        RunFolderError
            For a folder with files that are not ours, of a newer format, in use by another run, or
            not writable.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFolderError(
                f"The folder {path} cannot be made: {error.strerror}. Choose another (--out, run_dir)."
            ) from error
        _check_ours(path)
        folder = cls(path, FolderLock(path))
        try:
            if fresh:
                folder._clear()
            folder._remove_half_written()
            marker = json.dumps({"format": FORMAT}).encode()
            # Of an older version, too: what this one adds to the folder that one would misread.
            if not (path / MARKER).exists() or (path / MARKER).read_bytes() != marker:
                write_atomic(path / MARKER, marker)
            folder.make(CACHE)
        except BaseException:
            folder.close()
            raise
        return folder

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let other runs use the folder."""
        self._lock.release()

    def make(self, name: str) -> Path:
        """A sub folder, created if it is absent."""
        folder = self.path / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"The folder {folder} cannot be made: {error.strerror}.") from error
        return folder

    def arrays(self, name: str, key: str, compute: Callable[[], Arrays]) -> Arrays:
        """Named arrays stored under ``key``, computed and stored if they are not there.

        Parameters
        ----------
        name : str
            Letters, digits and ``_.-``; one stored value per name, so another key replaces it.
        key : str
            From :func:`~localcluster.store.keys.key_of` of everything the arrays depend on.
        compute : callable
        """
        path = self._cached(name, ".safetensors")
        stored = read_arrays(path, key)
        if stored is None:
            stored = compute()
            write_arrays(path, stored, key)
        return stored

    def json(self, name: str, key: str, compute: Callable[[], Any]) -> Any:
        """A JSON value stored under ``key``, computed and stored if it is not there.

        Tuples come back as lists, at the first call too.
        """
        path = self._cached(name, ".json")
        stored = read_json(path, key)
        return write_json(path, compute(), key) if stored is None else stored[0]

    def value(self, name: str, key: str, kind: type[_T], compute: Callable[[], _T]) -> _T:
        """A dataclass stored under ``key``, computed and stored if it is not there.

        Parameters
        ----------
        name, key : str
            As for :meth:`arrays`.
        kind : type
            Of what ``compute`` gives; see :mod:`~localcluster.store.values`.
        compute : callable
        """
        path = self._cached(name, ".safetensors")
        stored = read_value(path, kind, key)
        if stored is None:
            stored = compute()
            write_value(path, stored, key)
        return stored

    def remember(self, name: str, value: Any) -> Any:
        """Keep a JSON value whatever was there before, and return that; None where nothing was."""
        before = self.recall(name)
        write_json(self._cached(name, ".json"), value, name)
        return before

    def recall(self, name: str) -> Any:
        """What :meth:`remember` kept last; None where nothing was."""
        before = read_json(self._cached(name, ".json"), name)
        return None if before is None else before[0]

    def chunked(
        self,
        name: str,
        key: str,
        n: int,
        chunk: int,
        compute: Callable[[int, int], NDArray[Any]],
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[Any]:
        """Rows of a long pass, computed ``chunk`` at a time and each chunk stored when it is done.

        Parameters
        ----------
        name, key : str
            As for :meth:`arrays`.
        n : int
            Number of rows.
        chunk : int
            Rows per call. After a kill at most this many rows are computed again.
        compute : callable
            ``compute(start, stop)`` gives an array of shape ``(stop - start, ...)``.
        progress : callable, optional
            ``progress(done, n)`` after each chunk; a continued run starts where it was.

        Returns
        -------
        array, shape (n, ...)
        """
        path = self._cached(name, ".safetensors")
        stored = read_arrays(path, key)
        if stored is None:
            parts = self.make(f"{CACHE}/{name}.parts")
            rows = [
                self._part(parts, key, start, min(start + chunk, n), n, compute, progress)
                for start in range(0, max(n, 1), chunk)
            ]
            stored = {_ROWS: np.concatenate(rows)}
            write_arrays(path, stored, key)
        # Also after a kill between writing the whole and removing its parts.
        shutil.rmtree(self.path / CACHE / f"{name}.parts", ignore_errors=True)
        return stored[_ROWS]

    def kept(self, name: str, key: str) -> NDArray[Any] | None:
        """What :meth:`chunked` stored whole under ``key``; None where it did not."""
        stored = read_arrays(self._cached(name, ".safetensors"), key)
        return None if stored is None else stored[_ROWS]

    @staticmethod
    def _part(
        parts: Path,
        key: str,
        start: int,
        stop: int,
        n: int,
        compute: Callable[[int, int], NDArray[Any]],
        progress: Callable[[int, int], None] | None,
    ) -> NDArray[Any]:
        path, part_key = parts / f"{start}-{stop}.safetensors", key_of(key, start, stop)
        stored = read_arrays(path, part_key)
        if stored is None:
            rows = compute(start, stop)
            if len(rows) != stop - start:
                raise ValueError(f"compute({start}, {stop}) gave {len(rows)} rows")
            stored = {_ROWS: rows}
            write_arrays(path, stored, part_key)
        if progress is not None:
            progress(stop, n)
        return stored[_ROWS]

    def _cached(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a stored value: letters, digits and _.- only")
        return self.path / CACHE / (name + suffix)

    def _remove_half_written(self) -> None:
        pattern = f".*{TEMP_MARK}[0-9]*"
        for file in (
            *self.path.glob(pattern),
            *(self.path / CACHE).rglob(pattern),
            *(self.path / RESULTS).glob(pattern),
        ):
            file.unlink(missing_ok=True)

    def _clear(self) -> None:
        for output in OUTPUTS:
            (self.path / output).unlink(missing_ok=True)
        for ours in (CACHE, RESULTS):
            shutil.rmtree(self.path / ours, ignore_errors=True)


def check_format(path: Path) -> None:
    """Raise :class:`RunFolderError` unless the folder's marker is one this version reads."""
    try:
        found = json.loads((path / MARKER).read_bytes())["format"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunFolderError(
            f"{path} is not a readable run folder ({MARKER} is missing or damaged). Choose another "
            "(--out, run_dir)."
        ) from error
    if not isinstance(found, int) or found > FORMAT:
        raise RunFolderError(
            f"{path} was written by a newer localcluster (format {found}, this one reads up to {FORMAT}). "
            "Update localcluster, or choose another folder (--out, run_dir)."
        )


def check_usable(path: Path) -> None:
    """Raise :class:`RunFolderError` for a place that :meth:`RunFolder.open` would refuse; change nothing."""
    if path.is_dir():
        _check_ours(path)
    elif path.exists():
        raise RunFolderError(f"{path} is a file, not a folder. Choose another place (--out, run_dir).")


def _check_ours(path: Path) -> None:
    if (path / MARKER).exists():
        check_format(path)
        return
    try:
        names = [file.name for file in path.iterdir()]
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be read: {error.strerror}. Choose another (--out, run_dir)."
        ) from error
    # A run killed at its very start leaves only these.
    foreign = [n for n in names if n != LOCK_NAME and not n.startswith(f".{MARKER}{TEMP_MARK}")]
    if foreign:
        raise RunFolderError(
            f"{path} holds {len(foreign):,} files or folders that no run of localcluster made "
            f'("{min(foreign)}" is one). They are left alone: choose a new or empty folder (--out, run_dir).'
        )
