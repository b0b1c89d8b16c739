"""What a user sees when a command fails: one plain sentence and an exit code, no traceback."""

from __future__ import annotations

import errno
import re
from typing import Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from localcluster.cli.console import err
from localcluster.errors import LocalClusterError, ModelError, RunFolderError

#: What shells expect of a program that Ctrl-C ended: 128 + SIGINT.
INTERRUPTED = 130
#: As numpy and torch write what they could not have.
_WANTED = re.compile(r"[0-9.]+ (?:bytes|[KMGTPE]iB)")
#: The operating system's refusals that the user can do something about, and what.
_DISK_REMEDIES = {
    errno.ENOSPC: "The disk is full{where}. Free some space and run the same command again to continue.",
    errno.EDQUOT: "Your disk quota is used up{where}. Free some space and run the same command again.",
    errno.EROFS: "The disk is read-only{where}. Choose a folder that can be written to.",
    errno.EACCES: "Permission denied{where}. Choose a place that you may read and write.",
    errno.EPERM: "The system does not permit this{where}. Choose a place that you may read and write.",
}


class PlainErrors(TyperGroup):
    """Command group that turns errors the user can act on into a sentence; others are bugs and stay loud."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that ``ctx`` stands for."""
        try:
            return super().invoke(ctx)
        except LocalClusterError as error:
            raise _said(str(error), error.exit_code) from error
        except KeyboardInterrupt as stop:
            raise _said("Stopped. Run the same command again to continue.", INTERRUPTED) from stop
        except (MemoryError, RuntimeError) as error:
            message = _out_of_memory(error)
            if message is None:
                raise
            raise _said(message, ModelError.exit_code) from error
        except OSError as error:
            remedy = _DISK_REMEDIES.get(error.errno or 0)
            if remedy is None:
                raise
            where = f" ({error.filename})" if error.filename else ""
            raise _said(remedy.format(where=where), RunFolderError.exit_code) from error


def _out_of_memory(error: MemoryError | RuntimeError) -> str | None:
    """What to say where the memory ended; None for an error about something else."""
    # By name and text, because torch, whose errors these are, must not be imported for a sentence.
    on_gpu = type(error).__name__ == "OutOfMemoryError"
    if not (isinstance(error, MemoryError) or on_gpu or "can't allocate memory" in str(error)):
        return None
    wanted = _WANTED.search(str(error))
    more = f" ({wanted[0]} more were needed)" if wanted else ""
    where = "graphics memory" if on_gpu else "memory"
    return (
        f"There is not enough {where}{more}. Close other programs, choose a smaller model, or give fewer "
        "rows. Then run the same command again; it continues where it was."
    )


def _said(message: str, exit_code: int) -> typer.Exit:
    prefix = "" if exit_code == INTERRUPTED else "error: "
    err.print(Text.assemble((prefix, "bold red"), message), soft_wrap=True)
    return typer.Exit(exit_code)
