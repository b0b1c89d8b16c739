"""What assigns new rows to the clusters of one criterion, as a file of numbers: nothing in it can run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcluster.errors import RunFolderError
from localcluster.store.files import Arrays, read_packed, write_packed
from localcluster.store.folder import RESULTS, RunFolder
from localcluster.store.keys import key_of


def write_predictor(
    folder: RunFolder, criterion_index: int, labels: NDArray[np.int64], spec: dict[str, Any], arrays: Arrays
) -> None:
    """Keep a predictor beside the clustering that it belongs to.

    Parameters
    ----------
    labels : int64, shape (n_rows,)
        The clustering; the predictor is not believed for another one.
    spec : dict
        JSON-ready.
    arrays : dict of str to array
    """
    folder.make(RESULTS)
    write_packed(folder.path / _file(criterion_index), spec, arrays, _key(labels))


def read_predictor(
    path: Path, criterion_index: int, labels: NDArray[np.int64]
) -> tuple[dict[str, Any], Arrays]:
    """Specification and arrays of the predictor of a criterion.

    Raises
    ------
    RunFolderError
        There is none, it is damaged, or it belongs to another clustering.
    """
    found = read_packed(path / _file(criterion_index), _key(labels))
    if found is None:
        raise RunFolderError(
            f"{path} has no whole predictor ({_file(criterion_index)} is absent or damaged, or of an older "
            "version). Run the command that made it again; what was computed is used."
        )
    return found


def _file(criterion_index: int) -> str:
    return f"{RESULTS}/predictor-{criterion_index}.safetensors"


def _key(labels: NDArray[np.int64]) -> str:
    return key_of("predictor", labels.astype(np.int64))
