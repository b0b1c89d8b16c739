"""The command line: one file per command, no logic.

``localcluster --help`` must answer at once, so commands import what they need when they run;
nothing here may import torch, transformers or llama.cpp.
"""

from __future__ import annotations

from typing import Annotated

import typer

from localcluster.cli import answers, benchmark, doctor, explain, models, pack, predict, report, run
from localcluster.cli.console import out
from localcluster.cli.guard import PlainErrors
from localcluster.offline import go_offline

app = typer.Typer(
    name="localcluster",
    cls=PlainErrors,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# One line per command, in the order --help shows them.
app.command("run")(run.run)
app.command("predict")(predict.predict)
app.command("report")(report.report)
app.command("explain")(explain.explain)
app.command("answers")(answers.answers)
app.command("benchmark")(benchmark.benchmark)
app.add_typer(models.app, name="models")
app.command("pack")(pack.pack)
app.command("unpack")(pack.unpack)
app.command("doctor")(doctor.doctor)


def _version(asked: bool) -> None:
    if asked:
        from localcluster.version import __version__

        out.print(f"localcluster {__version__}")
        raise typer.Exit


@app.callback()
def localcluster(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Cluster texts by any criterion put in words, with a local model, offline."""


def main() -> None:
    """Entry point of the ``localcluster`` command. The network is closed before anything else."""
    go_offline()
    app()
