"""One thing to cluster: a text, a picture, or both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Item:
    """One distinct row of the user's data, as it stands inside a prompt.

    The text is the only part of a prompt that a backend may shorten.

    Attributes
    ----------
    image : Path or None
        Absolute while a run lasts; written into no record.
    digest : str
        SHA-256 of the picture file's bytes; ``""`` without a picture.
    """

    text: str | None = None
    image: Path | None = None
    digest: str = ""

    @property
    def key(self) -> tuple[str | None, str]:
        """What the item is, wherever its file lies: the text and the picture's digest.

        >>> Item("red", Path("/a/1.png"), "0f").key == Item("red", Path("/b/2.png"), "0f").key
        True
        """
        return self.text, self.digest
