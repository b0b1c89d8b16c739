"""``localcluster run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from localcluster.cli.console import err, out
from localcluster.cli.options import (
    Adapt,
    Adapter,
    Embedder,
    Engine,
    KeepAll,
    Llm,
    Quiet,
    TextColumn,
    Triplets,
    View,
)
from localcluster.config import AUTO_ADAPTERS, DEFAULT_EMBEDDER, DEFAULT_LLM, K, RunConfig
from localcluster.errors import ConfigError
from localcluster.papers import TRIPLETS
from localcluster.progress import Reporter

if TYPE_CHECKING:
    from localcluster.results import CriterionResult, RunResult

#: Characters of the example shown per cluster.
EXAMPLE_WIDTH = 60
#: Words shown per cluster.
WORDS_SHOWN = 4
#: Clusters shown per criterion; the report has all.
CLUSTERS_SHOWN = 20


def run(
    source: Annotated[
        str,
        typer.Argument(
            help="csv, tsv, jsonl, json, parquet or txt file, or a folder of pictures; - reads standard input"
        ),
    ],
    by: Annotated[
        list[str], typer.Option("--by", help='what to cluster by, in plain words: --by "mood of the writer"')
    ],
    k: Annotated[
        list[str] | None,
        typer.Option(
            "-k",
            help="number of clusters, a range (5:50), or auto; give one for all criteria or one for each",
        ),
    ] = None,
    text_column: TextColumn = None,
    id_column: Annotated[
        str | None, typer.Option(help="column with the id; row numbers if not given")
    ] = None,
    image_column: Annotated[
        str | None,
        typer.Option(
            help="column with paths of pictures; localcluster finds it if not given; none leaves pictures out"
        ),
    ] = None,
    llm: Llm = DEFAULT_LLM,
    embedder: Embedder = DEFAULT_EMBEDDER,
    adapter: Adapter = AUTO_ADAPTERS,
    engine: Engine = "auto",
    seed: Annotated[
        int, typer.Option(help="seed of every random choice; the same seed gives the same result")
    ] = 0,
    rounds: Annotated[
        int, typer.Option(help="rounds of questions to the model about uncertain rows, at most; 0 asks none")
    ] = 1,
    triplets: Triplets = TRIPLETS,
    adapt: Adapt = "auto",
    examples: Annotated[
        Path | None, typer.Option(help="jsonl file of worked examples: a, b and whether they are the same")
    ] = None,
    answers: Annotated[Path | None, typer.Option(help="file in which runs share the model's answers")] = None,
    keep_all: KeepAll = False,
    view: View = "auto",
    known: Annotated[
        Path | None,
        typer.Option(
            help="table of rows whose class you know (columns: id or text, and class); 20 rows choose the "
            "reading"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--out", help="run folder; named after the input if not given")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="forget an earlier run in the folder")] = False,
    quiet: Quiet = False,
) -> None:
    """Cluster the rows of a table, or pictures, by one or more criteria, and write a report.

    Run the same command again to continue a run that was stopped.
    """
    config = RunConfig.checked(
        source=source,
        by=tuple(by),
        k=tuple(number_of_clusters(value) for value in k or ["auto"]),
        text_column=tuple(text_column or ()),
        id_column=id_column,
        image_column=image_column,
        llm=llm,
        embedder=embedder,
        adapter=adapter,
        engine=engine,
        seed=seed,
        rounds=rounds,
        triplets=triplets,
        adapt=adapt,
        examples=examples,
        answers=answers,
        keep_all=keep_all,
        view=view,
        known=known,
        out=output,
    )
    # Imported late: torch and the rest take seconds, and a wrong option should not wait for them.
    from localcluster.pipeline.run import run as run_pipeline

    finished = run_pipeline(config, Reporter(err, quiet), fresh=fresh)
    show(finished.result)
    out.print(f"Table:  {finished.table}", soft_wrap=True, markup=False)
    out.print(f"Report: {finished.report}", soft_wrap=True, markup=False)


def show(result: RunResult) -> None:
    """Print a small table per criterion."""
    for criterion in result.criteria:
        out.print(_table(criterion, result.texts))
        if criterion.k > CLUSTERS_SHOWN:
            out.print(f"... and {criterion.k - CLUSTERS_SHOWN} smaller clusters, in the report.")
        out.print(criterion.worth_a_look(), soft_wrap=True, markup=False)
        _show_readings(criterion, result)
        out.print()


def _show_readings(criterion: CriterionResult, result: RunResult) -> None:
    """Two readings that disagree, and the option that takes the other."""
    from localcluster.report.readings import readings

    found = readings(criterion.evidence, result, EXAMPLE_WIDTH)
    if not found:
        return
    out.print("Two readings of these rows disagree:")
    for reading in found:
        which = "used here" if reading.chosen else f"take it with {reading.option}"
        out.print(f"  {reading.sentence} ({which})", soft_wrap=True, markup=False)
        for example in reading.examples:
            out.print(f"    - {example}", soft_wrap=True, markup=False, style="dim")


def _table(criterion: CriterionResult, texts: list[str]) -> Table:
    found = criterion.evidence.k
    plausible = f" ({found.low:,} to {found.high:,} are plausible)" if found and found.low is not None else ""
    title = f"By {criterion.criterion}: {criterion.k} clusters{plausible}"
    table = Table(title=Text(title), title_justify="left")
    for heading, style in (("rows", "bold"), ("name", "cyan"), ("words", ""), ("example", "dim")):
        table.add_column(heading, style=style, justify="right" if heading == "rows" else "left")
    for card in criterion.clusters[:CLUSTERS_SHOWN]:
        example = " ".join(texts[card.exemplars[0]].split()) if card.exemplars else ""
        if len(example) > EXAMPLE_WIDTH:
            example = example[: EXAMPLE_WIDTH - 3].rstrip() + "..."
        cells = (
            f"{card.size:,}",
            card.name,
            ", ".join(card.words[:WORDS_SHOWN]),
            example,
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def number_of_clusters(value: str) -> K:
    """``-k`` as a number, a range, or None for ``auto``; :class:`ConfigError` for anything else."""
    if value.strip().casefold() == "auto":
        return None
    low, colon, high = value.partition(":")
    try:
        return (int(low), int(high)) if colon else int(low)
    except ValueError:
        raise ConfigError(
            f'-k is "{value}"; it takes a whole number of at least 2, a range such as 5:50, or auto. '
            "For example: -k 12"
        ) from None
