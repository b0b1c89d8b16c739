"""Texts in several languages: rows compared within their language, and as they are (``--keep-all``).

    python -m benchmarks languages DATA_FOLDER [--pool POOL] [--rows 200] [--seeds 3]

Runs of the product (``lib/product.py``) on sets that cross a language with other criteria, beside k-means
with the same embedder. DATA_FOLDER has syngoalex and sib200, which gave rise to the wish for this, so that
they are no clean judges (README.md of this folder); POOL is the training pool's folder, whose sets the rule
was tried on. With POOL it is also printed how far the rule parts the pool's phrases for "language" from all
others. ``--keep-all`` reads texts whole, too: "left out" counts the parts that the other runs left out.
Labels are read to draw rows that have one, and to score; only their number, k, is given to a run.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from localcluster.languages.groups import (
    ASKS_FROM,
    LANGUAGE_CRITERIA,
    OTHER_CRITERIA,
    asks_for_language,
    language_margin,
)
from localcluster.offline import go_offline
from localcluster.scoring.metrics import scores

from ..lib.product import models_of, product_run
from ..lib.record import RESULTS, device, mean_sd, pm
from ..lib.tasks import TASKS, Task

#: What is compared.
WAYS = ("kmeans", "as they are", "within")
#: Sets of DATA_FOLDER with texts in several languages.
DATA_FILES = ("syngoalex", "sib200_10lang")
#: Sets of the pool with texts in several languages.
POOL_TASKS = (
    Task("hotel sentiment", "crossed_hotel_reviews_5_languages", "sentiment", "sentiment", "shaped"),
    Task(
        "hotel aspect",
        "crossed_hotel_reviews_5_languages",
        "what is praised or criticised",
        "aspect",
        "shaped",
    ),
    Task("hotel language", "crossed_hotel_reviews_5_languages", "language", "language", "shaped"),
    Task("messages topic", "crossed_friend_messages_5_languages", "topic", "topic", "shaped"),
    Task("messages mood", "crossed_friend_messages_5_languages", "mood", "mood", "shaped"),
    Task(
        "formality setting",
        "cocoa_formality_multilingual",
        "setting of the conversation",
        "setting",
        "shaped",
    ),
)
#: Sets of the pool in which "language" is a programming language.
OF_CODE = ("linguist_code_snippets", "sample_programs")


def main() -> None:
    """Run every task with both settings; the file of results is complete after each."""
    arguments = parse()
    go_offline()
    results = begun(arguments.json, {"rows": arguments.rows, "seeds": arguments.seeds})
    models = models_of(arguments.engine)
    # Judges of other things, not of this one.
    looked_at = [replace(task, role="looked at") for task in TASKS if task.file in DATA_FILES]
    tasks = [(task, arguments.data) for task in looked_at]
    if arguments.pool is not None:
        tasks += [(task, arguments.pool / "clear") for task in POOL_TASKS]
        results["phrases"] = phrases(arguments.pool, models.embedder.encode)
        print(json.dumps(results["phrases"], indent=1), flush=True)
    for task, folder in tasks:
        path = folder / f"{task.file}.jsonl"
        if task.name in results or not path.exists():
            continue
        found = results[task.name] = one(task, path, models, arguments)
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
        told = (f"{name} {pm(mean_sd(found[name]))}" for name in WAYS)
        print(f"{task.name} ({found['k']}): {', '.join(told)}", flush=True)


def begun(path, settings):
    """Results of an earlier start with the same settings, to be gone on with; a new file's otherwise."""
    results = json.loads(path.read_text()) if path.exists() else {}
    if any(results.get(name, value) != value for name, value in settings.items()):
        sys.exit(f"{path} has results of other settings. Give them, or name another file (--json).")
    return {**results, "device": device(), **settings}


def one(task, path, models, arguments):
    """ACC per seed of k-means, of rows compared as they are, and within their language."""
    texts, truth = drawn(task, path, arguments.rows)
    k = len(np.unique(truth))
    found = {"task": asdict(task), "k": k, **{name: [] for name in WAYS}, "left out": []}
    for name, keep_all in (("as they are", True), ("within", False)):
        place = arguments.cache / f"{task.file}-{name.replace(' ', '_')}"
        for seed in range(arguments.seeds):
            run = product_run(texts, task, k, seed, models, place, keep_all=keep_all)
            found[name].append(scores(truth, run["labels"]["ours"])["acc"])
            if not keep_all:
                found["kmeans"].append(scores(truth, run["labels"]["kmeans"])["acc"])
                found["left out"].append(run["left out"])
    return found


def drawn(task, path, n):
    """Texts that have a label, and the labels; a set's are columns, the pool's stand under "labels"."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    labelled = {row["text"]: row.get("labels", row).get(task.label) for row in rows}
    pairs = [(text, label) for text, label in labelled.items() if label is not None]
    chosen = np.random.default_rng(0).permutation(len(pairs))[:n]
    return [pairs[i][0] for i in chosen], np.array([str(pairs[i][1]) for i in chosen])


def phrases(pool, encode):
    """How far the pool's phrases for "language" are on the side of language, and which others are too.

    A programming language is none that a text is written in: its phrases are among the others.
    """
    of_language = {}
    for each in json.loads((pool / "MANIFEST.json").read_text(encoding="utf-8")):
        of_code = Path(each["file"]).stem in OF_CODE
        for criterion, about in each["criteria"].items():
            asks_for_it = criterion == "language" and not of_code
            of_language |= {phrase: asks_for_it or of_language.get(phrase) for phrase in about["phrases"]}
    every = [*of_language, *LANGUAGE_CRITERIA, *OTHER_CRITERIA]
    vectors = dict(zip(every, encode(every), strict=True))

    def encode_known(those):
        return np.array([vectors[each] for each in those])

    margins = {phrase: language_margin(phrase, encode_known) for phrase in of_language}
    taken = [phrase for phrase in of_language if asks_for_language(phrase, encode_known)]
    asks = [phrase for phrase in of_language if of_language[phrase]]
    least = min(asks, key=margins.get)
    others = sorted((phrase for phrase in taken if not of_language[phrase]), key=margins.get, reverse=True)
    return {
        "asks from": ASKS_FROM,
        "phrases that ask for the language": len(asks),
        "of these, recognized": sum(phrase in taken for phrase in asks),
        "least margin of these": [least, round(margins[least], 3)],
        "other phrases": len(of_language) - len(asks),
        "of these, taken for language": [[phrase, round(margins[phrase], 3)] for phrase in others],
    }


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--pool", type=Path, help="the training pool's folder")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/languages"))
    parser.add_argument("--json", type=Path, default=RESULTS / "languages.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
