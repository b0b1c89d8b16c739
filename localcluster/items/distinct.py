"""What tells rows apart: their text and the bytes of their picture, never where a file lies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.items.cleaning import EMPTY_TEXT
from localcluster.items.item import Item
from localcluster.items.row_pictures import RowPictures


def distinct_items(
    texts: Sequence[str | None], pictures: RowPictures
) -> tuple[tuple[Item, ...], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct items in order of first appearance, the item of each row, and the rows of each item.

    Rows without text and picture are one item with :data:`EMPTY_TEXT`.
    """
    index: dict[tuple[str | None, str], int] = {}
    items: list[Item] = []
    inverse = np.empty(len(texts), dtype=np.int64)
    for row, (text, path, digest) in enumerate(zip(texts, pictures.paths, pictures.digests, strict=True)):
        shown = EMPTY_TEXT if text is None and path is None else text
        inverse[row] = index.setdefault((shown, digest), len(items))
        if inverse[row] == len(items):
            items.append(Item(shown, path, digest))
    return tuple(items), inverse, np.bincount(inverse, minlength=len(items)).astype(np.int64)


def hash_of_rows(
    shown: Sequence[str], ids: Sequence[str], read: Sequence[str | None], pictures: RowPictures
) -> str:
    """SHA-256 over ids, what is shown, and, where rows have pictures, their digests."""
    digest = hashlib.sha256()

    def add(values: Iterable[str]) -> None:
        for value in values:
            data = value.encode("utf-8")
            digest.update(len(data).to_bytes(8, "little"))
            digest.update(data)

    add(ids)
    add(shown)
    if pictures.column:
        # No text has this length: rows with pictures never hash as rows of text alone.
        digest.update(b"\xff" * 8)
        add(pictures.digests)
        # The name of a file that is shown for want of a text is no text.
        add("" if text is None else "text" for text in read)
    return digest.hexdigest()
