"""Items: rows of text, pictures or both, with every bad input given a stated outcome.

``read_items("tickets.csv", text_column="body")`` and ``read_items("photos/")`` return an :class:`Items`
or raise :class:`~localcluster.errors.InputError`; nothing else, whatever the bytes. ``docs/input.md``
lists each treatment beside the test that shows it.
"""

from localcluster.items.cleaning import EMPTY_TEXT
from localcluster.items.image_column import NO_PICTURES
from localcluster.items.item import Item
from localcluster.items.items import Items, check_enough
from localcluster.items.read import read_items

__all__ = [
    "EMPTY_TEXT",
    "Item",
    "Items",
    "NO_PICTURES",
    "check_enough",
    "read_items",
]
