"""What placed each row where it is, kept beside the result, so that a row is explained without any model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcluster.store.files import Arrays, read_arrays, write_arrays
from localcluster.store.folder import RESULTS, RunFolder
from localcluster.store.keys import key_of

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
    folder : RunFolder
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
    arrays: Arrays = {
        "proba_top": proba_top.astype(np.float32),
        "runner_up": runner_up.astype(np.int64),
        "neighbours": neighbours.astype(np.int64),
        **({} if lens_words is None else _packed(lens_words)),
    }
    if not _fit(arrays, len(labels)):
        shapes = {name: array.shape for name, array in arrays.items()}
        raise ValueError(f"{len(labels)} labels, but evidence of shapes {shapes}")
    folder.make(RESULTS)
    write_arrays(folder.path / _file(criterion_index), arrays, _key(labels))


def read_row_evidence(path: Path, criterion_index: int, labels: NDArray[np.int64]) -> RowEvidence | None:
    """Evidence of the clustering ``labels`` in the run folder ``path``.

    Returns
    -------
    RowEvidence or None
        None where the run kept none (an older version), where it belongs to another clustering, and
        where the file is damaged: the rest of a result can be shown without it.
    """
    arrays = read_arrays(path / _file(criterion_index), _key(labels))
    try:
        if arrays is None or not _fit(arrays, len(labels)):
            return None
        words = _unpacked(arrays) if "lens_ids" in arrays else None
        return RowEvidence(arrays["proba_top"], arrays["runner_up"], arrays["neighbours"], words)
    except (KeyError, ValueError, IndexError, TypeError):
        # Whoever made the file up got past the checksum; it is not believed either.
        return None


def _fit(arrays: Arrays, n: int) -> bool:
    """Whether every array tells of ``n`` rows."""
    pairs, neighbours = arrays["proba_top"], arrays["neighbours"]
    lengths = {len(array) for name, array in arrays.items() if name != "lens_vocabulary"}
    return lengths == {n} and pairs.shape == (n, 2) and neighbours.ndim == 2


def _packed(rows: Sequence[Sequence[str]]) -> Arrays:
    """Words as numbers into a vocabulary: most rows share theirs, and safetensors holds numbers only."""
    ids: dict[str, int] = {}
    table = np.full((len(rows), max(map(len, rows), default=0)), NONE, np.int32)
    for row, words in enumerate(rows):
        table[row, : len(words)] = [ids.setdefault(word, len(ids)) for word in words]
    vocabulary = np.frombuffer(json.dumps(list(ids)).encode(), np.uint8)
    return {"lens_ids": table, "lens_vocabulary": vocabulary}


def _unpacked(arrays: Arrays) -> tuple[tuple[str, ...], ...]:
    vocabulary = json.loads(arrays["lens_vocabulary"].tobytes())
    return tuple(tuple(vocabulary[i] for i in row if i >= 0) for row in arrays["lens_ids"].tolist())


def _file(criterion_index: int) -> str:
    return f"{RESULTS}/rows-{criterion_index}.safetensors"


def _key(labels: NDArray[np.int64]) -> str:
    return key_of("row evidence", labels.astype(np.int64))
