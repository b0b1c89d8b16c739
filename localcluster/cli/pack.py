"""``localcluster pack`` and ``localcluster unpack``: models, and what runs them, across an air gap."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from localcluster.cli.console import err, out
from localcluster.errors import ConfigError


def pack(
    archive: Annotated[Path, typer.Argument(metavar="OUT.tar", help="The archive to write.")],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAMES", help="Names or paths of models; none means all that are installed."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="Pack the models that a settings file (.toml, .json) or a finished run names."),
    ] = None,
    wheels: Annotated[
        bool,
        typer.Option(
            "--wheels", help="Add localcluster and all it needs, fetched by pip: this uses the network."
        ),
    ] = False,
    wheels_from: Annotated[
        Path | None, typer.Option(help="Add the wheels in this folder; the network is not used.")
    ] = None,
) -> None:
    """Write models into one file, for a machine without network."""
    if names and config:
        raise ConfigError("Names and --config were given. Give one of them.")
    if wheels and wheels_from:
        raise ConfigError("--wheels and --wheels-from were given. Give one of them.")
    from localcluster.airgap.pack import INSTALL_MODELS, INSTALL_WHEELS
    from localcluster.airgap.pack import pack as write_archive
    from localcluster.airgap.wanted import models_named_by
    from localcluster.progress import Reporter

    chosen = models_named_by(config) if config else tuple(names or ())
    packed = write_archive(
        archive, chosen, with_wheels=wheels, wheels_from=wheels_from, reporter=Reporter(err)
    )
    what = ", ".join(model.name for model in packed.models)
    count = f" and {len(packed.wheels) - 1} wheels" if packed.wheels else ""
    out.print(f"{archive}: {what}{count} ({packed.size / 1e6:,.0f} MB)", soft_wrap=True, markup=False)
    fit = f", with Python {packed.python}" if packed.python else ""
    err.print(f"Bring it to the other machine and type there{fit}:", soft_wrap=True, markup=False)
    for line in (*(INSTALL_WHEELS if packed.wheels else ()), INSTALL_MODELS):
        err.print(f"  {line.format(archive=archive.name)}", soft_wrap=True, markup=False)


def unpack(
    archive: Annotated[Path, typer.Argument(metavar="OUT.tar", help="What localcluster pack wrote.")],
) -> None:
    """Install the models of an archive. Every file is checked first; the network is not used."""
    from localcluster.airgap.pack import INSTALL_WHEELS
    from localcluster.airgap.unpack import unpack as install_archive
    from localcluster.progress import Reporter

    packed = install_archive(archive, Reporter(err))
    for model in packed.models:
        option = "--embedder" if model.role == "embedder" else "--llm"
        out.print(f"{model.name}: ready, {option} {model.name}", soft_wrap=True, markup=False)
    if packed.wheels:
        err.print("The wheels in it are intact, too. To install from them:", soft_wrap=True)
        for line in INSTALL_WHEELS:
            err.print(f"  {line.format(archive=archive)}", soft_wrap=True, markup=False)
