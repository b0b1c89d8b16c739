"""Are names of clusters right? True classes are named, and each name is matched with the class names.

Clusters are the classes of public sets, so that only naming is measured. A name is right if, of all
class names of the set, its own is the one that the sentence embedder finds nearest. The embedder
also chose the names, so a second judge that knows spelling only is kept beside it: character
n-grams. Labels define the clusters and score; naming never sees them.

    python -m benchmarks names DATA                   the names of this version
    python -m benchmarks names POOL --kept-out 200    200 classes of sets that teach no reader of ours

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
from localcluster.explain import cluster_words
from localcluster.explain.exemplars import cluster_exemplars
from localcluster.explain.naming import choose_names
from localcluster.offline import go_offline

from ..lib.pool import sets_of
from ..lib.product import models_of
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
#: Classes without which a set of the pool tells little: one of two is right by chance half the time.
FEWEST = 3


def main() -> None:
    """Name the classes of every set and keep how many names are right."""
    arguments = parse()
    go_offline()
    path = arguments.results / ("names_kept_out.json" if arguments.kept_out else "names.json")
    with limited(arguments.threads):
        models = models_of("auto", arguments.adapter)
        embedder, model = models.embedder, models.llm
        for name, criterion, seen, texts, labels, classes in asked(arguments):
            if arguments.only and name not in arguments.only:
                continue
            vectors = embedder.encode(texts)
            start = time.process_time()
            names = named(criterion, texts, labels, vectors, model, embedder)
            seconds = round(time.process_time() - start, 1)
            found = {"cpu_seconds": seconds, **score(names, classes, embedder)}
            known = json.loads(path.read_text()).get(name, {}) if path.exists() else {}
            about = {"criterion": criterion, "weights_chosen_on_it": seen, "classes": len(classes)}
            keep(path, name, {**known, **about, "rows": len(texts), arguments.way: found})
            print(f"{name}: {found['right']:.2f} right, {seconds} s of processor time", flush=True)
    results = json.loads(path.read_text())
    print(table(results) if not arguments.kept_out else of_classes(results))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the .jsonl files, or the training pool's")
    parser.add_argument("--kept-out", type=int, default=0, metavar="N", help="N classes of the pool")
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--way", default="after", help="what the results are kept as")
    parser.add_argument("--adapter", default="auto", help="as of localcluster run")
    parser.add_argument("--sample", type=int, default=30, help="rows of a class, at most")
    parser.add_argument("--classes", type=int, default=25, help="classes of a set, at most")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


def asked(arguments):
    """Each set with its criterion: texts, labels, and the names of all classes."""
    if not arguments.kept_out:
        for name, file, column, criterion, seen in SETS:
            frame = pl.read_ndjson(arguments.data / f"{file}.jsonl", infer_schema_length=None)
            pairs = zip(frame["text"].to_list(), frame[column].to_list(), strict=True)
            yield name, criterion, seen, *sample(arguments, pairs)
        return
    left = arguments.kept_out
    every = [(file, name, told) for file, of in sets_of(arguments.data, "study") for name, told in of.items()]
    for at in np.random.default_rng(0).permutation(len(every)):
        file, column, told = every[at]
        lines = (arguments.data / file).read_text(encoding="utf-8").splitlines()
        rows = [row for row in map(json.loads, lines) if row["labels"].get(column) is not None]
        texts, labels, classes = sample(arguments, ((row["text"], row["labels"][column]) for row in rows))
        if len(classes) < FEWEST or left <= 0:
            continue
        left -= len(classes)
        yield f"{Path(file).stem} {column}", told["phrases"][0], False, texts, labels, classes


def sample(arguments, pairs):
    """Texts, labels and class names of (text, class) pairs; the same in every process."""
    by_class: dict[str, dict[str, None]] = {}
    for text, label in pairs:
        by_class.setdefault(str(label), {})[text] = None
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


def of_classes(results) -> str:
    """Each way's share of right names over all classes, a set counting as often as it has classes."""
    lines = []
    sets = [one for one in results.values() if isinstance(one, dict) and "classes" in one]
    for way in sorted({way for one in sets for way in one if isinstance(one[way], dict)}):
        own = [(one["classes"], one[way]) for one in sets if way in one]
        n = sum(count for count, _ in own)
        shares = {
            key: sum(count * told[key] for count, told in own) / n for key in ("right", "right_by_spelling")
        }
        lines.append(
            f"{way}: {n} classes of {len(own)} sets, {shares['right']:.3f} right by the embedder, "
            f"{shares['right_by_spelling']:.3f} by spelling"
        )
    return "\n".join(lines)
