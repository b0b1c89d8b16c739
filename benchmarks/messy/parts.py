"""How the parts of a wrapped text are joined, folded and quoted."""

from __future__ import annotations

import textwrap

from .draw import Draw


def paragraphs(*parts: str) -> str:
    """Join what is not empty with blank lines."""
    return "\n\n".join(part for part in parts if part)


def folded(text: str, width: int) -> str:
    """Break long lines at blanks, as mail programs do."""
    broken = (
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(broken)


def quoted(text: str, mark: str = "> ") -> str:
    """Put a mark before each line."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.splitlines())


def amid(text: str, asides: list[str], draw: Draw) -> str:
    """Put sentences before and behind the text, some in its paragraph and some in their own."""
    cut = draw.rng.randint(0, len(asides))
    gap = draw.rng.choice((" ", "\n\n"))
    return gap.join(part for part in (" ".join(asides[:cut]), text, " ".join(asides[cut:])) if part)
