"""The stage of a run that finds texts in several languages, and for which criteria that must not matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from localcluster.embed import Embedder
from localcluster.items import EMPTY_TEXT, Items
from localcluster.items.notes import counted
from localcluster.languages import LanguageGroups, asks_for_language

#: Languages that a message names.
SHOWN = 4


def languages_apart(
    items: Items, criteria: Sequence[str], embedder: Embedder
) -> tuple[Items, Mapping[str, LanguageGroups]]:
    """The languages that rows are compared within, by criterion, and the items with a note that says so.

    A text's language shows in every reading of it, and more than anything else: without this, texts in
    several languages fall apart by language, whatever the criterion.

    Parameters
    ----------
    items : Items
        As the models are to read them.
    embedder : Embedder
        Says which criteria ask for the language; for these, rows are compared as they are.
    """
    groups = LanguageGroups.of(["" if text == EMPTY_TEXT else text for text in items.unique])
    if groups is None:
        return items, {}
    found = {each: groups for each in criteria if not asks_for_language(each, embedder.encode)}
    if not found:
        return items, {}
    shown = [f"{name} {rows}" for name, rows in groups.rows(items.counts).items()]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    by = "" if len(found) == len(criteria) else " by " + ", ".join(f'"{each}"' for each in found)
    note = (
        f"The texts are in {counted(len(shown), 'language')} ({', '.join(shown[:SHOWN])}{more}). What the "
        f"texts of a language have in common is taken out before rows are compared{by}, so that rows do not "
        "cluster by language. --keep-all (keep_all) leaves it in."
    )
    return replace(items, notes=(*items.notes, note)), found
