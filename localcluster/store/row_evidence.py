"""What placed each row where it is, kept beside the result, so that a row is explained without any model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcluster.store.files import Arrays, read_arrays
from localcluster.store.keys import key_of
from localcluster.store.run_folder import RESULTS, RunFolder
from localcluster.store.values import read_value, write_value

#: Format of the file; :func:`_from_1` reads the first, which run folders of format 1 hold.
FORMAT = 2
#: In place of an exemplar or a runner-up that there is none of.
NONE = -1


@dataclass(frozen=True)
class RowEvidence:
    """What speaks for the cluster of every row, by one criterion.

    Attributes
    ----------
    proba_top : float32, shape (n_rows, 2)
        Probability (or share of the neighbours' votes) of the row's own cluster and of the runner-up.
    runner_up : int64, shape (n_rows,)
        The cluster the row would be in otherwise; :data:`NONE` where there is one cluster only.
    neighbours : int64, shape (n_rows, n)
        Rows of the nearest exemplars of all clusters, nearest first; :data:`NONE` fills up short lists.
    lens_words : tuple of tuple of str, length n_rows, or None
        Words of the logit lens in which the row stands out against the mean of all rows, best first.
    """

    proba_top: NDArray[np.float32]
    runner_up: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    lens_words: tuple[tuple[str, ...], ...] | None = None


def write_row_evidence(
    folder: RunFolder,
    criterion_index: int,
    labels: NDArray[np.int64],
    proba_top: NDArray[np.float32],
    runner_up: NDArray[np.int64],
    neighbours: NDArray[np.int64],
    lens_words: Sequence[Sequence[str]] | None = None,
) -> None:
    """Keep what placed the rows of one criterion; see :class:`RowEvidence` for the arrays.

    Parameters
    ----------
    criterion_index : int
        Place of the criterion in the run.
    labels : int64, shape (n_rows,)
        The clustering that this is evidence of; it is not believed for another one.
    proba_top, runner_up, neighbours, lens_words
        As the attributes of :class:`RowEvidence`.

    Raises
    ------
    ValueError
        If the shapes do not fit the labels (a bug of the caller).
    RunFolderError
        When the file cannot be written.
    """
    found = RowEvidence(
        proba_top.astype(np.float32),
        runner_up.astype(np.int64),
        neighbours.astype(np.int64),
        None if lens_words is None else tuple(map(tuple, lens_words)),
    )
    if not _fits(found, len(labels)):
        shapes = [array.shape for array in (proba_top, runner_up, neighbours)]
        raise ValueError(f"{len(labels)} labels, but evidence of shapes {shapes}")
    folder.make(RESULTS)
    write_value(folder.path / _file(criterion_index), found, _key(labels), FORMAT)


def read_row_evidence(path: Path, criterion_index: int, labels: NDArray[np.int64]) -> RowEvidence | None:
    """Evidence of the clustering ``labels`` in the run folder ``path``.

    Returns
    -------
    RowEvidence or None
        None where the run kept none (an older version), where it belongs to another clustering, and
        where the file is damaged: the rest of a result can be shown without it.
    """
    file, key = path / _file(criterion_index), _key(labels)
    try:
        found = read_value(file, RowEvidence, key, FORMAT) or _from_1(read_arrays(file, key))
        return found if found is not None and _fits(found, len(labels)) else None
    except (KeyError, ValueError, IndexError, TypeError):
        # Whoever made the file up got past the checksum; it is not believed either.
        return None


def _fits(found: RowEvidence, n: int) -> bool:
    """Whether everything tells of ``n`` rows."""
    words = n if found.lens_words is None else len(found.lens_words)
    lengths = {len(found.proba_top), len(found.runner_up), len(found.neighbours), words}
    return lengths == {n} and found.proba_top.shape == (n, 2) and found.neighbours.ndim == 2


def _from_1(arrays: Arrays | None) -> RowEvidence | None:
    """Format 1 was bare arrays, with the words as numbers into a vocabulary."""
    if arrays is None:
        return None
    words = None
    if "lens_ids" in arrays:
        vocabulary = json.loads(arrays["lens_vocabulary"].tobytes())
        words = tuple(tuple(vocabulary[i] for i in row if i >= 0) for row in arrays["lens_ids"].tolist())
    return RowEvidence(arrays["proba_top"], arrays["runner_up"], arrays["neighbours"], words)


def _file(criterion_index: int) -> str:
    return f"{RESULTS}/rows-{criterion_index}.safetensors"


def _key(labels: NDArray[np.int64]) -> str:
    return key_of("row evidence", labels.astype(np.int64))
