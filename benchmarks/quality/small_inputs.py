"""Partitions of few rows, and of small clusters, by the sentence embedder alone; k given.

    python -m benchmarks small_inputs POOL [--only NAME ...]

POOL is the training pool's folder. Ten of its sets at 50 to 500 rows, drawn twice: accuracy (ACC) of k-means,
Ward's hierarchy and spectral partitions with several numbers of neighbours, and of the partition that has the
highest modularity on graphs of several numbers of neighbours, by mean cluster size. It shaped SMALL_SIZE and
what goes with it (localcluster/partition/candidates.py). Labels only score.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from localcluster.embed import SentenceEmbedder, sentence_view
from localcluster.offline import go_offline
from localcluster.partition.candidates import NeighbourIndex, spectral_neighbors
from localcluster.partition.graph import modularity
from localcluster.partition.methods import kmeans, spectral, ward
from localcluster.registry import resolve
from localcluster.scoring.metrics import scores

#: Set, and the criterion whose classes are looked for.
SETS = (
    ("clear/vira_covid_vaccine", "intent"),
    ("clear/rasa_bots_intents", "intent"),
    ("clear/hint3_curekart", "intent"),
    ("clear/wikipedia_person_relations", "relation"),
    ("clear/customs_goods", "goods_section"),
    ("clear/dbpedia_entity_types", "entity_type"),
    ("clear/crossed_support_tickets", "problem"),
    ("clear/onet_tasks", "job_family"),
    ("study/ag_news_sections", "news_section"),
    ("clear/medquad_questions", "question_type"),
)
ROWS, DRAWS = (50, 100, 200, 300, 500), 2
#: Rows read of a set, and characters of a row.
MOST_ROWS, CHARACTERS = 700, 200
NEIGHBORS, JUDGES = (4, 6, 8, 10, 15, 25), (3, 5, 10, 20)
#: Upper ends of the mean cluster sizes that a line of the table is about.
SIZES = (3, 6, 12, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets, without the folder")
    arguments = parser.parse_args()
    go_offline()
    embedder = SentenceEmbedder(resolve("all-minilm-l6-v2", "embedder"))
    found = defaultdict(lambda: defaultdict(list))
    with threadpool_limits(1):
        for file, criterion in SETS:
            if arguments.only and Path(file).name not in arguments.only:
                continue
            texts, classes = read(arguments.pool / f"{file}.jsonl", criterion)
            vectors = embedder.encode(texts)
            for rows, truth in draws(classes):
                size = len(rows) / len(set(truth))
                for way, labels in partitions(sentence_view(vectors[rows]), len(set(truth))).items():
                    found[line_of(size)][way].append(scores(truth, labels)["acc"])
            print(f"{file}: {len(texts)} rows, {len(set(classes))} classes", flush=True)
    print(render(found))


def read(path, criterion):
    """Some of a set's rows that have a class by the criterion, and their classes."""
    with path.open() as stream:
        rows = [json.loads(line) for line in stream]
    classes = {}
    for row in rows:
        if row["labels"].get(criterion):
            classes.setdefault(row["text"][:CHARACTERS].strip(), row["labels"][criterion])
    texts = list(classes)
    rng = np.random.default_rng(zlib.crc32(path.stem.encode()))
    chosen = [texts[i] for i in rng.permutation(len(texts))[:MOST_ROWS]]
    return chosen, np.unique([classes[text] for text in chosen], return_inverse=True)[1]


def draws(classes):
    for n in ROWS:
        for seed in range(DRAWS):
            rows = np.random.default_rng(seed).permutation(len(classes))[:n]
            if len(rows) == n and 2 <= len(set(classes[rows])) < n // 2:
                yield rows, classes[rows]


def partitions(view, k):
    """Labels of every way to partition, and of every way to choose among them without labels."""
    index, n = NeighbourIndex([view]), len(view.vectors)
    found = {"k-means": kmeans(view.vectors, k, 0), "Ward": ward(view.vectors, k)}
    for count in NEIGHBORS:
        found[f"spectral {count}"] = spectral(index.graph(view.name, count), k, 0)
    own = spectral(index.graph(view.name, spectral_neighbors(n, k)), k, 0)
    candidates = [found["k-means"], found["Ward"], own]
    chosen = {}
    for count in JUDGES:
        graph = index.graph(view.name, count)
        clear = [modularity(graph, labels) for labels in candidates]
        chosen[f"chosen on {count}"] = candidates[int(np.argmax(clear))]
    return {**found, "spectral, ours": own, **chosen}


def line_of(size):
    return next((f"below {end}" for end in SIZES if size < end), f"from {SIZES[-1]}")


def render(found):
    if not found:
        return "Nothing was measured."
    ways = list(next(iter(found.values())))
    lines = [f"| rows a cluster | draws | {' | '.join(ways)} |", "|" + "---|" * (len(ways) + 2)]
    for name in [*(f"below {end}" for end in SIZES), f"from {SIZES[-1]}"]:
        if name in found:
            cells = [f"{np.mean(found[name][way]):.3f}" for way in ways]
            lines.append(f"| {name} | {len(found[name][ways[0]])} | {' | '.join(cells)} |")
    return "\n".join(lines)
