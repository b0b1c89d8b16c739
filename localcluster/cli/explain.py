"""``localcluster explain``: why a row is where it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from localcluster.cli.console import err, out
from localcluster.errors import ConfigError, RunFolderError
from localcluster.progress import Reporter

if TYPE_CHECKING:
    from localcluster.explain.row import RowExplanation
    from localcluster.results import ClusterCard, RunResult

#: Characters shown of the row, and of each example.
ROW_CHARS, EXAMPLE_CHARS = 600, 100
#: Words shown by ``--words``: those that matter most.
WORDS_SHOWN = 12


def explain(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="run folder")],
    row: Annotated[
        str, typer.Argument(metavar="ROW", help="id, name of the picture, or row number (from 1)")
    ],
    by: Annotated[
        list[str] | None, typer.Option("--by", help="explain only this criterion; may be repeated")
    ] = None,
    number: Annotated[
        bool, typer.Option("--number", help="take ROW as a row number, even if an id looks the same")
    ] = False,
    words: Annotated[
        bool,
        typer.Option("--words", help="show which words of the row placed it there; needs the run's models"),
    ] = False,
    llm: Annotated[str | None, typer.Option(help="name or path of the run's language model")] = None,
    embedder: Annotated[str | None, typer.Option(help="name or path of the run's embedder")] = None,
    adapter: Annotated[
        str | None, typer.Option(help="the run's adapter, where it was your own: a path")
    ] = None,
) -> None:
    """Show why a row of a finished run is in its cluster: the runner-up, near examples, telling words."""
    from localcluster.explain.row import explain_row, find_criteria, find_row
    from localcluster.store import load_result, read_row_evidence

    result = load_result(folder)
    at = find_row(result, row, number)
    places = find_criteria(result, by or ())
    out.print(_row(result, at))
    weigh = _weigher(folder, result, at, llm, embedder, adapter) if words else None
    recorded = True
    for place in places:
        criterion = result.criteria[place]
        found = explain_row(result, criterion, at, read_row_evidence(folder, place, criterion.labels))
        recorded &= found.recorded
        out.print()
        out.print(_explanation(found, result))
        if weigh is not None and found.runner_up is not None:
            out.print(weigh(place, found))
    if not recorded:
        err.print(
            "The run kept no record of what placed its rows; run its command again to see runner-up and "
            "nearest examples.",
            soft_wrap=True,
        )


def _weigher(
    folder: Path,
    result: RunResult,
    row: int,
    llm: str | None,
    embedder: str | None,
    adapter: str | None,
) -> Callable[[int, RowExplanation], Padding]:
    from localcluster.cli.predict import models_of
    from localcluster.pipeline.predictor import load_predictors
    from localcluster.pipeline.words import word_influences, words_not_read

    if result.images is not None and result.images[row]:
        raise ConfigError(
            "This row has a picture. --words weighs the words of rows that are text alone; leave it out."
        )
    predictors = load_predictors(folder, result)
    if predictors[0].trimmer is not None and result.read is None:
        raise RunFolderError(
            f"{folder} does not say what was read of each row; an older version made it. Run the command "
            "that made it again; it uses what was computed."
        )
    text = result.texts[row]
    read = text if result.read is None else result.read[row] or text
    models = models_of(result, predictors, "-", llm, embedder, adapter, Reporter(err))

    def weigh(place: int, found: RowExplanation) -> Padding:
        assert found.runner_up is not None
        told = word_influences(
            predictors[place], read, found.cluster.cluster, found.runner_up.cluster, models
        )
        shown = Text("words for (+), against (-): " if told else "one word: nothing to leave out")
        for word in sorted(told, key=lambda one: -abs(one.influence))[:WORDS_SHOWN]:
            style = "green" if word.influence > 0 else "red"
            shown.append(f"{_line(word.word)} {word.influence:+.2f}  ", style=style)
        for number, part in enumerate(words_not_read(text, read) if read != text else []):
            shown.append(f"\n{'not read:' if number == 0 else '         '} {_line(part)}", style="dim")
        return Padding(shown, (0, 0, 0, 2))

    return weigh


def _row(result: RunResult, row: int) -> Text:
    image = None if result.images is None else result.images[row]
    heading = f"Row {row + 1:,}" + (
        f", id {_line(result.ids[row])}" if result.ids[row] != str(row + 1) else ""
    )
    shown = Text.assemble((heading, "bold"))
    for said in dict.fromkeys((image, result.texts[row])):
        if said:
            shown.append(f"\n{_line(said, ROW_CHARS)}")
    return shown


def _explanation(found: RowExplanation, result: RunResult) -> Group:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    placed = Text.assemble(
        _cluster(found.cluster), _share(found.share), f", confidence {found.confidence:.2f}"
    )
    table.add_row("cluster", placed)
    if found.runner_up is not None:
        table.add_row("runner-up", Text.assemble(_cluster(found.runner_up), _share(found.runner_up_share)))
    for heading, words in (
        ("words of the cluster in it", found.shared_words),
        ("words of the runner-up in it", found.rival_words),
        ("the model thinks of", found.lens_words),
    ):
        if words:
            table.add_row(heading, Text(", ".join(map(_line, words))))
    for position, near in enumerate(found.neighbours):
        where = "" if near.cluster.cluster == found.cluster.cluster else f"  in {_line(near.cluster.name)}"
        example = Text.assemble(_line(result.texts[near.row], EXAMPLE_CHARS), (where, "yellow"))
        table.add_row("nearest examples" if position == 0 else "", example)
    return Group(Text(f"By {_line(found.criterion)}", style="bold"), Padding(table, (0, 0, 0, 2)))


def _cluster(card: ClusterCard) -> Text:
    return Text.assemble(
        (_line(card.name), "cyan"), (f" (cluster {card.cluster}, {card.size:,} rows)", "dim")
    )


def _share(share: float | None) -> str:
    return "" if share is None else f", share {share:.2f}"


def _line(text: str, limit: int = EXAMPLE_CHARS) -> str:
    """On one line and without anything a terminal would obey."""
    from localcluster.items.cleaning import printable

    line = printable(text)
    return line if len(line) <= limit else line[: limit - 3].rstrip() + "..."
