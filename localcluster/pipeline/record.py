"""What a run leaves behind: the facts and the evidence that ``run.json`` keeps, and its files."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcluster.config import K, RunConfig
from localcluster.evidence import KEvidence, KRule, ReadingEvidence
from localcluster.items import Items
from localcluster.items.known import Known
from localcluster.items.pictures import thumbnail_jpeg
from localcluster.models import NO_NAME, Models
from localcluster.partition import Partition
from localcluster.pipeline.ask import Questioner
from localcluster.pipeline.head import TaughtHead
from localcluster.pipeline.predictor import Predictor, write_predictor
from localcluster.pipeline.target import Targeted
from localcluster.pipeline.workbench import Clock
from localcluster.report import rows_shown, write_report
from localcluster.results import CriterionResult, Evidence, RunResult
from localcluster.store import (
    RowEvidence,
    RunFolder,
    result_to_folder,
    withdraw_result,
    write_clusters_csv,
    write_row_evidence,
)
from localcluster.version import __version__

#: Packages whose version can change a result.
PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "transformers",
    "llama-cpp-python",
    "sentence-transformers",
    "peft",
)
#: Settings that name places on this machine: no part of a record that travels.
PATHS = {"out", "source", "llm", "embedder", "adapter", "examples", "answers", "known"}


@dataclass(frozen=True)
class FinishedRun:
    """A finished run and where it lies.

    Attributes
    ----------
    folder : Path
        Has the report, the table and the rest, where the run was asked for them.
    predictors : tuple of Predictor
        Per criterion, what assigns new rows.
    vectors : tuple of float32, shape (n_unique, d)
        Per criterion, the distinct items as the clustering head reads them; empty unless they were asked for.
    """

    result: RunResult
    folder: Path
    predictors: tuple[Predictor, ...]
    vectors: tuple[NDArray[np.float32], ...] = ()

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.folder / "report.html"

    @property
    def table(self) -> Path:
        """The input with its clusters."""
        return self.folder / "clusters.csv"


def evidence(
    partition: Partition,
    k: K,
    targeted: Targeted | None,
    questioner: Questioner | None,
    taught: TaughtHead,
    readings: tuple[ReadingEvidence, ...],
) -> Evidence:
    """Everything that led to the choice."""
    asked = None if questioner is None else questioner.asked
    return Evidence(
        candidates=partition.selection.evidence(),
        wordings={} if targeted is None else targeted.target.wordings,
        targets=None if targeted is None else targeted.evidence(),
        relatedness=partition.selection.relatedness,
        weights=partition.selection.chosen.weights,
        notes=(*partition.notes, *([partition.about_known] if partition.about_known else [])),
        k=_k_evidence(partition, k, None if asked is None else asked.k),
        oracle=None if asked is None else asked.evidence(),
        head=taught.evidence,
        readings=readings,
    )


def _k_evidence(partition: Partition, k: K, by_answers: KEvidence | None) -> KEvidence | None:
    choice = partition.k_choice
    if by_answers is not None:
        return by_answers
    if choice is not None:
        rule: KRule = "silhouette" if choice.low is None else "usual number"
        return KEvidence(choice.k, rule, choice.curve, choice.low, choice.high)
    return KEvidence(k, "given") if isinstance(k, int) else None


def facts(
    config: RunConfig, items: Items, models: Models, clock: Clock, known: Known | None = None
) -> dict[str, Any]:
    """What a reader needs to trust and to repeat the run."""
    info = models.llm_info
    given = {"embedder": config.embedder, "language model": config.llm}
    objects = [role for role, name in given.items() if name == NO_NAME]
    return {
        "settings": config.model_dump(mode="json", exclude=PATHS),
        "input": {
            "source": items.source,
            "rows": len(items),
            "distinct texts": len(items.whole.unique),
            "text columns": list(items.text_columns),
            "sha256": items.whole.sha256,
        },
        "worked examples": None if config.examples is None else config.examples.name,
        **({} if known is None or config.known is None else {"known rows": _known(config.known, known)}),
        "notes": [*items.notes, *(() if known is None else known.notes)],
        "models": {
            **_about_embedder(models),
            **(
                {}
                if models.reader is None
                else {"fast reader": {"name": models.reader.name, "sha256": models.reader.sha256}}
            ),
            **({} if info is None else {"language model": asdict(info)}),
            **({} if models.engine is None else {"engine": models.engine.to_json()}),
            "names": {"llm": _name(config.llm), "embedder": _name(config.embedder)},
            # Of the caller's own, which nobody can open by a name or a path.
            **({"objects": objects} if objects else {}),
        },
        "versions": {"localcluster": __version__, "python": platform.python_version(), **_versions()},
        "seconds": {stage: round(seconds, 2) for stage, seconds in clock.seconds.items()},
    }


def _about_embedder(models: Models) -> dict[str, dict[str, str]]:
    if models.embedder is None:
        return {}
    about = {"name": models.embedder.name, "sha256": models.embedder.sha256}
    if not models.embedder_adapter:
        return {"embedder": {**about, "adapter": ""}}
    weights = str(getattr(models.embedder, "weights_sha256", ""))
    return {"embedder": {**about, "adapter": models.embedder_adapter, "weights": weights}}


def thumbnails(items: Items, criteria: list[CriterionResult]) -> dict[int, bytes]:
    """Small copies of the pictures that a report shows."""
    shown = ((row, items.images[row]) for row in (rows_shown(criteria) if items.has_images else []))
    return {row: thumbnail_jpeg(path) for row, path in shown if path is not None}


def write_outputs(
    result: RunResult,
    predictors: Sequence[Predictor],
    placed: Sequence[RowEvidence | None],
    items: Items,
    folder: RunFolder,
) -> None:
    """What commands and people read of a finished run; ``run.json`` last: its presence vouches for the rest.

    Until then the folder has the whole of the run before this one, and a run that is stopped leaves it so.

    Parameters
    ----------
    predictors : sequence of Predictor
        One per criterion.
    placed : sequence of (RowEvidence or None)
        One per criterion.
    """
    withdraw_result(folder)
    write_report(result, folder.path / "report.html")
    write_clusters_csv(folder.path / "clusters.csv", items.table, result.criteria)
    for number, (criterion, predictor, rows) in enumerate(
        zip(result.criteria, predictors, placed, strict=True)
    ):
        write_predictor(folder, number, predictor, criterion.labels)
        if rows is not None:
            write_row_evidence(
                folder,
                number,
                criterion.labels,
                rows.proba_top,
                rows.runner_up,
                rows.neighbours,
                rows.lens_words,
            )
    result_to_folder(folder, result, items.table)


def default_folder(source: str) -> Path:
    """``tickets.csv`` -> ``tickets-clusters`` in the working directory."""
    return Path(f"{Path(source).stem or 'rows'}-clusters")


def _known(file: Path, known: Known) -> dict[str, Any]:
    """The file's name, and what in it counts: the classes of rows of this run."""
    rows = {criterion: len(found) for criterion, found in known.of.items()}
    return {"file": file.name, "rows": rows, "sha256": known.sha256}


def _name(given: str) -> str | None:
    """A registry name as it was given; None for a path, which says something about this machine only, and
    for no name, where the model is an object of the caller's.
    """
    return given if given and given == Path(given).name and not Path(given).exists() else None


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
