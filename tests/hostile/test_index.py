"""tests/INDEX.md: every row of the docs about odd, hostile and broken input has a test, and it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INDEX = (ROOT / "tests" / "INDEX.md").read_text(encoding="utf-8")
HEADS = ("| Input | What happens |", "| Archive | What happens |")


def first_cells(text, heads):
    """First cells of the rows of tables that begin like this."""
    cells, inside = [], False
    for line in text.splitlines():
        inside = line.startswith(heads) or (inside and line.startswith("|"))
        if inside and not line.startswith((*heads, "|---")):
            cells.append(line.split(" | ")[0])
    return cells


def test_every_test_named_in_the_index_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", INDEX)
    assert len(named) > 150
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in (ROOT / file).read_text()]
    assert not missing


def test_every_row_of_the_index_names_a_test():
    rows = [line for line in INDEX.splitlines() if line.startswith("| ") and " | Test |" not in line]
    assert all("`tests/" in row or "`benchmarks/" in row or "the same |" in row for row in rows)


@pytest.mark.parametrize("name", ["input", "hostile", "air-gap"])
def test_every_row_of_the_docs_is_in_the_index(name):
    here = INDEX.split(f"](../docs/{name}.md)\n")[1].split("\n## ")[0]
    told = first_cells((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8"), HEADS)
    assert len(told) > 10
    assert first_cells(here, ("| Input | Test |", "| Archive | Test |")) == told
