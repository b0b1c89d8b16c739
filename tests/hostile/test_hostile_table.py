"""The table of docs/hostile.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "hostile.md"


def test_every_test_named_in_the_table_exists():
    text = TABLE.read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 40
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in (ROOT / file).read_text()]
    assert not missing


def test_every_row_names_a_test():
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [line for line in rows if not line.startswith("| Input |")]
    assert all("`tests/" in line or "`benchmarks/" in line or "the same |" in line for line in cells)
