"""How right the oracle's scorers are, per data set: what they claim without labels beside what labels say.

    python -m benchmarks oracle_accuracy DATA_FOLDER [--only NAME ...] [--questions 100] [--json FILE]

Every scorer is asked easy questions, from which it is calibrated without labels, and as many random
informative triplets (exactly one choice shares the query's class). Labels choose these questions and
judge the answers; no scorer sees them. Costs per question include both orders; those of scorers that
read each text once are the readings of the texts in the questions, shared out over the questions.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from localcluster.config import RunConfig
from localcluster.embed import WORDINGS
from localcluster.embed.criterion import answer_logprobs, read_states
from localcluster.items import Items
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.oracle import (
    ChoiceScorer,
    LikelihoodScorer,
    Oracle,
    VectorScorer,
    YesNoScorer,
    calibrate,
    choose_scorer,
    easy_triplets,
    estimated_accuracy,
    short_answer_vectors,
)
from localcluster.oracle.questions import REWORDED
from localcluster.pipeline.embedding import embed_by_criterion, embed_sentences
from localcluster.progress import Reporter
from localcluster.store import RunFolder

from ..lib.bhattacharyya import bhattacharyya_vectors
from ..lib.tasks import MAX_ROWS, TASKS

#: What makes a question easy: the sentence embedder, the views that have read the criterion, or all together.
GEOMETRIES = ("sentence", "criterion", "all")


def main() -> None:
    """Run the tasks asked for and print the tables."""
    arguments = parse()
    go_offline()
    reporter = Reporter()
    models = load_models(RunConfig.checked(source="-", by=("topic",), engine=arguments.engine), reporter)
    results = {}
    for task in TASKS:
        path = arguments.data / f"{task.file}.jsonl"
        if (arguments.only and task.name not in arguments.only) or not path.exists():
            continue
        results[task.name] = measure(task, path, models, arguments, reporter)
        print(render(task, results[task.name]), flush=True)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(results, indent=1))


def measure(task, path, models, arguments, reporter):
    """One row per scorer."""
    table = pl.read_ndjson(path, infer_schema_length=None)
    if task.role == "judged" and len(table) > MAX_ROWS:
        table = table.sample(MAX_ROWS, seed=0, shuffle=False)
    items = Items.from_texts(table["text"].to_list(), source=task.file)
    _, first_rows = np.unique(items.inverse, return_index=True)
    labels = np.unique(table[task.label].to_numpy(), return_inverse=True)[1][first_rows]
    k = len(set(labels.tolist()))
    with RunFolder.open(arguments.cache / task.file) as folder:
        sentence = embed_sentences(items, models.embedder, folder, reporter)
        views, _ = embed_by_criterion(task.criterion, k, items, models.llm, folder, 0, reporter)
    wanted = {"sentence": [sentence], "criterion": views, "all": [sentence, *views]}[arguments.geometry]
    geometry = [view.vectors for view in wanted]
    easy, easy_truth = easy_triplets(geometry, arguments.questions, seed=0)
    hard, hard_truth = informative(labels, arguments.questions, seed=1)
    asked = np.unique(np.concatenate([easy.ravel(), hard.ravel()]))
    rows = []
    for scorer, read_seconds in scorers(task.criterion, items.unique, asked, views, models, sentence):
        start = time.perf_counter()
        oracle = Oracle(scorer, items.unique)
        on_easy = oracle.ask_triplets(easy)
        calibration = calibrate(scorer.name, "triplet", on_easy.scores, easy_truth)
        oracle.calibration = calibration
        on_hard = oracle.ask_triplets(hard)
        seconds = time.perf_counter() - start + read_seconds
        row = {
            "calibration": asdict(calibration),
            "easy_by_labels": easy_by_labels(easy, on_easy, labels),
            "random_right": share_right(on_hard, hard_truth),
            "random_estimated": estimated_accuracy(on_hard),
            "random_abstained": float(on_hard.abstained.mean()),
            "random_consistent": float(on_hard.consistent.mean()),
            "seconds_per_question": seconds / (len(easy) + len(hard)),
        }
        rows.append((calibration, row))
        reporter.say(f"{task.name}, {scorer.name}: {row['random_right']:.3f}")
    # The embedder is shown for comparison: it has not read the criterion.
    chosen = choose_scorer([calibration for calibration, _ in rows if calibration.scorer != EMBEDDER])
    return {
        "questions": arguments.questions,
        "geometry": arguments.geometry,
        "chosen": None if chosen is None else chosen.scorer,
        "rows": [row for _, row in rows],
    }


EMBEDDER = "sentence embedder"


def scorers(criterion, texts, asked, views, models, sentence):
    """Every scorer, with the seconds that reading the texts took (of those in the questions only)."""
    model = models.llm
    yield VectorScorer(EMBEDDER, sentence.vectors), 0.0
    answers = next(view for view in views if view.kind == "answers")
    wording = next(wording for wording in WORDINGS if wording.name == answers.wording)
    start = time.perf_counter()
    states = read_states(model, criterion, [texts[row] for row in asked], wording)
    logprobs, _ = answer_logprobs(model, states[:, -1])
    seconds = time.perf_counter() - start
    yield VectorScorer("answer distributions", answers.vectors), seconds
    yield VectorScorer("Bhattacharyya", spread(bhattacharyya_vectors(logprobs), asked, len(texts))), seconds
    start = time.perf_counter()
    short = short_answer_vectors(model, models.embedder, criterion, [texts[row] for row in asked])
    yield VectorScorer("short answers", spread(short, asked, len(texts))), time.perf_counter() - start
    yield ChoiceScorer(model, criterion, texts), 0.0
    reworded = ChoiceScorer(model, criterion, texts, wording=REWORDED)
    reworded.name = "choice tokens, reworded"
    yield reworded, 0.0
    yield YesNoScorer(model, criterion, texts), 0.0
    yield LikelihoodScorer(model, criterion, texts), 0.0


def spread(vectors, rows, n):
    """Vectors of some rows in the places of all."""
    out = np.zeros((n, vectors.shape[1]), np.float32)
    out[rows] = vectors
    return out


def informative(labels, n, seed):
    """Random triplets of which exactly one choice shares the query's class, and whether choice 1 does."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < n:
        query = rng.integers(len(labels))
        same = np.flatnonzero(labels == labels[query])
        other = np.flatnonzero(labels != labels[query])
        if len(same) < 2:
            continue
        choice = (rng.choice(same[same != query]), rng.choice(other))
        first = rng.random() < 0.5
        found.append((query, *(choice if first else choice[::-1]), first))
    found = np.array(found, dtype=np.int64)
    return found[:, :3], found[:, 3].astype(bool)


def share_right(answers, truth):
    """Share right of the answers given; nan where all questions were left unanswered."""
    given = ~answers.abstained
    return float((answers.first == truth)[given].mean()) if given.any() else float("nan")


def easy_by_labels(triplets, answers, labels):
    """Share right of those easy questions that labels decide."""
    first, second = (labels[triplets[:, 0]] == labels[triplets[:, place]] for place in (1, 2))
    decided = first != second
    evidence = answers.scores.mean(axis=1)
    right = np.where(evidence == 0, 0.5, (evidence > 0) == first)
    return float(right[decided].mean()) if decided.any() else float("nan")


HEAD = (
    *("scorer", "easy: right", "at least", "by labels", "order bias", "orders agree"),
    *("random: right of answered, by labels", "estimated", "unanswered", "s / question", "accepted"),
)


def render(task, result):
    """The table of one task in Markdown."""
    lines = [
        f"\n{task.name}: {result['questions']} questions of each sort, easy by {result['geometry']}; "
        f"chosen: {result['chosen']}\n"
    ]
    lines += ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    for row in result["rows"]:
        found = row["calibration"]
        shares = (found["accuracy"], found["low"], row["easy_by_labels"])
        cells = [found["scorer"], *(f"{share:.2f}" for share in shares), f"{found['order_bias']:+.2f}"]
        cells += [f"{found['order_consistency']:.2f}", f"{row['random_right']:.3f}"]
        cells += [f"{row['random_estimated']:.3f}", f"{row['random_abstained']:.2f}"]
        cells += [f"{row['seconds_per_question']:.3f}", "yes" if found["accepted"] else "no"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--only", nargs="*", help="names of tasks, as in default_table.py")
    parser.add_argument("--questions", type=int, default=100, help="of each sort")
    parser.add_argument("--geometry", choices=GEOMETRIES, default="all", help="of easy questions")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/default_table"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"{arguments.data} is no folder. Give the folder that holds banking77.jsonl and the others.")
    return arguments
