"""What the rows of a run are called on its page."""

from __future__ import annotations

from dataclasses import dataclass

from localcluster.results import RunResult


@dataclass(frozen=True)
class Noun:
    """A word for one row and for several."""

    one: str
    many: str

    def counted(self, n: int) -> str:
        """A number with its noun.

        >>> TEXTS.counted(1), TEXTS.counted(1200)
        ('1 text', '1,200 texts')
        """
        return f"{n:,} {self.one if n == 1 else self.many}"


TEXTS, PICTURES, BOTH = Noun("text", "texts"), Noun("picture", "pictures"), Noun("row", "rows")


def noun_of(result: RunResult) -> Noun:
    """Texts, pictures, or rows where there are both; a picture without a text has its name for one."""
    if result.images is None:
        return TEXTS
    only = all(text == name for text, name in zip(result.texts, result.images, strict=True))
    return PICTURES if only else BOTH
