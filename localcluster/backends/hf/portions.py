"""Which prompts are answered together, so that few pictures are open at a time and each is read once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from localcluster.backends.base import Item, Prompt

#: Different pictures whose prompts are answered together: opened, read and decoded before the next are.
PORTION = 32


def pictured(prompt: Prompt) -> list[Item]:
    """The prompt's items with a picture, in order."""
    parts = (part for turn in prompt.turns for part in turn.parts)
    return [part for part in parts if isinstance(part, Item) and part.image is not None]


def portions(about_each: Sequence[Sequence[Item]]) -> Iterator[list[int]]:
    """Split rows so that those about the same pictures stay together, :data:`PORTION` pictures at a time.

    >>> a, b = Item(digest="a"), Item(digest="b")
    >>> list(portions([[a], [], [b], [a]]))
    [[1], [0, 3, 2]]
    """
    texts = [row for row, items in enumerate(about_each) if not items]
    if texts:
        yield texts
    about: dict[tuple[Item, ...], list[int]] = {}
    for row, items in enumerate(about_each):
        if items:
            about.setdefault(tuple(items), []).append(row)
    rows: list[int] = []
    seen: set[Item] = set()
    for images, members in about.items():
        if rows and len(seen.union(images)) > PORTION:
            yield rows
            rows, seen = [], set()
        rows, seen = rows + members, seen.union(images)
    if rows:
        yield rows
