"""What every format's reader hands on."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class ParsedTable:
    """A table as read, before its text column is known.

    Attributes
    ----------
    table : polars.DataFrame
        All rows and columns of the file, in its order.
    notes : tuple of str
        Treatments to state to the user.
    not_text : dict
        Columns that cannot be the text column, each with the reason and place.
    """

    table: pl.DataFrame
    notes: tuple[str, ...] = ()
    not_text: dict[str, str] = field(default_factory=dict)
