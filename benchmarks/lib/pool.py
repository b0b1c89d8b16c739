"""The training pool's sets that teach no reader of ours: what benchmarks may set rules on, and judge by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

FOLDS = Path(__file__).parents[2] / "scripts" / "train_reader" / "folds.json"
Fold = Literal["study", "decide", "judge"]


def sets_of(pool: Path, fold: Fold) -> list[tuple[str, dict]]:
    """Each set of a fold: its file within the pool, and its criteria as the manifest tells them.

    ``study`` holds the sets without an open licence, which teach nothing; ``decide`` is for choices made on
    the way, ``judge`` for what is published.
    """
    folds = json.loads(FOLDS.read_text(encoding="utf-8"))
    found = []
    for entry in json.loads((pool / "MANIFEST.json").read_text(encoding="utf-8")):
        folder, _, file = entry["file"].partition("/")
        name = file.removesuffix(".jsonl")
        if folder == "study" if fold == "study" else name in folds[fold]:
            found.append((entry["file"], entry["criteria"]))
    return sorted(found)
