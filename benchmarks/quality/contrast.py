"""Whose reading is right, and what tells it without labels; k given.

    python -m benchmarks contrast POOL [--only NAME ...] [--rows 128] [--cache FOLDER]
    python -m benchmarks contrast POOL --kept-out --adapter auto [--keep FILE]

POOL is the training pool's folder. Of some sets, by up to three criteria each, under one wording: accuracy
(ACC) of the sentence embedder's reading, of the language model's by the criterion and of both together,
beside relatedness, gain and overlap (localcluster/partition/contrast.py), and what is taken. It shaped
GAIN_SLOPE and GAIN_FREE (localcluster/partition/selection.py). ``--kept-out`` takes the sets that teach no
reader of ours instead, whole: what was learnt about an adapter's readings must come from there. What the
models read is kept in the cache folder, so that a stopped run goes on. Labels only score.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import zlib
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score
from threadpoolctl import threadpool_limits

from localcluster.config import RunConfig
from localcluster.embed import (
    WORDINGS,
    Question,
    candidate_layers,
    criterion_views,
    read_questions,
    sentence_view,
)
from localcluster.items.item import Item
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.partition.candidates import NeighbourIndex
from localcluster.partition.contrast import MIN_ROWS, NEUTRAL, contrast_of
from localcluster.partition.guidance import Guidance
from localcluster.partition.selection import candidates, choose, clarity, judge, relatedness
from localcluster.scoring.metrics import scores

from ..lib.pool import sets_of

SETS = (
    "clear/crossed_product_reviews",
    "study/dair_emotion",
    "clear/crossed_support_tickets",
    "study/sst_movie",
    "clear/crossed_hotel_reviews_5_languages",
    "study/trec_questions",
    "clear/crossed_small_stories",
    "study/ag_news_sections",
    "clear/poem_sentiment",
    "clear/sgd_user_turns",
    "clear/crossed_news_sentences",
    "clear/hint3_curekart",
    "clear/caption_style",
    "clear/crossed_work_notes",
    "clear/humour_short",
    "clear/pud_language_grammar",
    "clear/emobank",
    "clear/rasa_bots_intents",
    "study/customer_reviews_cr",
    "clear/crossed_friend_messages_5_languages",
)
CRITERIA, CHARACTERS = 3, 160
#: Rows a class, on average, without which k clusters cannot be told apart.
ROWS_A_CLASS = 4
HEAD = (
    "set",
    "criterion",
    "k",
    "sentence",
    "criterion's",
    "fused",
    "taken",
    "family",
    "related",
    "gain",
    "overlap",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets, without the folder")
    parser.add_argument("--rows", type=int, default=128)
    parser.add_argument("--engine", default="hf")
    parser.add_argument("--adapter", default="auto", help="as of localcluster run")
    parser.add_argument("--kept-out", action="store_true", help="the sets that teach no reader of ours")
    parser.add_argument("--keep", type=Path, help="file for what was found, a line a criterion")
    parser.add_argument("--part", default="0/1", help="A/B: every B-th set from A on, for two processes")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/contrast"))
    arguments = parser.parse_args()
    go_offline()
    manifest = {one["file"]: one for one in json.loads((arguments.pool / "MANIFEST.json").read_text())}
    arguments.cache.mkdir(parents=True, exist_ok=True)
    kept_out = [
        file.removesuffix(".jsonl")
        for fold in ("decide", "study")
        for file, _ in sets_of(arguments.pool, fold)
    ]
    chosen = kept_out if arguments.kept_out else SETS
    part, parts = map(int, arguments.part.split("/"))
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    with threadpool_limits(1):
        asked_of = RunConfig.checked(
            source="-", by=("topic",), engine=arguments.engine, adapter=arguments.adapter
        )
        models = load_models(asked_of)
        for file in chosen[part::parts]:
            if arguments.only and Path(file).name not in arguments.only:
                continue
            texts, labels = rows_of(arguments.pool / f"{file}.jsonl", arguments.rows)
            for name, phrase in criteria_of(file, manifest[f"{file}.jsonl"]["criteria"]):
                classes = [label.get(name) for label in labels]
                found = measure(texts, classes, phrase, models, arguments.cache)
                if found is None:
                    continue
                shown = [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells(found)]
                print(f"| {Path(file).name} | {name} | {' | '.join(shown)} |", flush=True)
                if arguments.keep:
                    about = {"set": Path(file).name, "criterion": name, "phrase": phrase, **found}
                    with arguments.keep.open("a", encoding="utf-8") as stream:
                        stream.write(json.dumps(about) + "\n")


def kept_out(pool):
    """Files, without an ending, of what teaches no reader of ours and is not kept to judge by."""
    return [file.removesuffix(".jsonl") for fold in ("decide", "study") for file, _ in sets_of(pool, fold)]


def rows_of(path, n):
    """Some distinct rows of a set, and the classes of each by every criterion."""
    with path.open() as stream:
        rows = [json.loads(line) for line in stream]
    labels = {}
    for row in rows:
        labels.setdefault(row["text"][:CHARACTERS].strip(), row["labels"])
    texts = list(labels)
    rng = np.random.default_rng(zlib.crc32(path.stem.encode()))
    chosen = [texts[i] for i in rng.permutation(len(texts))[:n]]
    return chosen, [labels[text] for text in chosen]


def criteria_of(file, criteria):
    """Up to three criteria of a set, each with a phrase that a person would use."""
    names = list(criteria)
    rng = np.random.default_rng(zlib.crc32(file.encode()) + 1)
    chosen = sorted(rng.permutation(len(names))[:CRITERIA])
    return [(names[i], criteria[names[i]]["phrases"][0]) for i in chosen]


def measure(texts, classes, phrase, models, cache):
    """What was found of a criterion; None where the rows with a class are too few."""
    rows = np.array([row for row, name in enumerate(classes) if name])
    truth = np.unique([classes[row] for row in rows], return_inverse=True)[1]
    k = int(truth.max()) + 1 if len(rows) else 0
    if len(rows) < MIN_ROWS or k < 2 or k > len(rows) // ROWS_A_CLASS:
        return None
    sentence = kept(cache, [models.embedder.sha256, *texts], lambda: models.embedder.encode(texts))
    own, other = (
        [view.of_rows(rows) for view in views_of(texts, by, models, cache)] for by in (phrase, NEUTRAL)
    )
    whole = sentence_view(sentence)
    views = [whole.of_rows(rows), *own]
    index = NeighbourIndex(views)
    judged = judge(index, views, candidates(index, views, k, 0), k)
    contrast = contrast_of(own, other, k, 0)
    taken = choose(judged, Guidance(contrast=contrast)).chosen
    chosen = {view: choose(judged, Guidance(view)).chosen for view in ("sentence", "criterion", "both")}
    clear = clarity(judged)
    return {
        "k": k,
        "rows": len(rows),
        "acc": {name: acc(truth, each) for name, each in (*chosen.items(), ("taken", taken))},
        "ami": {name: ami(truth, each) for name, each in (*chosen.items(), ("taken", taken))},
        "taken": taken.family,
        "relatedness": round(relatedness(judged), 4),
        "gain": round(contrast.gain, 4),
        "overlap": round(contrast.overlap, 4),
        "clarity": [round(clear[0], 4), round(clear[1], 4)],
    }


def cells(found):
    """A line of the table."""
    readings = [found["acc"][name] for name in ("sentence", "criterion", "both", "taken")]
    return [found["k"], *readings, *(found[name] for name in ("taken", "relatedness", "gain", "overlap"))]


def acc(truth, candidate):
    return round(float(scores(truth, candidate.labels)["acc"]), 4)


def ami(truth, candidate):
    return round(float(adjusted_mutual_info_score(truth, candidate.labels)), 4)


def views_of(texts, phrase, models, cache):
    model, wording = models.llm, WORDINGS[0]

    def read():
        items = [Item(text) for text in texts]
        states = read_questions(
            model, [Question(phrase, wording)], items, candidate_layers(model.info.n_layers)
        )
        return states[:, 0, 0].astype(np.float16)

    states = kept(cache, [model.info.sha256, model.info.adapter, phrase, *texts], read)
    return criterion_views(model, states.astype(np.float32), wording)


def kept(cache, key, compute):
    """An array, computed once and found again under its key."""
    file = cache / f"{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]}.npy"
    if not file.exists():
        half = file.with_suffix(".half.npy")
        np.save(half, compute())
        half.replace(file)
    return np.load(file)
