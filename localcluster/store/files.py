"""Write files completely or not at all; read a checkpoint only if its checksum fits."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from localcluster.errors import RunFolderError
from localcluster.store.keys import key_of

Arrays = dict[str, NDArray[Any]]

TEMP_MARK = ".tmp-"
_SPEC = "spec"
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that at any moment, power cuts included, it is the old one or the new one.

    Raises
    ------
    RunFolderError
        When the disk is full or the folder cannot be written; nothing half-written remains.
    """
    temp = path.with_name(f".{path.name}{TEMP_MARK}{os.getpid()}")
    try:
        try:
            with temp.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temp.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            temp.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _cannot_write(path, len(data), error) from error


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], key: str) -> None:
    """Write named arrays as safetensors, with their key and checksum in the header."""
    ordered = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    write_atomic(path, save(ordered, metadata={"key": key, "checksum": key_of(key, ordered)}))


def read_arrays(path: Path, key: str) -> Arrays | None:
    """Arrays written under ``key``; None where the file is absent, of another key, or damaged."""
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            if header.get("key") != key:
                return None
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, AttributeError):
        # A damaged header fails in as many ways as it can be damaged; each means: compute it again.
        return None
    return arrays if header.get("checksum") == key_of(key, arrays) else None


def write_json(path: Path, value: Any, key: str) -> Any:
    """Write a JSON value with its key and checksum; returns it as a reader will get it."""
    text = json.dumps(value, ensure_ascii=False)
    document = {"key": key, "checksum": key_of(key, text), "value": json.loads(text)}
    write_atomic(path, json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass"))
    return document["value"]


def read_json(path: Path, key: str) -> tuple[Any] | None:
    """One-tuple of the value written under ``key`` (which may be None); None as for :func:`read_arrays`."""
    try:
        document = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
        value = document["value"]
        checksum = key_of(key, json.dumps(value, ensure_ascii=False))
        return (value,) if (document["key"], document["checksum"]) == (key, checksum) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(path: Path, needed: int, error: OSError) -> RunFolderError:
    if error.errno in _DISK_FULL:
        free = shutil.disk_usage(path.parent).free
        return RunFolderError(
            f"The disk is full: {path.name} needs {needed / 1e6:,.1f} MB and {free / 1e6:,.1f} MB are free "
            f"in {path.parent}. Free some space and run the same command again; it continues where it was."
        )
    if not path.parent.exists():
        return RunFolderError(
            f"{path} cannot be written: there is no folder {path.parent}. Make it first (mkdir -p "
            f"{shlex.quote(str(path.parent))}), or choose another place."
        )
    # Run folders, reports and tables end here: no one option names the place of all.
    return RunFolderError(
        f"{path} cannot be written: {error.strerror or error}. Choose a place that can be written to."
    )


def write_packed(path: Path, spec: Any, arrays: Arrays, key: str) -> None:
    """Write arrays and, beside them in the same file, a JSON-ready value.

    Parameters
    ----------
    arrays : dict of str to array
        None of them called ``spec``.
    key : str
        What the file is believed for.
    """
    packed = np.frombuffer(json.dumps(spec).encode(), np.uint8)
    write_arrays(path, {**arrays, _SPEC: packed}, key)


def read_packed(path: Path, key: str) -> tuple[Any, Arrays] | None:
    """What :func:`write_packed` wrote; None where the file is absent, damaged, or of another key."""
    arrays = read_arrays(path, key)
    try:
        return None if arrays is None else (json.loads(arrays.pop(_SPEC).tobytes()), arrays)
    except (KeyError, ValueError, UnicodeDecodeError):
        return None
