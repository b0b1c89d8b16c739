"""The stage of a run that leaves out of reading what recurs without telling rows apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcluster.boilerplate import Trimmed, Trimmer, recurring
from localcluster.embed import Embedder, checked_vectors
from localcluster.items import EMPTY_TEXT, Items
from localcluster.items.cleaning import printable
from localcluster.items.item import Item
from localcluster.items.notes import counted
from localcluster.progress import SILENT, Reporter
from localcluster.store import RunFolder, key_of
from localcluster.version import __version__

#: Examples of what is left out, on the terminal and in the record.
SHOWN, RECORDED = 3, 12
#: Characters of each.
EXAMPLE_CHARACTERS = 60


@dataclass(frozen=True)
class LeftOut:
    """What was left out of the texts of a run, as its folder keeps it; nothing by default.

    Attributes
    ----------
    examples : tuple of (str, int)
        Parts that were left out, and of how many rows.
    """

    trimmer: Trimmer | None = None
    trimmed: Trimmed | None = None
    examples: tuple[tuple[str, int], ...] = ()


def leave_out_recurring(
    items: Items, embedder: Embedder, folder: RunFolder, fewest: int, reporter: Reporter = SILENT
) -> tuple[Items, dict[str, Any], Trimmer | None]:
    """The rows as the models are to read them; what was left out, JSON-ready; and what leaves out the same
    of new rows, None where nothing was left out.

    Parameters
    ----------
    items : Items
        Every one with a text.
    folder : RunFolder
        Keeps what was found.
    fewest : int
        Distinct rows that must remain; where fewer do, nothing is left out.
    """
    key = key_of(__version__, "trimmed", embedder.sha256, items.sha256, list(items.title_lines))
    texts = ["" if item.text == EMPTY_TEXT else item.text or "" for item in items.items]

    def fitted() -> LeftOut:
        with reporter.stage("What recurs in the texts") as advance:

            def encode(parts: Sequence[str]) -> NDArray[np.float32]:
                return checked_vectors(embedder, parts, embedder.encode(parts, advance))

            return _recorded(Trimmer.fit(texts, embedder.sha256, encode, items.title_lines or None))

    found = folder.value("trimmed", key, LeftOut, fitted)
    trimmed = found.trimmed
    if trimmed is None:
        return items, {}, None
    read = [
        text if item.text != EMPTY_TEXT else EMPTY_TEXT
        for item, text in zip(items.items, trimmed.texts, strict=True)
    ]
    if len(set(read) - {EMPTY_TEXT}) < fewest:
        note = (
            f"Parts of {counted(trimmed.n_texts, 'text')} recur. The models read them all the same: without "
            f"them, fewer than {fewest} different texts would be left."
        )
        return replace(items, notes=(*items.notes, note)), {}, None
    rows = np.bincount(items.inverse, weights=None, minlength=len(items.items))
    n_rows = int(rows[[bool(parts) for parts in trimmed.left_out]].sum())
    evidence = {
        "parts": trimmed.n_parts,
        "rows": n_rows,
        "examples": [list(example) for example in found.examples],
    }
    return items.reading(read, [_note(evidence)]), evidence, found.trimmer


def trimmed_items(
    trimmer: Trimmer | None, items: Items, places: Sequence[int], embedder: Embedder | None
) -> list[Item]:
    """New rows, the distinct items at ``places``, as the models are to read them."""
    rows = [items.items[place] for place in places]
    if trimmer is None or embedder is None:
        return list(rows)

    def encode(parts: Sequence[str]) -> NDArray[np.float32]:
        return checked_vectors(embedder, parts, embedder.encode(parts))

    chosen = [i for i, item in enumerate(rows) if item.text not in (None, EMPTY_TEXT)]
    titles = [items.title_lines[places[i]] for i in chosen] if items.title_lines else None
    read = trimmer.trim([rows[i].text or "" for i in chosen], encode, titles)
    found = list(rows)
    for i, text in zip(chosen, read.texts, strict=True):
        found[i] = replace(rows[i], text=text)
    return found


def _recorded(found: tuple[Trimmer, Trimmed] | None) -> LeftOut:
    if found is None or not found[1].n_parts:
        return LeftOut()
    trimmer, trimmed = found
    examples = recurring(trimmed, trimmer.recurrence, RECORDED)
    return LeftOut(trimmer, trimmed, tuple((_short(example), rows) for example, rows in examples))


def _note(evidence: dict[str, Any]) -> str:
    shown = [f'"{example}"' for example, _ in evidence["examples"][:SHOWN]]
    such_as = f", such as {', '.join(shown)}" if shown else ""
    return (
        f"{counted(evidence['parts'], 'part')} of {counted(evidence['rows'], 'row')}{such_as}, do not help "
        "to tell rows apart, so the models do not read them. The output keeps them. With --keep-all "
        "(keep_all) the models read them too."
    )


def _short(text: str) -> str:
    line = printable(text)
    return line if len(line) <= EXAMPLE_CHARACTERS else line[: EXAMPLE_CHARACTERS - 3].rstrip() + "..."
