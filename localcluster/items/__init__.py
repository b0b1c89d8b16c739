"""Items: rows of text read from a file or standard input, with every bad input given a stated outcome.

``read_items("tickets.csv", text_column="body")`` returns an :class:`Items` or raises
:class:`~localcluster.errors.InputError`; nothing else, whatever the bytes. ``docs/input.md`` lists
each treatment beside the test that shows it.
"""

from localcluster.items.cleaning import EMPTY_TEXT
from localcluster.items.item import Item
from localcluster.items.items import Items, check_enough
from localcluster.items.read import read_items

__all__ = ["EMPTY_TEXT", "Item", "Items", "check_enough", "read_items"]
