"""A finished run on disk and back, so that its report can be made again without models."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from localcluster.errors import RunFolderError
from localcluster.items.cleaning import well_formed
from localcluster.results import ClusterCard, CriterionResult, RunResult
from localcluster.store.files import Arrays, read_arrays, write_arrays, write_atomic
from localcluster.store.folder import FORMAT, RESULTS, RunFolder, check_format
from localcluster.store.keys import key_of

RUN_JSON = "run.json"
#: The input table as it came, and the texts and ids as the models read them.
ITEMS, ROWS = "items.parquet", "rows.parquet"
FINISHED = "finished"


def result_to_folder(folder: RunFolder, result: RunResult, table: pl.DataFrame | None = None) -> None:
    """Write a result; ``run.json`` with its status comes last, so that it vouches for the rest.

    Parameters
    ----------
    folder : RunFolder
    result : RunResult
        In ``facts`` and ``evidence``, numpy values become plain ones and non-finite numbers null.
    table : polars.DataFrame, optional
        The input, kept as ``items.parquet``.
    """
    withdraw_result(folder)
    folder.make(RESULTS)
    if table is not None:
        write_atomic(folder.path / ITEMS, _parquet(table))
    rows = _parquet(pl.DataFrame({"id": result.ids, "text": result.texts}, schema_overrides=_ROW_TYPES))
    write_atomic(folder.path / ROWS, rows)
    criteria = []
    for number, criterion in enumerate(result.criteria):
        arrays: Arrays = {
            "labels": criterion.labels.astype(np.int64),
            "confidence": criterion.confidence.astype(np.float32),
            "map_xy": criterion.map_xy.astype(np.float32),
        }
        key = key_of(arrays)
        write_arrays(folder.path / _arrays_file(number), arrays, key)
        criteria.append(
            {
                "criterion": criterion.criterion,
                "k": criterion.k,
                "chosen": criterion.chosen,
                "clusters": [card.to_json() for card in criterion.clusters],
                "evidence": criterion.evidence,
                "arrays_key": key,
            }
        )
    document = plain(
        {
            "format": FORMAT,
            "status": FINISHED,
            "n_rows": len(result.texts),
            "rows_key": key_of(rows),
            "facts": result.facts,
            "criteria": criteria,
        }
    )
    document["checksum"] = _checksum(document)
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomic(folder.path / RUN_JSON, text.encode("utf-8"))


def withdraw_result(folder: RunFolder) -> None:
    """Remove ``run.json`` before what it vouches for is replaced, or a kill in between would mix two runs."""
    (folder.path / RUN_JSON).unlink(missing_ok=True)


def load_result(path: Path) -> RunResult:
    """Read a finished run from its folder.

    Raises
    ------
    RunFolderError
        For a folder that is not ours, a run that is not finished, and files that were damaged.
    """
    if not path.is_dir():
        raise RunFolderError(f"There is no run folder {path}. Make one with: localcluster run ...")
    check_format(path)
    document = _run_json(path)
    rows = _rows(path, document["rows_key"])
    return RunResult(
        texts=rows["text"].to_list(),
        ids=rows["id"].to_list(),
        criteria=[_criterion(path, number, entry) for number, entry in enumerate(document["criteria"])],
        facts=document["facts"],
    )


def plain(value: Any) -> Any:
    """JSON-ready copy: numpy values plain, non-finite numbers None, sets sorted, the rest as text."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, str):
        return well_formed(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, Set):
        return sorted(map(plain, value), key=str)
    if isinstance(value, Sequence):
        return [plain(element) for element in value]
    return str(value)


_ROW_TYPES = {"id": pl.String, "text": pl.String}


def _run_json(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads((path / RUN_JSON).read_bytes())
        whole = document.pop("checksum") == _checksum(document)
    except FileNotFoundError as error:
        raise RunFolderError(
            f"The run in {path} is not finished. Run its command again; it continues where it was."
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(path, RUN_JSON) from error
    if not whole:
        raise _damaged(path, RUN_JSON)
    return document


def _criterion(path: Path, number: int, entry: dict[str, Any]) -> CriterionResult:
    # The name is not taken from run.json: a folder from elsewhere must not point out of itself.
    file = _arrays_file(number)
    arrays = read_arrays(path / file, entry["arrays_key"])
    if arrays is None:
        raise _damaged(path, file)
    return CriterionResult(
        criterion=entry["criterion"],
        labels=arrays["labels"],
        confidence=arrays["confidence"],
        map_xy=arrays["map_xy"],
        clusters=[ClusterCard.from_json(card) for card in entry["clusters"]],
        chosen=entry["chosen"],
        evidence=entry["evidence"],
    )


def _rows(path: Path, key: str) -> pl.DataFrame:
    try:
        data = (path / ROWS).read_bytes()
    except OSError as error:
        raise _damaged(path, ROWS) from error
    if key_of(data) != key:
        raise _damaged(path, ROWS)
    return pl.read_parquet(io.BytesIO(data))


def _arrays_file(number: int) -> str:
    return f"{RESULTS}/criterion-{number}.safetensors"


def _checksum(document: dict[str, Any]) -> str:
    return key_of(json.dumps(document, sort_keys=True))


def _parquet(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def _damaged(path: Path, file: str) -> RunFolderError:
    return RunFolderError(
        f"{file} in {path} is missing or damaged. Run the command again; what is whole is not computed twice."
    )
