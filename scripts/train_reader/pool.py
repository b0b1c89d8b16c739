"""The training pool as batches: one set each, and where it can be, the same texts by two criteria."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.messy import Kind, kinds_of, wrap_texts

FOLDS = Path(__file__).with_name("folds.json")
#: Fewest rows of a class that is trained on, and classes and texts of a batch.
LEAST_ROWS, CLASSES, TEXTS = 4, 16, 64
#: Classes of each of two criteria in one batch: few, so that texts which differ by one agree by the other.
CLASSES_OF_TWO = 5
#: Share of the batches whose texts come in letters, forms and quotes, and of those that mix two criteria.
WRAPPED, TWO_CRITERIA = 0.12, 0.85


@dataclass(frozen=True)
class Criterion:
    """One way to divide a set: its phrases, and the rows of every class that has enough of them."""

    name: str
    phrases: tuple[str, ...]
    rows_of: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class LabelledSet:
    name: str
    texts: tuple[str, ...]
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class Asked:
    """One criterion of a batch: the phrase it is asked by, and each text's class (None: not labelled)."""

    phrase: str
    classes: tuple[str | None, ...]


@dataclass(frozen=True)
class Batch:
    set_name: str
    texts: tuple[str, ...]
    asked: tuple[Asked, ...]


def read_sets(pool: Path, fold: str, only: Sequence[str] = ()) -> list[LabelledSet]:
    """The sets of one fold.

    Parameters
    ----------
    fold : {"train", "decide", "judge", "study"}
        ``train`` is what has an open licence and stands in no other fold; ``study`` what has none: it teaches
        nothing, and may be measured on.
    only : sequence of str
        Names of sets; none means all.
    """
    folds = json.loads(FOLDS.read_text(encoding="utf-8"))
    held_out = {*folds["judge"], *folds["decide"], *folds["left_out"]}
    found = []
    for entry in json.loads((pool / "MANIFEST.json").read_text(encoding="utf-8")):
        folder, _, file = entry["file"].partition("/")
        name = file.removesuffix(".jsonl")
        if fold == "study":
            wanted = folder == "study"
        else:
            wanted = folder == "clear" and (name not in held_out if fold == "train" else name in folds[fold])
        if wanted and (not only or name in only):
            found.append(_read_set(name, pool / entry["file"], entry["criteria"]))
    return sorted((one for one in found if one.criteria), key=lambda one: one.name)


def _read_set(name: str, path: Path, criteria: dict) -> LabelledSet:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    known = []
    for criterion, told in criteria.items():
        rows_of: dict[str, list[int]] = {}
        for number, row in enumerate(rows):
            label = row["labels"].get(criterion)
            if label is not None:
                rows_of.setdefault(str(label), []).append(number)
        large = {label: tuple(of) for label, of in sorted(rows_of.items()) if len(of) >= LEAST_ROWS}
        if len(large) > 1:
            known.append(Criterion(criterion, tuple(told["phrases"]), large))
    return LabelledSet(name, tuple(row["text"] for row in rows), tuple(known))


class Batches:
    """Batch number ``i`` depends on the seed and on ``i`` alone, so a resumed training sees the same ones."""

    def __init__(self, sets: Sequence[LabelledSet], seed: int) -> None:
        self._sets = list(sets)
        self._seed = seed
        # The root keeps the large sets from being all that is seen, and the small ones from being learnt by
        # heart.
        self._weights = [
            (sum(sum(map(len, one.rows_of.values())) for one in each.criteria)) ** 0.5 for each in self._sets
        ]
        self._kinds = kinds_of("shaping")

    def __getitem__(self, number: int) -> Batch:
        draw = Random(f"{self._seed} {number}")
        labelled = draw.choices(self._sets, self._weights)[0]
        if len(labelled.criteria) > 1 and draw.random() < TWO_CRITERIA:
            criteria = draw.sample(labelled.criteria, 2)
            rows = _rows_of_two(criteria, TEXTS // 2, draw)
        else:
            criteria = [draw.choice(labelled.criteria)]
            rows = rows_of_one(criteria[0], TEXTS, draw)
        texts = [labelled.texts[row] for row in rows]
        if draw.random() < WRAPPED:
            texts = wrap_texts(texts, _some(self._kinds, draw), draw.randrange(10**6))
        return Batch(labelled.name, tuple(texts), tuple(ask(each, rows, draw) for each in criteria))


def _some(kinds: Sequence[Kind], draw: Random) -> list[Kind]:
    return draw.sample(list(kinds), draw.choice((1, 2, 6)))


def rows_of_one(criterion: Criterion, texts: int, draw: Random) -> list[int]:
    labels = draw.sample(list(criterion.rows_of), min(CLASSES, len(criterion.rows_of)))
    share = texts // len(labels)
    rows = [row for label in labels for row in _at_most(criterion.rows_of[label], share, draw)]
    draw.shuffle(rows)
    return rows


def _rows_of_two(criteria: Sequence[Criterion], texts: int, draw: Random) -> list[int]:
    few: list[set[int]] = []
    for criterion in criteria:
        labels = draw.sample(list(criterion.rows_of), min(CLASSES_OF_TWO, len(criterion.rows_of)))
        few.append({row for label in labels for row in criterion.rows_of[label]})
    both = sorted(few[0] & few[1]) or sorted(few[0] | few[1])
    class_of = {row: label for label, rows in criteria[0].rows_of.items() for row in rows}
    by_class: dict[str | None, list[int]] = {}
    for row in both:
        by_class.setdefault(class_of.get(row), []).append(row)
    share = -(-texts // len(by_class))
    rows = [row for of in by_class.values() for row in _at_most(of, share, draw)]
    return _at_most(rows, texts, draw)


def _at_most(rows: Sequence[int], count: int, draw: Random) -> list[int]:
    return draw.sample(list(rows), min(count, len(rows)))


def ask(criterion: Criterion, rows: Sequence[int], draw: Random) -> Asked:
    class_of = {row: label for label, of in criterion.rows_of.items() for row in of}
    return Asked(_phrase(criterion, draw), tuple(class_of.get(row) for row in rows))


def _phrase(criterion: Criterion, draw: Random) -> str:
    phrase = draw.choice((*criterion.phrases, criterion.name.replace("_", " ")))
    return draw.choice((phrase, phrase, phrase, f"the {phrase}", phrase.capitalize(), f"by {phrase}"))


def sample_rows(criteria: Sequence[Criterion], count: int, seed: int) -> list[int]:
    """Rows that have a class by at least one of the criteria, drawn for a measurement."""
    rows = sorted({row for one in criteria for of in one.rows_of.values() for row in of})
    return sorted(Random(seed).sample(rows, min(count, len(rows))))


def labels_of(criterion: Criterion, rows: Sequence[int]) -> Iterator[str | None]:
    """Each row's class, None where it has none that is large enough."""
    class_of = {row: label for label, of in criterion.rows_of.items() for row in of}
    return (class_of.get(row) for row in rows)
