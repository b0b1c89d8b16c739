"""``localcluster doctor``: is this machine ready?"""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from localcluster.cli.console import err, out
from localcluster.config import DEFAULT_LLM

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    llm: Annotated[
        str, typer.Option(help="name or path of the language model that you want to run here, or none")
    ] = DEFAULT_LLM,
    verify: Annotated[
        bool, typer.Option("--verify", help="compare every file of installed models with its checksum")
    ] = False,
    speed: Annotated[
        bool, typer.Option("--speed", help="measure both engines on the model (about a minute)")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable, on standard output")] = False,
) -> None:
    """Look at this machine and say what is missing. The exit code is 1 if anything failed."""
    from localcluster.doctor import examine
    from localcluster.progress import Reporter

    findings = examine(Reporter(err, quiet=as_json), llm=llm, verify=verify, measure=speed)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        table = Table(box=None, pad_edge=False, show_header=False)
        for _ in ("status", "subject", "detail"):
            table.add_column(overflow="fold")
        for finding in findings:
            detail = Text(finding.detail)
            if finding.remedy:
                detail.append(f"\n{finding.remedy}", style="italic")
            table.add_row(Text(finding.status, style=_STYLES[finding.status]), finding.subject, detail)
        out.print(table)
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(1)
