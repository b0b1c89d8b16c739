"""Teach the sentence embedder what people group texts by: themes.py POOL OUT [--steps N]

It reads no criterion: what it is to learn is which differences matter where texts are grouped by what they
are about (intents, relations, kinds of things), so only criteria teach that the embedder sees already
(``LEAST`` AMI of k-means on its own vectors), each as often as it sees them. Loss as in fast.py: texts of
one class close, of two classes far, and within a class the neighbours that the base gives.

POOL, OUT, kills, folds and devices are as for fast.py; nothing is measured on the way.
``ship_themes.py`` makes the adapter.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random

import numpy as np
import torch
from fast import BASE, Teaching, teach
from pool import TEXTS, Batch, Criterion, LabelledSet, ask, labels_of, read_sets, rows_of_one, sample_rows
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score
from training import teaching

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.embed import SentenceEmbedder
from localcluster.offline import go_offline
from localcluster.registry import resolve

STEPS, RATE, SAVE_EVERY = 800, 3e-5, 50
#: AMI with the embedder's own k-means from which a criterion teaches; rows it is looked at on.
LEAST, LOOKED_AT = 0.10, 160
#: The language and the author are seen, and are no theme.
NO_THEMES = {"language", "author"}
#: Classes and rows of a criterion count by these roots, so that neither one large set is all that teaches.
MANY_CLASSES, ROOT_OF_CLASSES, ROOT_OF_ROWS = 40, 0.5, 0.25
CHARACTERS = 300


class Themes:
    """Batch number ``i`` depends on the seed and on ``i`` alone."""

    def __init__(self, seen: list[tuple[LabelledSet, Criterion, float]], seed: int) -> None:
        self._of = [(labelled, criterion) for labelled, criterion, _ in seen]
        self._weights = [
            clear
            * min(len(criterion.rows_of), MANY_CLASSES) ** ROOT_OF_CLASSES
            * sum(map(len, criterion.rows_of.values())) ** ROOT_OF_ROWS
            for _, criterion, clear in seen
        ]
        self._seed = seed

    def __getitem__(self, number: int) -> Batch:
        draw = Random(f"themes {self._seed} {number}")
        labelled, criterion = draw.choices(self._of, self._weights)[0]
        rows = rows_of_one(criterion, TEXTS, draw)
        texts = tuple(labelled.texts[row] for row in rows)
        return Batch(labelled.name, texts, (ask(criterion, rows, draw),))


def main() -> None:
    arguments = teaching(__doc__, STEPS, SAVE_EVERY)
    go_offline()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    kept = arguments.out / "clear.json"
    sets = read_sets(arguments.pool, "train", arguments.only)
    clear = kept_clear(kept, SentenceEmbedder(resolve(BASE, "embedder")).encode, sets)
    seen = [
        (labelled, criterion, clear[f"{labelled.name} {criterion.name}"])
        for labelled in sets
        for criterion in labelled.criteria
        if clear[f"{labelled.name} {criterion.name}"] >= LEAST and criterion.name not in NO_THEMES
    ]
    print(f"{len(seen)} criteria teach")
    teach(Teaching(Themes(seen, arguments.seed), RATE, reads_criterion=False), arguments, [])


def kept_clear(file: Path, encode, sets: list[LabelledSet]) -> dict[str, float]:
    """:func:`clear_to`, kept in a file; only sets that it lacks are looked at."""
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    new = [
        one for one in sets if any(f"{one.name} {criterion.name}" not in found for criterion in one.criteria)
    ]
    if new:
        found |= clear_to(encode, new)
        file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def clear_to(encode, sets: list[LabelledSet]) -> dict[str, float]:
    """How well k-means on an embedder's vectors agrees with each criterion (AMI, k given)."""
    found = {}
    for labelled in sets:
        for criterion in labelled.criteria:
            rows = sample_rows([criterion], LOOKED_AT, 0)
            truth = list(labels_of(criterion, rows))
            vectors = encode([labelled.texts[row][:CHARACTERS] for row in rows])
            found[f"{labelled.name} {criterion.name}"] = round(agreement(vectors, truth), 4)
    return found


def agreement(vectors, truth) -> float:
    """AMI of k-means on centred vectors with the classes."""
    centred = vectors - vectors.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9
    k = min(len(set(truth)), len(truth) // 3)
    return float(adjusted_mutual_info_score(truth, KMeans(k, n_init=2, random_state=0).fit_predict(centred)))


if __name__ == "__main__":
    main()
