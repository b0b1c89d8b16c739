"""Are names of clusters right? True classes are named, and each name is matched with the class names.

Clusters are the classes of public sets, so that only naming is measured. A name is right if, of all
class names of the set, its own is the one that the sentence embedder finds nearest. The embedder
also chose the names, so a second judge that knows spelling only is kept beside it: character
n-grams. Labels define the clusters and score; naming never sees them.

    python -m benchmarks names DATA      the names of this version

Those of another version, where OLD holds `git archive COMMIT localcluster` (Python 3.11 or newer; the first
variable keeps this folder's localcluster from being found before OLD's):

    PYTHONSAFEPATH=1 PYTHONPATH=OLD:. python -m benchmarks names DATA --way before
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import time
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer

from localcluster.backends.base import Item
from localcluster.backends.open_model import open_model
from localcluster.embed import SentenceEmbedder
from localcluster.explain import cluster_words
from localcluster.explain.exemplars import cluster_exemplars
from localcluster.explain.naming import choose_names
from localcluster.offline import go_offline
from localcluster.registry import resolve

from ..lib.record import RESULTS, keep, limited

#: Name, file, column, criterion, and whether weights were chosen by looking at it.
SETS = (
    ("reviews kind", "review_sentences", "label_domain", "kind of product or place being reviewed", True),
    ("reviews sentiment", "review_sentences", "label_sentiment", "sentiment", True),
    ("banking77", "banking77", "label", "what the customer wants", True),
    ("massive intent", "massive", "label_intent", "what the user wants", True),
    ("massive domain", "massive", "label_domain", "kind of task", True),
    ("go_emotion", "go_emotion", "label", "emotion", True),
    ("clinc domain", "clinc", "label_domain", "area of life", True),
    ("stackoverflow", "stackoverflow_short", "label", "technology", True),
    ("clinc intent", "clinc", "label_intent", "what the user wants", False),
    ("hwu64", "hwu64_train", "label", "what the user wants", False),
    ("snips", "snips_train", "label", "what the user wants", False),
    ("few_rel", "few_rel", "label", "relation between the two entities", False),
)
MIN_ROWS = 8


def main() -> None:
    """Name the classes of every set and keep how many names are right."""
    arguments = parse()
    go_offline()
    path = arguments.results / "names.json"
    with limited(arguments.threads):
        embedder = SentenceEmbedder(resolve("all-minilm-l6-v2", "embedder"))
        model = open_model(resolve("smollm2-135m-instruct", "llm"), "auto")
        for name, file, column, criterion, seen in SETS:
            if arguments.only and name not in arguments.only:
                continue
            texts, labels, classes = sample(arguments, file, column)
            vectors = embedder.encode(texts)
            start = time.process_time()
            names = named(criterion, texts, labels, vectors, model, embedder)
            seconds = round(time.process_time() - start, 1)
            found = {"cpu_seconds": seconds, **score(names, classes, embedder)}
            known = json.loads(path.read_text()).get(name, {}) if path.exists() else {}
            about = {"criterion": criterion, "weights_chosen_on_it": seen, "classes": len(classes)}
            keep(path, name, {**known, **about, "rows": len(texts), arguments.way: found})
            print(f"{name}: {found['right']:.2f} right, {seconds} s of processor time", flush=True)
    print(table(json.loads(path.read_text())))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--way", default="after", help="what the results are kept as")
    parser.add_argument("--sample", type=int, default=30, help="rows of a class, at most")
    parser.add_argument("--classes", type=int, default=25, help="classes of a set, at most")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


def sample(arguments, file, column):
    """Texts, labels and class names; the same in every process."""
    frame = pl.read_ndjson(arguments.data / f"{file}.jsonl", infer_schema_length=None)
    by_class: dict[str, dict[str, None]] = {}
    for text, label in zip(frame["text"].to_list(), frame[column].to_list(), strict=True):
        by_class.setdefault(label, {})[text] = None
    rng = np.random.default_rng(0)
    classes = sorted(label for label, own in by_class.items() if len(own) >= MIN_ROWS)
    if len(classes) > arguments.classes:
        classes = sorted(rng.choice(classes, arguments.classes, replace=False).tolist())
    texts, labels = [], []
    for c, label in enumerate(classes):
        own = list(by_class[label])
        rows = rng.permutation(len(own))[: arguments.sample]
        texts += [own[row] for row in rows]
        labels += [c] * len(rows)
    return texts, np.array(labels), [in_words(label) for label in classes]


def in_words(label: str) -> str:
    """A label as a person writes it: "PlayMusic" and "alarm_set" are two words each."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", label).lower()


def named(criterion, texts, labels, vectors, model, embedder):
    """Names as a run makes them; a version that took no embedder gets none."""
    words = cluster_words(texts, labels)
    exemplars = cluster_exemplars(texts, labels, vectors)
    more = {"labels": labels, "embedder": embedder}
    takes = inspect.signature(choose_names).parameters
    more = {name: value for name, value in more.items() if name in takes}
    rows = [Item(text) for text in texts]
    return [card.name for card in choose_names(criterion, rows, words, exemplars, model, **more)]


def score(names, classes, embedder):
    """Share of names whose own class is the nearest, by the embedder and by spelling."""
    own = np.arange(len(classes))
    near = embedder.encode(names) @ embedder.encode(classes).T
    spelling = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit(classes)
    alike = (spelling.transform([n.lower() for n in names]) @ spelling.transform(classes).T).toarray()
    # A name that shares no letters with any class is not right by being first in a row of zeros.
    spelled = (alike.argmax(axis=1) == own) & (alike.max(axis=1) > 0)
    return {
        "right": round(float((near.argmax(axis=1) == own).mean()), 4),
        "similarity": round(float(near[own, own].mean()), 4),
        "right_by_spelling": round(float(spelled.mean()), 4),
        "names": dict(zip(classes, names, strict=True)),
    }


def table(results) -> str:
    """Both ways side by side, with means over the sets that have both."""
    ways = ("before", "after")
    rows = [name for name, *_ in SETS if all(way in results.get(name, {}) for way in ways)]
    lines = ["set: right by embedder, similarity, right by spelling, processor seconds; before -> after"]
    keys = ("right", "similarity", "right_by_spelling", "cpu_seconds")
    for name in rows:
        shown = [f"{results[name]['before'][key]:g} -> {results[name]['after'][key]:g}" for key in keys]
        lines.append(f"{name:18} {'   '.join(shown)}")
    for title, unseen in (("all", False), ("not looked at", True)):
        own = [r for r in rows if not (unseen and results[r]["weights_chosen_on_it"])]
        if own:
            mean = {w: [np.mean([results[r][w][key] for r in own]) for key in keys] for w in ways}
            shown = [f"{a:.3f} -> {b:.3f}" for a, b in zip(mean["before"], mean["after"], strict=True)]
            lines.append(f"{f'mean, {title} ({len(own)})':18} {'   '.join(shown)}")
    return "\n".join(lines)
