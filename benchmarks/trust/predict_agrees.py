"""Whether `predict` agrees with the fit, on every data set of the benchmarks, texts and pictures.

    python -m benchmarks predict_agrees DATA_FOLDER [--only banking77 pictures] [--rounds 0]

Per set: `localcluster run` by all of its criteria, then `localcluster predict RUN SET`, each a process of its
own, and every label of the table is compared. Those labels are remembered, so the clustering head is tested
apart, as if no row had been seen: some rows in batch, the same rows one at a time (their labels must agree),
and how many get the label that the run gave them. No ground truth is read but its number of classes, k.

Hidden states that default_table.py has read are taken from its --cache, under the keys that the run looks
for.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from localcluster.items import Items, read_items
from localcluster.models import Models, load_models
from localcluster.offline import go_offline
from localcluster.pipeline.predict import read_vectors
from localcluster.pipeline.predictor import load_predictors
from localcluster.results import RunResult
from localcluster.store import load_result

from ..lib.record import RESULTS, keep
from ..lib.tasks import MAX_ROWS, TASKS
from ..speed.large import localcluster

#: Rows that are read again as if they were new, in batch and alone.
UNSEEN = 100
TINY = Path("models/tiny-mllm")
PICTURES, FLOWER = "pictures", "flower"
PICTURES_SEED = 7


@dataclasses.dataclass(frozen=True)
class Set:
    """What is clustered: a table or a folder, the criteria, k of each."""

    name: str
    source: Path
    criteria: dict[str, int]
    llm: Path | None = None


def main() -> None:
    """Run, predict, compare, keep; code 1 if a label differs."""
    arguments = parse()
    go_offline()
    path, failed = arguments.results / "predict_agrees.json", []
    with tempfile.TemporaryDirectory() as made:
        for data in sets(arguments, Path(made)):
            row = measure(data, arguments, Path(made) / f"{data.name}-run")
            keep(path, data.name, row)
            print(data.name, row, flush=True)
            if not row["same labels"] or row["one at a time differs from batch"]:
                failed.append(data.name)
    if failed:
        raise SystemExit(f"predict disagrees on {', '.join(failed)}")


def sets(arguments, at):
    """Those asked for, written to where a user would have them."""
    for file in dict.fromkeys(task.file for task in TASKS):
        path = arguments.data / f"{file}.jsonl"
        if path.exists() and file in (arguments.only or [file]):
            table = pl.read_ndjson(path, infer_schema_length=None)
            tasks = [task for task in TASKS if task.file == file]
            if tasks[0].role == "judged" and len(table) > MAX_ROWS:
                table = table.sample(MAX_ROWS, seed=0, shuffle=False)
            table.select("text").write_ndjson(at / f"{file}.jsonl")
            criteria = {task.criterion: table[task.label].n_unique() for task in tasks}
            yield Set(file, at / f"{file}.jsonl", criteria)
    if PICTURES in (arguments.only or [PICTURES]):
        from scripts.tiny_mllm.pictures import FACTORS, write_pictures

        from ..pictures.image_scores import CRITERIA

        write_pictures(at / PICTURES, 1000, PICTURES_SEED)
        ks = {criterion: len(FACTORS[factor]) for criterion, factor in CRITERIA.items()}
        yield Set(PICTURES, at / PICTURES, ks, TINY)
    photographs = arguments.flower or arguments.data.parent / "images" / "flower"
    if photographs.exists() and FLOWER in (arguments.only or [FLOWER]):
        labels = pl.read_ndjson(photographs / "labels.jsonl")
        ks = {"color of the flower": labels["label_color"].n_unique()}
        yield Set(FLOWER, photographs / "images", ks | {"species": labels["label_species"].n_unique()}, TINY)


def measure(data: Set, arguments, out: Path) -> dict[str, object]:
    """One set's row."""
    options = [] if data.llm is None else ["--llm", str(data.llm)]
    command = ["run", str(data.source), "--out", str(out), "--rounds", str(arguments.rounds), *options]
    for criterion, k in data.criteria.items():
        command += ["--by", criterion, "-k", str(k)]
    kept = arguments.cache / data.source.stem
    if kept.exists():
        shutil.copytree(kept, out, ignore=shutil.ignore_patterns("*.sqlite*", "default-*", ".lock"))
    seconds, _ = localcluster(command)
    new = out.with_suffix(".csv")
    reading, _ = localcluster(["predict", str(out), str(data.source), "--out", str(new), *options])
    ran, came = (pl.read_csv(path, infer_schema_length=None) for path in (out / "clusters.csv", new))
    columns = [column for column in came.columns if column.endswith("_cluster")]
    result = load_result(out)
    row = {
        "rows": len(ran),
        "criteria": list(data.criteria),
        "rounds": arguments.rounds,
        "same labels": len(columns) == len(data.criteria) and ran[columns].equals(came[columns]),
        "seconds": {"run": round(seconds), "predict": round(reading)},
    }
    return row | as_new(data, out, result)


def as_new(data: Set, out: Path, result: RunResult) -> dict[str, object]:
    """What the heads alone say of some rows, in batch and one at a time."""
    from localcluster.config import RunConfig

    llm = {} if data.llm is None else {"llm": str(data.llm)}
    config = RunConfig.checked(source=str(data.source), by=tuple(data.criteria), **llm)
    models = load_models(config, texts=data.llm is None)
    predictors = load_predictors(out, result)
    items = read_items(str(data.source))
    places = np.random.default_rng(0).choice(len(items), min(UNSEEN, len(items)), replace=False)
    batch = probabilities(predictors, chosen(items, places), models)
    alone = [probabilities(predictors, chosen(items, [place]), models) for place in places]
    differs, margins, same = 0, [], []
    for number, proba in enumerate(batch):
        labels = proba.argmax(axis=1)
        other = np.array([row[number][0].argmax() for row in alone]) != labels
        top = np.sort(proba, axis=1)[:, -2:]
        differs += int(other.sum())
        margins += (top[:, 1] - top[:, 0])[other].round(5).tolist()
        same.append(round(float((labels == result.criteria[number].labels[places]).mean()), 3))
    return {
        "rows as new": len(places),
        "one at a time differs from batch": differs,
        "margins of those": margins,
        "same as the run's label": same,
    }


def probabilities(predictors, items: Items, models: Models):
    """What the head of each criterion says of rows that it takes for new, one array each."""
    vectors = read_vectors(predictors, items, models)
    return [p.head.predict_proba(v)[items.inverse] for p, v in zip(predictors, vectors, strict=True)]


def chosen(items: Items, places) -> Items:
    """The rows as a set of their own."""
    if items.has_images:
        return Items.from_pictures([items.images[place] for place in places])
    return Items.from_texts([items.texts[place] for place in places])


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="*", help="names of files, pictures, flower")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--flower", type=Path, help="folder of the photographs")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/default_table"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()
