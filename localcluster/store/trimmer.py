"""What a run left out of reading, so that new rows are read as the run read its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from localcluster.errors import RunFolderError
from localcluster.store.files import Arrays, read_arrays, write_arrays
from localcluster.store.folder import RESULTS, RunFolder
from localcluster.store.keys import key_of

_FILE = f"{RESULTS}/trimmer.safetensors"
_SPEC = "spec"


def write_trimmer(folder: RunFolder, sha256: str, spec: dict[str, Any] | None, arrays: Arrays) -> None:
    """Keep a trimmer beside the result.

    Parameters
    ----------
    folder : RunFolder
    sha256 : str
        Of the rows that it was fitted on; it is not believed for others.
    spec : dict or None
        JSON-ready; None where the run reads all.
    arrays : dict of str to array
    """
    folder.make(RESULTS)
    packed = np.frombuffer(json.dumps(spec, ensure_ascii=False).encode(), np.uint8)
    write_arrays(folder.path / _FILE, {**arrays, _SPEC: packed}, key_of("trimmer", sha256))


def remove_trimmer(folder: RunFolder) -> None:
    """Forget what an earlier run of this folder left out: this one reads all."""
    (folder.path / _FILE).unlink(missing_ok=True)


def read_trimmer(path: Path, sha256: str) -> tuple[dict[str, Any], Arrays] | None:
    """Specification and arrays of a run's trimmer; None where it reads all, as runs without the file do.

    Raises
    ------
    RunFolderError
        It is damaged, or belongs to other rows.
    """
    file = path / _FILE
    if not file.exists():
        return None
    arrays = read_arrays(file, key_of("trimmer", sha256))
    try:
        if arrays is None:
            raise ValueError
        spec = json.loads(arrays.pop(_SPEC).tobytes())
    except (KeyError, ValueError, UnicodeDecodeError) as error:
        raise RunFolderError(
            f"{file} is damaged or belongs to other rows. Run the command that made it again; what was "
            "computed is used."
        ) from error
    return None if spec is None else (spec, arrays)
