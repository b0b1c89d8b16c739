"""Whatever goes wrong, the user reads one sentence and the shell gets an exit code."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from localcluster.cli import app
from localcluster.cli.guard import PlainErrors
from localcluster.errors import LocalClusterError, ModelError, RunFolderError

MAIN = "from localcluster.cli import main; main()"


def failing(error: BaseException) -> typer.Typer:
    commands = typer.Typer(cls=PlainErrors)

    @commands.command()
    def fail() -> None:
        raise error

    @commands.command()
    def other() -> None: ...

    return commands


def subclasses(kind: type[LocalClusterError]) -> list[type[LocalClusterError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in subclasses(child))]


@pytest.mark.parametrize("kind", subclasses(LocalClusterError))
def test_our_errors_are_one_message_and_their_exit_code(kind: type[LocalClusterError]) -> None:
    result = CliRunner().invoke(failing(kind("what happened [bold]3[/bold] of 5, type x")), ["fail"])
    assert result.exit_code == kind.exit_code
    assert result.stderr == "error: what happened [bold]3[/bold] of 5, type x\n"
    assert result.stdout == ""


def test_long_messages_are_not_broken_so_that_commands_can_be_copied() -> None:
    result = CliRunner().invoke(failing(LocalClusterError("word " * 100 + "end")), ["fail"])
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "sentence", "code"),
    [
        (KeyboardInterrupt(), "Stopped. Run the same command again to continue.", 130),
        (OSError(errno.ENOSPC, "No space left", "/data/x.npy"), "error: The disk is full (/data/x.npy).", 6),
        (OSError(errno.ENOSPC, "No space left"), "error: The disk is full.", RunFolderError.exit_code),
        (PermissionError(errno.EACCES, "denied", "/root/x"), "error: Permission denied (/root/x).", 6),
        (MemoryError(), "error: There is not enough memory.", ModelError.exit_code),
    ],
    ids=["ctrl-c", "disk full", "disk full, nameless", "permission", "memory"],
)
def test_the_systems_refusals_are_plain_too(error: BaseException, sentence: str, code: int) -> None:
    result = CliRunner().invoke(failing(error), ["fail"])
    assert result.exit_code == code
    assert result.stderr.startswith(sentence)


def test_a_bug_stays_loud() -> None:
    result = CliRunner().invoke(failing(ZeroDivisionError("bug")), ["fail"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom localcluster.cli import main\n"
        "sys.argv = ['localcluster', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'llama_cpp', 'sklearn', 'polars', 'huggingface_hub'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_main_closes_the_network_before_the_command_runs() -> None:
    code = (
        "import socket, sys\nfrom localcluster import cli\n"
        "@cli.app.command('reach-out')\n"
        "def reach_out() -> None: socket.create_connection(('192.0.2.1', 9), timeout=1)\n"
        "sys.argv = ['localcluster', 'reach-out']\n"
        "cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert done.stderr.startswith("error: Something tried to reach '192.0.2.1'")


def test_a_closed_pipe_is_quiet() -> None:
    command = f'"{sys.executable}" -c "{MAIN}" models list --json | head -n 1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == "[\n"
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["--version"], ["-h"], ["models", "--help"], ["doctor", "--help"]])
def test_what_every_command_line_answers(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert result.output


def test_a_mistyped_option_is_a_usage_error() -> None:
    assert CliRunner().invoke(app, ["models", "list", "--jsn"]).exit_code == 2
