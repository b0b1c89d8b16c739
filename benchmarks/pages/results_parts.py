"""What the sections of RESULTS.md are made of."""

from __future__ import annotations


def grid(header, rows):
    """A table in Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])
