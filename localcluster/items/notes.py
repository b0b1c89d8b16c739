"""Sentences that state what was done with unusual rows: nothing about the input is decided in silence."""

from __future__ import annotations

from collections.abc import Sequence

from localcluster.items.cleaning import EMPTY_TEXT, has_control_characters, is_blank

#: About the number of characters from which no starter model's context holds a whole text.
LONG_TEXT_CHARS = 8_000


def counted(number: int, what: str) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "empty row")
    ('1 row', '1,200 empty rows')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def text_notes(raw: Sequence[str | None]) -> list[str]:
    """Notes on empty, missing, repeated, very long and control-ridden texts of the text column."""
    notes = []
    full = [text for text in raw if text is not None and not is_blank(text)]
    if len(full) < len(raw):
        n_missing = sum(text is None for text in raw)
        missing = f" ({n_missing:,} without a value)" if n_missing else ""
        notes.append(
            f"{counted(len(raw) - len(full), 'empty row')}{missing}: kept, and clustered as "
            f'"{EMPTY_TEXT}" with confidence 0.'
        )
    if repeats := len(full) - len(set(full)):
        notes.append(
            f"{counted(repeats, 'row')} with the text of an earlier row: each text is computed once, "
            "each row gets its result."
        )
    if lengths := [len(text) for text in full if len(text) > LONG_TEXT_CHARS]:
        notes.append(
            f"{counted(len(lengths), 'text')} longer than {LONG_TEXT_CHARS:,} characters (longest "
            f"{max(lengths):,}): the models read as much of the beginning as they can, the output keeps all."
        )
    if controlled := sum(map(has_control_characters, full)):
        notes.append(
            f"{counted(controlled, 'text')} with control characters: the models read spaces in their place."
        )
    return notes


def id_notes(given: Sequence[str | None], ids: Sequence[str], column: str) -> list[str]:
    """Notes on missing and repeated ids."""
    notes = []
    if missing := sum(not value for value in given):
        notes.append(f'{counted(missing, "row")} without an id in column "{column}": the row number stands.')
    if repeated := len(ids) - len(set(ids)):
        notes.append(
            f"{counted(repeated, 'row')} with the id of an earlier row: kept, told apart by their order."
        )
    return notes
