"""What the sections of RESULTS.md are made of."""

from __future__ import annotations


def pm(pair, digits=3):
    """Mean ± sd."""
    return f"{pair[0]:.{digits}f} ± {pair[1]:.{digits}f}"


def grid(header, rows):
    """A table in Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])
