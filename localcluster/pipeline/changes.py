"""What a changed setting does to a run that is continued, in a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from localcluster.config import K, RunConfig
from localcluster.items import Items
from localcluster.items.known import Known
from localcluster.models import Models
from localcluster.oracle import Example
from localcluster.store import key_of
from localcluster.version import __version__

#: Settings by the stage that reads them first; what comes after a stage follows it.
_ROWS = ("rows",)
_READING = ("language model", "engine", "adapter", "embedder", "fast reader", "keep_all")
_CLUSTERING = ("k", "seed", "view", "known", "version of localcluster")
_ASKING = ("rounds", "triplets", "adapt", "examples")


def settings_of(
    config: RunConfig,
    items: Items,
    models: Models,
    examples: Sequence[Example] = (),
    known: Known | None = None,
) -> dict[str, Any]:
    """What a run's stages depend on, JSON-ready; content, not places of files."""
    info = models.llm_info
    return {
        "version of localcluster": __version__,
        "rows": items.sha256,
        "language model": None if info is None else info.sha256,
        "adapter": None if info is None else info.adapter,
        # Engines, and one engine on another device, read the same file with other rounding.
        "engine": None if info is None else [info.engine, info.quantization, info.device],
        "embedder": None if models.embedder is None else models.embedder.sha256,
        "fast reader": None if models.reader is None else models.reader.sha256,
        "criteria": list(config.by),
        "k": {criterion: _plain(config.k_of(number)) for number, criterion in enumerate(config.by)},
        **config.model_dump(mode="json", include={"seed", "rounds", "triplets", "adapt", "keep_all", "view"}),
        "examples": key_of([asdict(example) for example in examples]) if examples else None,
        "known": None if known is None else known.sha256,
    }


def told_changes(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """Sentences for the user; none where the folder is new or nothing changed.

    >>> told_changes({"rows": "0f"}, {"rows": "1e"})
    ['Since the last run in this folder: the rows changed, so everything is done again.']
    """
    if before is None:
        return []
    changed = [name for name in now if name in before and before[name] != now[name]]
    if "language model" in changed:
        # Engine and adapter of another model are no changes of their own.
        changed = [name for name in changed if name not in ("engine", "adapter")]
    if "k" in changed:
        # Of criteria that came or went, the number of clusters is no change of its own, either.
        old, new = before["k"], now["k"]
        others = [f'"{name}"' for name in new if old.get(name, new[name]) != new[name]]
        k = [] if not others else ["k"] if len(others) == len(new) else [f"k of {_listed(others)}"]
    else:
        k = []
    start = "Since the last run in this folder: "

    def of(names: tuple[str, ...]) -> str:
        return _listed([*(k if "k" in names else []), *(n for n in names if n in changed and n != "k")])

    if of(_ROWS):
        return [f"{start}the rows changed, so everything is done again."]
    if of(_READING):
        return [f"{start}{of(_READING)} changed, so rows are read again, and all that follows is done again."]
    told = []
    if "criteria" in changed:
        old, new = before["criteria"], now["criteria"]
        kept = len([criterion for criterion in new if criterion in old])
        told.append(f"{start}the criteria changed; the readings for {kept} of {len(new)} are kept.")
    if of(_CLUSTERING):
        told.append(
            f"{start}{of(_CLUSTERING)} changed, so clusters, questions and names are made again; the "
            "models' readings are kept."
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
