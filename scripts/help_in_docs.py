"""Keep the ``--help`` output that the docs quote equal to the real one.

    python scripts/help_in_docs.py      # writes docs/commands.md anew, tells whether anything changed

A quoted help is a fenced block whose first line is ``$ localcluster ... --help``. tests/test_docs.py fails
when one differs, and names this script.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from unittest.mock import patch

from typer import rich_utils
from typer.testing import CliRunner

from localcluster.cli import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
#: Columns of the boxes that typer draws, whatever terminal this runs in.
WIDTH = 100
_QUOTED = re.compile(r"^(```\w*\n\$ localcluster ?(.*?)(?:--help|-h)\n).*?(^```$)", re.MULTILINE | re.DOTALL)


def help_of(command: str) -> str:
    """What ``localcluster COMMAND --help`` prints, without color and spaces at the ends of lines."""
    with patch.object(rich_utils, "MAX_WIDTH", WIDTH), patch.object(rich_utils, "FORCE_TERMINAL", False):
        shown = CliRunner().invoke(
            app, [*shlex.split(command), "--help"], prog_name="localcluster", env={"NO_COLOR": "1"}
        )
    if shown.exit_code:
        raise SystemExit(f"localcluster {command} has no help: {shown.output}")
    return "\n".join(line.rstrip() for line in shown.output.strip("\n").splitlines()) + "\n"


def refresh(text: str) -> str:
    """The page with every quoted help as it is today."""
    return _QUOTED.sub(lambda found: f"{found[1]}{help_of(found[2])}{found[3]}", text)


if __name__ == "__main__":
    before = PAGE.read_text(encoding="utf-8")
    after = refresh(before)
    PAGE.write_text(after, encoding="utf-8")
    print("Nothing changed." if before == after else f"{PAGE.name} was brought up to date.")
