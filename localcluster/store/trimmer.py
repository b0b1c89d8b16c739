"""What a run left out of reading, so that new rows are read as the run read its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from localcluster.errors import RunFolderError
from localcluster.store.files import Arrays, read_packed, write_packed
from localcluster.store.folder import RESULTS, RunFolder
from localcluster.store.keys import key_of

#: Raised when what is in the file changes; an older one is refused, because it cannot be read.
FORMAT = 2
_FILE = f"{RESULTS}/trimmer.safetensors"


def write_trimmer(folder: RunFolder, sha256: str, spec: dict[str, Any], arrays: Arrays) -> None:
    """Keep a trimmer beside the result.

    Parameters
    ----------
    sha256 : str
        Of the rows that it was fitted on; it is not believed for others.
    spec : dict
        JSON-ready.
    arrays : dict of str to array
    """
    folder.make(RESULTS)
    write_packed(folder.path / _FILE, spec, arrays, key_of("trimmer", FORMAT, sha256))


def remove_trimmer(folder: RunFolder) -> None:
    """Forget what an earlier run of this folder left out: this one reads all."""
    (folder.path / _FILE).unlink(missing_ok=True)


def read_trimmer(path: Path, sha256: str) -> tuple[dict[str, Any], Arrays] | None:
    """Specification and arrays of a run's trimmer; None where it reads all and has no file.

    Raises
    ------
    RunFolderError
        It is damaged, or belongs to other rows.
    """
    file = path / _FILE
    if not file.exists():
        return None
    found = read_packed(file, key_of("trimmer", FORMAT, sha256))
    if found is None:
        raise RunFolderError(
            f"{file} is damaged, belongs to other rows or is of another version. Run the command that "
            "made it again; what was computed is used."
        )
    return found
