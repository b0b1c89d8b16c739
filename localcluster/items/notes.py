"""Sentences that state what was done with unusual rows: nothing about the input is decided in silence."""

from __future__ import annotations

from collections.abc import Sequence

from localcluster.items.cleaning import EMPTY_TEXT, has_control_characters, is_blank

#: About the number of characters from which no starter model's context holds a whole text.
LONG_TEXT_CHARS = 8_000


def counted(number: int, what: str) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "empty row"), counted(2, "class")
    ('1 row', '1,200 empty rows', '2 classes')
    """
    several = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number:,} {what if number == 1 else several}"


def text_notes(raw: Sequence[str | None]) -> list[str]:
    """Notes on empty, missing, repeated, very long and control-ridden texts of the text column."""
    notes = []
    full = [text for text in raw if text is not None and not is_blank(text)]
    if len(full) < len(raw):
        n_missing = sum(text is None for text in raw)
        missing = f" ({n_missing:,} without a value)" if n_missing else ""
        notes.append(_empty_rows(len(raw) - len(full), missing))
    if repeats := len(full) - len(set(full)):
        notes.append(
            f"{counted(repeats, 'row')} with the text of an earlier row: each text is computed once, "
            "each row gets its result."
        )
    return notes + _unusual(full)


def picture_notes(
    given: Sequence[str | None], pictures: Sequence[bool], n_distinct: int, texts_expected: bool
) -> list[str]:
    """Notes on rows of which some have a picture.

    Parameters
    ----------
    given : sequence of (str or None)
        Text of each row; None for none.
    pictures : sequence of bool
        Whether the row has a picture that can be read.
    n_distinct : int
        Number of distinct rows.
    texts_expected : bool
        Whether there is a column of texts.
    """
    notes = []
    rows = list(zip(given, pictures, strict=True))
    if empty := sum(text is None and not picture for text, picture in rows):
        notes.append(_empty_rows(empty))
    if texts_expected and (alone := sum(text is None and picture for text, picture in rows)):
        notes.append(f"{counted(alone, 'row')} without a text: the picture alone is read.")
    if alone := sum(text is not None and not picture for text, picture in rows):
        notes.append(f"{counted(alone, 'row')} without a picture: the text alone is read.")
    if repeats := len(rows) - n_distinct - max(empty - 1, 0):
        what = "picture and text" if texts_expected else "picture"
        notes.append(
            f"{counted(repeats, 'row')} with the {what} of an earlier row, byte for byte: each is computed "
            "once, each row gets its result."
        )
    return notes + _unusual([text for text in given if text is not None])


def _empty_rows(number: int, detail: str = "") -> str:
    return (
        f'{counted(number, "empty row")}{detail}: kept, shown as "{EMPTY_TEXT}", and put in the nearest '
        "cluster with confidence 0."
    )


def _unusual(full: Sequence[str]) -> list[str]:
    notes = []
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
