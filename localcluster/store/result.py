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
from localcluster.evidence import from_json, to_json
from localcluster.items.cleaning import well_formed
from localcluster.results import ClusterCard, CriterionResult, Evidence, RunResult
from localcluster.store.files import Arrays, read_arrays, write_arrays, write_atomic
from localcluster.store.keys import key_of
from localcluster.store.older import as_current
from localcluster.store.run_folder import FORMAT, RESULTS, RunFolder, check_format

RUN_JSON = "run.json"
#: The input table as it came, and the texts and ids as the models read them.
ITEMS, ROWS = "items.parquet", "rows.parquet"
#: Small pictures of the rows that the report shows; absent for runs without pictures.
THUMBNAILS = f"{RESULTS}/thumbnails.parquet"
FINISHED = "finished"


def result_to_folder(folder: RunFolder, result: RunResult, table: pl.DataFrame | None = None) -> None:
    """Write a result; ``run.json`` with its status comes last, so that it vouches for the rest.

    Parameters
    ----------
    result : RunResult
        Numpy values in ``facts`` become plain ones; numbers that are not finite become null.
    table : polars.DataFrame, optional
        The input, kept as ``items.parquet``.
    """
    withdraw_result(folder)
    folder.make(RESULTS)
    if table is not None:
        write_atomic(folder.path / ITEMS, _parquet(table))
    rows = _parquet(_row_table(result))
    write_atomic(folder.path / ROWS, rows)
    thumbnails = _write_thumbnails(folder.path, result.thumbnails)
    criteria = []
    for number, criterion in enumerate(result.criteria):
        arrays: Arrays = {
            "labels": criterion.labels.astype(np.int64),
            "confidence": criterion.confidence.astype(np.float32),
            "map_xy": criterion.map_xy.astype(np.float32),
        }
        if criterion.nowhere is not None:
            arrays["nowhere"] = criterion.nowhere.astype(np.uint8)
        key = key_of(arrays)
        write_arrays(folder.path / _arrays_file(number), arrays, key)
        criteria.append(
            {
                "criterion": criterion.criterion,
                "k": criterion.k,
                "chosen": criterion.chosen,
                "clusters": [to_json(card) for card in criterion.clusters],
                "evidence": to_json(criterion.evidence),
                "arrays_key": key,
            }
        )
    document = plain(
        {
            "format": FORMAT,
            "status": FINISHED,
            "n_rows": len(result.texts),
            "rows_key": key_of(rows),
            **({} if thumbnails is None else {"thumbnails_key": thumbnails}),
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
    try:
        return _result(path, as_current(document))
    except (KeyError, TypeError, ValueError, AttributeError, pl.exceptions.PolarsError) as error:
        # Whole, and yet not what we write: made up, or of a version that says things in another way.
        raise _damaged(path, RUN_JSON) from error


def _result(path: Path, document: dict[str, Any]) -> RunResult:
    rows = _table(path, ROWS, document["rows_key"])
    return RunResult(
        texts=rows["text"].to_list(),
        ids=rows["id"].to_list(),
        criteria=[_criterion(path, number, entry) for number, entry in enumerate(document["criteria"])],
        facts=document["facts"],
        # Runs on texts alone, and from before pictures could be read, have neither.
        images=rows["image"].to_list() if "image" in rows.columns else None,
        thumbnails=_thumbnails(path, document.get("thumbnails_key")),
        read=rows["read"].to_list() if "read" in rows.columns else None,
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


_THUMBNAIL_TYPES = {"row": pl.Int64, "jpeg": pl.Binary}


def _row_table(result: RunResult) -> pl.DataFrame:
    columns: dict[str, Sequence[str | None]] = {"id": result.ids, "text": result.texts}
    if result.images is not None:
        columns["image"] = [None if name is None else well_formed(name) for name in result.images]
    if result.read is not None:
        columns["read"] = result.read
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _write_thumbnails(path: Path, thumbnails: Mapping[int, bytes]) -> str | None:
    """Write the pictures and return their key; remove those of an earlier run where there are none."""
    if not thumbnails:
        (path / THUMBNAILS).unlink(missing_ok=True)
        return None
    rows = sorted(thumbnails)
    table = pl.DataFrame({"row": rows, "jpeg": [thumbnails[row] for row in rows]}, schema=_THUMBNAIL_TYPES)
    data = _parquet(table)
    write_atomic(path / THUMBNAILS, data)
    return key_of(data)


def _thumbnails(path: Path, key: str | None) -> dict[int, bytes]:
    return {} if key is None else dict(_table(path, THUMBNAILS, key).iter_rows())


def _run_json(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads((path / RUN_JSON).read_bytes())
        whole = document.pop("checksum") == _checksum(document)
    except FileNotFoundError as error:
        raise RunFolderError(
            f"The run in {path} is not finished. If it still works, wait for it. If not, run its command "
            "again: it continues where it was."
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
        clusters=[from_json(ClusterCard, card) for card in entry["clusters"]],
        chosen=entry["chosen"],
        evidence=from_json(Evidence, entry["evidence"]),
        nowhere=arrays["nowhere"].astype(np.bool_) if "nowhere" in arrays else None,
    )


def _table(path: Path, file: str, key: str) -> pl.DataFrame:
    try:
        data = (path / file).read_bytes()
    except OSError as error:
        raise _damaged(path, file) from error
    if key_of(data) != key:
        raise _damaged(path, file)
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
        f"{file} in {path} is missing or damaged. Run the command again; it computes only what is lost."
    )
