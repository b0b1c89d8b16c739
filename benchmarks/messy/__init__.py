"""
A messy mailbox from clean texts: seeded, labels untouched, the text always inside.

``kinds.py`` lists what a text may come in and says which kinds may shape constants and which judge
them. ``wrap.py`` wraps a data set. ``pools/`` holds the words, ``draw.py`` draws them.
"""

from __future__ import annotations

from .kinds import KINDS, Kind, Role, kinds_of
from .wrap import holds, kind_of_row, wrap_texts

__all__ = ["KINDS", "Kind", "Role", "holds", "kind_of_row", "kinds_of", "wrap_texts"]
