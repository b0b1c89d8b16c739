"""What a changed setting does to a run that is continued, in a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcluster.config import K, RunConfig
from localcluster.items import Items
from localcluster.workbench import Models

#: Settings by the stage that reads them first; what comes after a stage follows it.
_ROWS = ("rows",)
_READING = ("language model", "embedder")
_CLUSTERING = ("k", "seed")
_ASKING = ("rounds", "triplets", "adapt", "examples")


def settings_of(config: RunConfig, items: Items, models: Models) -> dict[str, Any]:
    """What a run's stages depend on, JSON-ready; content, not places of files."""
    return {
        "rows": items.sha256,
        "language model": None if models.llm is None else models.llm.info.sha256,
        "embedder": None if models.embedder is None else models.embedder.sha256,
        "criteria": list(config.by),
        "k": {criterion: _plain(config.k_of(number)) for number, criterion in enumerate(config.by)},
        **config.model_dump(mode="json", include={"seed", "rounds", "triplets", "adapt"}),
        "examples": None if config.examples is None else config.examples.name,
    }


def told_changes(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """Sentences for the user; none where the folder is new or nothing changed.

    >>> told_changes({"rows": "0f"}, {"rows": "1e"})
    ['Since the last run in this folder: the rows changed, so everything is done again.']
    """
    if before is None:
        return []
    changed = [name for name in now if name in before and before[name] != now[name]]
    # Of criteria that came or went, the number of clusters is no change of its own.
    old = before.get("k")
    if isinstance(old, Mapping) and all(old.get(name, k) == k for name, k in now.get("k", {}).items()):
        changed = [name for name in changed if name != "k"]
    start = "Since the last run in this folder: "

    def of(names: tuple[str, ...]) -> str:
        return _listed([name for name in names if name in changed])

    if of(_ROWS):
        return [f"{start}the rows changed, so everything is done again."]
    if of(_READING):
        return [f"{start}{of(_READING)} changed, so rows are read again, and all that follows is done again."]
    told = []
    if "criteria" in changed:
        old, new = before["criteria"], now["criteria"]
        kept = len([criterion for criterion in new if criterion in old])
        told.append(f"{start}criteria changed; what was read for {kept} of {len(new)} is kept.")
    if of(_CLUSTERING):
        told.append(
            f"{start}{of(_CLUSTERING)} changed, so clusters, questions and names are made again; what the "
            "models read is kept."
        )
    elif of(_ASKING):
        told.append(
            f"{start}{of(_ASKING)} changed, so questions and names are made again; readings, clusters and "
            "every answer are kept."
        )
    return told


def _listed(names: list[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))


def _plain(k: K) -> int | list[int] | None:
    return list(k) if isinstance(k, tuple) else k
