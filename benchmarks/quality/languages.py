"""Texts in several languages: rows compared within their language, and as they are (``--keep-all``).

    python -m benchmarks languages DATA_FOLDER [--pool POOL] [--rows 200] [--seeds 3]

Runs of the product (``lib/product.py``) on sets that cross a language with other criteria, beside k-means with
the same embedder. DATA_FOLDER has sets that nothing was set on but the wish for it (README.md of this folder
says what was looked at); POOL is the training pool's folder, whose sets the rule was tried on. With POOL it is
also printed how far the rule parts the pool's phrases for "language" from all others. Labels are read in
``scored``, after everything was fitted; only their number, k, is given to a run.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from localcluster.languages.groups import ASKS_FROM, language_margin
from localcluster.offline import go_offline
from localcluster.scoring.metrics import scores

from ..lib.product import models_of, product_run
from ..lib.record import RESULTS, device, mean_sd, pm
from ..lib.tasks import TASKS, Task

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
    models = models_of(arguments.engine)
    results = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    results["device"], results["rows"] = device(), arguments.rows
    tasks = [(task, arguments.data) for task in TASKS if task.file in ("syngoalex", "sib200_10lang")]
    if arguments.pool is not None:
        tasks += [(task, arguments.pool / "clear") for task in POOL_TASKS]
        results["phrases"] = phrases(arguments.pool, models.embedder.encode)
        print(results["phrases"], flush=True)
    for task, folder in tasks:
        path = folder / f"{task.file}.jsonl"
        if task.name in results or not path.exists():
            continue
        results[task.name] = one(task, path, models, arguments)
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
        found = results[task.name]
        print(
            task.name,
            {name: pm(mean_sd(found[name])) for name in ("kmeans", "as they are", "within")},
            flush=True,
        )


def one(task, path, models, arguments):
    """ACC per seed of k-means, of rows compared as they are, and within their language."""
    texts, truth = drawn(task, path, arguments.rows)
    k, found = len(np.unique(truth)), {"kmeans": [], "as they are": [], "within": []}
    for name, keep_all in (("as they are", True), ("within", False)):
        place = arguments.cache / f"{task.file}-{name.replace(' ', '_')}"
        for seed in range(arguments.seeds):
            run = product_run(texts, task, k, seed, models, place, keep_all=keep_all)
            found[name].append(scores(truth, run["labels"]["ours"])["acc"])
            if not keep_all:
                found["kmeans"].append(scores(truth, run["labels"]["kmeans"])["acc"])
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
    """How far the pool's phrases for criteria are on the side of language; those of a programming language apart."""
    told = json.loads((pool / "MANIFEST.json").read_text(encoding="utf-8"))
    sets = told.get("sets", told) if isinstance(told, dict) else {each["file"]: each for each in told}
    asks, other = {}, {}
    for name, each in sets.items():
        of_code = any(word in str(name) for word in OF_CODE)
        for criterion, about in each["criteria"].items():
            if criterion == "language" and of_code:
                continue
            side = asks if criterion == "language" else other
            side.update(
                (phrase, language_margin(phrase, encode)) for phrase in about["phrases"] if phrase not in side
            )
    least = min(asks, key=asks.get)
    wrong = sorted((phrase for phrase in other if other[phrase] >= ASKS_FROM), key=other.get, reverse=True)
    return {
        "asks from": ASKS_FROM,
        "phrases that ask for the language": len(asks),
        "of these, recognized": sum(margin >= ASKS_FROM for margin in asks.values()),
        "least margin of these": [least, round(asks[least], 3)],
        "other phrases": len(other),
        "of these, taken for language": [[phrase, round(other[phrase], 3)] for phrase in wrong],
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
