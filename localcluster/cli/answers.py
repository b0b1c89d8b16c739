"""``localcluster answers``: what the model was asked, and what it answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.table import Table
from rich.text import Text

from localcluster.cli.console import err, out
from localcluster.errors import ConfigError, RunFolderError

if TYPE_CHECKING:
    from localcluster.store import Kind, ReadingCount

#: Characters shown of each text; the export has them whole.
TEXT_WIDTH = 60
#: Columns of the terminal that a criterion may take before it is broken.
ABOUT_WIDTH = 24


def answers(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="run folder, or the file that runs share")],
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write all to a .csv or .jsonl file instead")
    ] = None,
    criterion: Annotated[
        list[str] | None, typer.Option(help="only answers about this criterion; may be repeated")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="triplet or pair; both if not given")] = None,
    limit: Annotated[int, typer.Option(min=1, help="how many answers to list; an export has all")] = 50,
) -> None:
    """List or export the questions that a run asked the model, and the answers."""
    from localcluster.store import AnswerStore, export_answers, find_answers

    asked = _kind(kind)
    with AnswerStore.read(find_answers(folder)) as store:
        counts = store.counts()
        _check_some(folder, counts, criterion or (), kind)
        rows = store.rows(criterion or (), asked)
        if export is not None:
            n_rows = export_answers(export, rows)
            out.print(f"Exported {n_rows:,} answers: {export}", soft_wrap=True, markup=False)
            return
        out.print(_table(islice(rows, limit)))
        if more := sum(1 for _ in rows):
            err.print(f"... and {more:,} more: --limit {limit + more}, or --export FILE.csv", soft_wrap=True)
    _show_counts(counts)


def _kind(kind: str | None) -> Kind | None:
    if kind not in (None, "triplet", "pair"):
        raise ConfigError(f'--kind is "{kind}"; it takes triplet or pair. For example: --kind triplet')
    return cast("Kind | None", kind)


def _check_some(
    folder: Path, counts: Sequence[ReadingCount], criteria: Sequence[str], kind: str | None
) -> None:
    """Say what there is to a user who asked for what there is not."""
    if not counts:
        raise RunFolderError(
            f"{folder} holds no answers yet: the model was not asked. Let its command run to the end, "
            "then list them."
        )
    asked = sorted({count.criterion for count in counts})
    for criterion in criteria:
        if criterion not in asked:
            known = " ".join(f'--criterion "{_short(name)}"' for name in asked[:5])
            raise ConfigError(f'There are no answers about "{_short(criterion)}". Try: {known}')
    if not any(kind in (None, c.kind) and (not criteria or c.criterion in criteria) for c in counts):
        other = "pair" if kind == "triplet" else "triplet"
        raise ConfigError(f"There are no answers to {kind} questions here. Try: --kind {other}")


def _table(rows: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
    table.add_column("asked about", overflow="fold", max_width=ABOUT_WIDTH)
    table.add_column("question", overflow="fold")
    table.add_column("scores", justify="right", no_wrap=True)
    table.add_column("decision", overflow="fold", min_width=len("abstained"))
    for row in rows:
        purpose = f", {row['purpose']}" if row["purpose"] else ""
        about = (_short(row["criterion"]), _short(row["kind"] + purpose), _short(row["scorer"]))
        scores = (row["score"], row["score_swapped"])
        decision = f"{_short(row['answer'])}\n{row['probability']:.2f}" if row["answer"] else "none"
        cells = (
            "\n".join(about),
            _question(row),
            "\n".join(f"{score:+.3f}" for score in scores if score is not None),
            decision,
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _question(row: Mapping[str, Any]) -> str:
    lines = [f"1: {_short(row['text_1'])}", f"2: {_short(row['text_2'])}"]
    return "\n".join(lines if row["query"] is None else [f"?: {_short(row['query'])}", *lines])


def _short(text: str) -> str:
    """On one line and without anything a terminal would obey."""
    from localcluster.items.cleaning import printable

    line = printable(text)
    return line if len(line) <= TEXT_WIDTH else line[: TEXT_WIDTH - 3].rstrip() + "..."


def _show_counts(counts: Sequence[ReadingCount]) -> None:
    for count in counts:
        again = f", {count.repeated:,} of them asked again" if count.repeated else ""
        err.print(
            f"{_short(count.criterion)}: {count.readings:,} readings of {count.kind} questions by "
            f"{_short(count.scorer)}{again}",
            soft_wrap=True,
            markup=False,
        )
