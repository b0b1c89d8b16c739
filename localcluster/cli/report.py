"""``localcluster report``: make the report of a finished run again, without models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from localcluster.cli.console import out


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="run folder")],
    output: Annotated[
        Path | None, typer.Option("--out", help="HTML file to write; report.html in the folder if not given")
    ] = None,
) -> None:
    """Write the HTML report of a finished run again."""
    from localcluster.report import write_report
    from localcluster.store import load_result

    path = output or folder / "report.html"
    write_report(load_result(folder), path)
    out.print(f"Report: {path}", soft_wrap=True, markup=False)
