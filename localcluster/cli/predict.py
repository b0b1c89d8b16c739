"""``localcluster predict``: new rows into the clusters of a finished run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from localcluster.backends.engines import ENGINES
from localcluster.cli.console import err, out
from localcluster.config import (
    AUTO_ADAPTERS,
    DEFAULT_EMBEDDER,
    DEFAULT_LLM,
    NO_ADAPTER,
    NO_LLM,
    RunConfig,
)
from localcluster.errors import ModelError
from localcluster.progress import Reporter
from localcluster.registry.shipped import adapter_known

if TYPE_CHECKING:
    from localcluster.items import Items
    from localcluster.models import Models
    from localcluster.pipeline.predictor import Predictor
    from localcluster.results import RunResult

#: Given to --out, as filters take it: the table is what the command prints.
STDOUT = Path("-")


def predict(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="run folder")],
    source: Annotated[str, typer.Argument(metavar="NEW", help="file or folder with new rows, or -")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--out", help="CSV file to write, or - for standard output; NEW-predicted.csv if not given"
        ),
    ] = None,
    text_column: Annotated[
        list[str] | None,
        typer.Option(
            help="column with the text; the run's if not given; several are read together, in order"
        ),
    ] = None,
    id_column: Annotated[str | None, typer.Option(help="column with ids")] = None,
    image_column: Annotated[
        str | None, typer.Option(help="column with paths of pictures; the run's if not given")
    ] = None,
    llm: Annotated[str | None, typer.Option(help="name or path of the run's language model")] = None,
    embedder: Annotated[str | None, typer.Option(help="name or path of the run's embedder")] = None,
    adapter: Annotated[
        str | None, typer.Option(help="the run's adapter, where it was your own: a path")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="show no progress")] = False,
) -> None:
    """Assign new rows to the clusters of a finished run. Rows that the run had keep their clusters.

    The table has, per criterion, the cluster, its name, the probability that it is the right
    one, and a word: sure, look, unclear, or fits nowhere.
    """
    from localcluster.store import load_result

    result = load_result(folder)
    from localcluster.models import Models
    from localcluster.pipeline.predict import predict as assign
    from localcluster.pipeline.predict import unknown_places
    from localcluster.pipeline.predictor import load_predictors
    from localcluster.store import clusters_csv, write_clusters_csv

    predictors = load_predictors(folder, result)
    items = items_like(result, source, text_column, id_column, image_column)
    reporter = Reporter(err, quiet)
    for note in items.notes:
        reporter.say(note)
    new = len(unknown_places(predictors, items))
    if new < len(items.items):
        reporter.say(f"{len(items.items) - new:,} of {len(items.items):,} distinct rows are the run's own.")
    # Rows of the run need no model, unless the user wants one looked at.
    models = Models(None, None)
    if new or llm or embedder:
        models = models_of(result, predictors, source, llm, embedder, adapter, reporter)
    found = assign(predictors, items, models, reporter)
    criteria = [
        replace(criterion, labels=one.labels, confidence=one.confidence, nowhere=one.nowhere)
        for criterion, one in zip(result.criteria, found, strict=True)
    ]
    if output == STDOUT:
        typer.echo(clusters_csv(items.table, criteria, "probability"), nl=False)
        return
    path = output or Path(f"{Path(items.source).stem or 'rows'}-predicted.csv")
    write_clusters_csv(path, items.table, criteria, "probability")
    out.print(f"Table:  {path}", soft_wrap=True, markup=False)


def items_like(
    result: RunResult,
    source: str,
    text_column: Sequence[str] | None,
    id_column: str | None,
    image_column: str | None,
) -> Items:
    """New rows from the columns that the run read its own from, where no others are named."""
    from localcluster.items import read_items
    from localcluster.items.read import is_folder

    made_from = result.facts.get("settings", {})
    if image_column is None and not is_folder(source):
        image_column = made_from.get("image_column")
    return read_items(
        source,
        text_column=text_column,
        id_column=id_column,
        image_column=image_column,
        known_text_columns=text_columns_of(result),
    )


def text_columns_of(result: RunResult) -> tuple[str, ...]:
    """Columns that the run read its texts from; the records of earlier versions name one."""
    from localcluster.items.columns import as_names

    made_from = result.facts.get("input", {})
    return as_names(made_from.get("text columns") or made_from.get("text column"))


def models_of(
    result: RunResult,
    predictors: Sequence[Predictor],
    source: str,
    llm: str | None,
    embedder: str | None,
    adapter: str | None,
    reporter: Reporter,
) -> Models:
    """The models that read new rows as the run read its own, found by their names or as given.

    Models that made the run and read no new row are left where they are, unless the user names one.
    Others than the run's are refused.
    """
    import localcluster.models
    from localcluster.pipeline.predict import check_same_models, made_with_object, roles_needed

    roles = set(roles_needed(predictors))
    named = {"language model": llm, "embedder": embedder}
    made_with = result.facts["models"]
    for role in sorted(roles & set(made_with.get("objects", ()))):
        # Before the default is loaded in its stead.
        if not named[role]:
            raise made_with_object(role, made_with.get(role, {}).get("name"))
    roles |= {role for role, name in named.items() if name}
    if "fast reader" in roles and adapter is None:
        name = made_with["fast reader"]["name"]
        raise ModelError(
            f"This run read its rows with the adapter {name}, too. Give its path (--adapter), so that new "
            "rows are read alike."
        )
    config = _config(result, source, llm, embedder, adapter, roles)
    # The fast reader is the embedder with an adapter.
    texts = "embedder" in made_with and bool({"embedder", "fast reader"} & roles)
    models = localcluster.models.load_models(config, reporter, texts=texts, some_models=True)
    check_same_models(result, models, roles)
    return models


def _config(
    result: RunResult,
    source: str,
    llm: str | None,
    embedder: str | None,
    adapter: str | None,
    roles: Collection[str],
) -> RunConfig:
    made_with = result.facts.get("models", {})
    names = made_with.get("names", {})
    info = made_with.get("language model")
    return RunConfig.checked(
        source=source,
        by=tuple(criterion.criterion for criterion in result.criteria),
        llm=(llm or names.get("llm") or DEFAULT_LLM) if info and "language model" in roles else NO_LLM,
        embedder=embedder or names.get("embedder") or DEFAULT_EMBEDDER,
        adapter=adapter or _adapter(made_with, roles),
        # Engines agree up to rounding only; the run's own keeps new rows beside the old ones.
        engine=info["engine"] if info is not None and info.get("engine") in ENGINES else "auto",
    )


def _adapter(made_with: Mapping[str, Any], roles: Collection[str]) -> str:
    """What the run's models read with, where it was ours; others the user names."""
    read_with = {
        role: (made_with.get(role) or {}).get("adapter", "")
        for role in ("embedder", "language model")
        if role in roles
    }
    ours = [entry for sha256 in read_with.values() if (entry := adapter_known(sha256)) is not None]
    if not any(read_with.values()) or not ours:
        return NO_ADAPTER
    return next((entry.name for entry in ours if not entry.default), AUTO_ADAPTERS)
