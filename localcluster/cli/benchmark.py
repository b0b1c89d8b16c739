"""``localcluster benchmark``: how well clusterings agree with labels you have."""

from __future__ import annotations

import json
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
from localcluster.cli.run import number_of_clusters
from localcluster.config import AUTO_ADAPTERS, DEFAULT_EMBEDDER, DEFAULT_LLM, RunConfig
from localcluster.errors import ConfigError
from localcluster.papers import TRIPLETS
from localcluster.progress import Reporter

if TYPE_CHECKING:
    from localcluster.scoring import Benchmark, Comparison

#: What ``-k`` says when it is not given.
FROM_LABELS = "number of labels"


def benchmark(
    source: Annotated[
        str, typer.Argument(metavar="DATA", help="csv, tsv, jsonl, json or parquet file with labels")
    ],
    by: Annotated[list[str], typer.Option("--by", help="what to cluster by; may be repeated")],
    label_field: Annotated[
        list[str], typer.Option(help="column with the labels; give one for each --by, in the same order")
    ],
    text_column: TextColumn = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="how often each kind is fitted, each time with its own seed")
    ] = 5,
    k: Annotated[
        list[str] | None,
        typer.Option("-k", help="number of clusters, a range (5:50), or auto", show_default=FROM_LABELS),
    ] = None,
    rounds: Annotated[int, typer.Option(help="rounds of questions to the model, at most; 0 asks none")] = 1,
    triplets: Triplets = TRIPLETS,
    adapt: Adapt = "auto",
    keep_all: KeepAll = False,
    view: View = "auto",
    llm: Llm = DEFAULT_LLM,
    embedder: Embedder = DEFAULT_EMBEDDER,
    adapter: Adapter = AUTO_ADAPTERS,
    engine: Engine = "auto",
    output: Annotated[
        Path | None,
        typer.Option("--out", help="folder for what is computed; named after the input if not given"),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="FILE", help="file for the result; benchmark.json in the folder if not given"
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="forget an earlier benchmark in the folder")] = False,
    quiet: Quiet = False,
) -> None:
    """Compare clusterings with labels: ACC, NMI and ARI, mean and sd over seeds.

    Three rows: plain k-means on the sentence embedder, the default without triplet questions, and the default
    with the oracle, the model's answers. Labels score what is finished. Unless -k is given, k is the number
    of distinct labels, and a fit learns nothing else from labels.

    Run the same command again to continue a benchmark that was stopped.
    """
    config = RunConfig.checked(
        source=source,
        by=tuple(by),
        k=tuple(number_of_clusters(value) for value in k or ["auto"]),
        text_column=tuple(text_column or ()),
        llm=llm,
        embedder=embedder,
        adapter=adapter,
        engine=engine,
        rounds=rounds,
        triplets=triplets,
        adapt=adapt,
        keep_all=keep_all,
        view=view,
        out=output,
    )
    _check_writable(json_file)
    # Imported late: torch and the rest take seconds, and a wrong option should not wait for them.
    from localcluster.scoring import run_benchmark
    from localcluster.store import write_atomic

    found = run_benchmark(
        config, tuple(label_field), seeds, Reporter(err, quiet), count_labels=k is None, fresh=fresh
    )
    show(found)
    path = json_file or found.folder / "benchmark.json"
    write_atomic(path, json.dumps(found.to_json(), ensure_ascii=False, indent=1).encode())
    out.print(f"Result: {path}", soft_wrap=True, markup=False)


def show(found: Benchmark) -> None:
    """Print a table per criterion, and under it what the numbers rest on."""
    for comparison in found.comparisons:
        out.print(_table(comparison))
        for line in _remarks(comparison):
            out.print(line, soft_wrap=True, markup=False)
        out.print()


def _table(comparison: Comparison) -> Table:
    from localcluster.scoring import MEASURES, shown

    title = f"By {comparison.criterion}: agreement with {comparison.label_field}"
    table = Table(title=Text(title), title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("clustering", style="cyan", no_wrap=True)
    for heading in (*(measure.upper() for measure in MEASURES), "k", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in comparison.rows:
        agreement = [shown(*row.mean_sd(measure)) for measure in MEASURES]
        clusters = {fit.k for fit in row.fits}
        k = str(min(clusters)) if len(clusters) == 1 else shown(*row.mean_sd("k"), decimals=0)
        table.add_row(row.name, *agreement, k, f"{row.mean_sd('seconds')[0]:,.1f}")
    return table


def _remarks(comparison: Comparison) -> list[str]:
    n_fits = len(comparison.rows[0].fits)
    spread = f"Mean ± sd of {n_fits} seeds" if n_fits > 1 else "One seed"
    without = comparison.n_rows - comparison.n_scored
    unscored = f"; {without:,} without a label are clustered, not scored" if without else ""
    remarks = [
        comparison.k_says,
        f"{spread}; {comparison.n_scored:,} rows, {comparison.n_labels:,} distinct labels{unscored}.",
        "Seconds are those of one clustering, without the models' reading of the texts "
        f"({comparison.reading_seconds:,.1f} s for all fits together).",
    ]
    for row in comparison.rows:
        remarks += [f"k found, {row.name}: {k}"] if (k := row.k_found()) else []
        remarks += [f"Oracle, {row.name}: {said}"] if (said := row.oracle_says()) else []
    return remarks


def _check_writable(path: Path | None) -> None:
    """Refuse a place for the result before hours of work, not after them."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise ConfigError(
            f"--json {path}: {'that is a folder' if path.is_dir() else 'its folder does not exist'}. "
            "Name a file in a folder that exists, for example: --json benchmark.json"
        )
