"""Learn how many clusters a criterion usually makes: python scripts/train_reader/usual_k.py POOL CACHE FILE

POOL is the training pool's folder. Of each of its sets, a sample of rows and a smaller one are embedded, and
the silhouette of every number of clusters is kept in the folder CACHE (a stopped run goes on). The two
constants of ``localcluster/partition/usual_k.py`` are then set by maximum likelihood on criteria that the
embedder sees (a run clusters in views that follow its criterion), each set judged by the other sets' phrases
alone. FILE gets phrases and numbers of classes of the sets that may teach (``folds.json``), and the
constants. Each number of classes is that of the rows of the sample, so labels teach here; no text is kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from pool import read_sets
from scipy.optimize import minimize
from themes import kept_clear

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.embed import SentenceEmbedder, sentence_view
from localcluster.offline import go_offline
from localcluster.partition.granularity import choose_k
from localcluster.partition.usual_k import Counted, Learnt, ends_of_range, posterior, usual_k
from localcluster.registry import resolve

CURVES = "curves.jsonl"
#: Rows of the two samples, the fewest labelled ones of each that are worth a curve, characters of a text.
SIZES, FEWEST, CHARACTERS = (600, 150), (200, 60), 600
#: Rows that make a class of a sample: fewer cannot be found, so they are not counted.
CLASS_ROWS, CLASS_SHARE = 3, 0.005
#: A number within this factor of the truth, in logs, counts as found.
NEAR = 0.15
START = Learnt((), temperature=0.8, sharpness=20.0)
#: AMI of k-means on the embedder's vectors from which it sees a criterion.
SEEN = 0.25


class Remembered:
    """The embedder, each phrase encoded once."""

    def __init__(self, embedder):
        self._embedder, self._known = embedder, {}

    def encode(self, texts):
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._embedder.encode(new) if new else (), strict=True))
        return np.stack([self._known[text] for text in texts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("cache", type=Path, help="folder for curves")
    parser.add_argument("file", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    go_offline()
    torch.set_num_threads(arguments.threads)
    embedder = SentenceEmbedder(resolve("all-minilm-l6-v2", "embedder"))
    manifest = json.loads((arguments.pool / "MANIFEST.json").read_text(encoding="utf-8"))
    arguments.cache.mkdir(parents=True, exist_ok=True)
    measure(arguments, manifest, embedder)
    every = [json.loads(line) for line in (arguments.cache / CURVES).read_text("utf-8").splitlines()]
    teaches = read_sets(arguments.pool, "train")
    clear = kept_clear(arguments.cache / "clear.json", embedder.encode, teaches)
    curves = [one for one in every if clear.get(f"{one['set']} {one['criterion']}", 0.0) >= SEEN]
    counted = tuple(
        Counted(Path(entry["file"]).stem, (name.replace("_", " "), *told["phrases"]), told["classes"])
        for entry in manifest
        if Path(entry["file"]).stem in {one.name for one in teaches}
        for name, told in entry["criteria"].items()
    )
    known = fit(curves, replace(START, counted=counted), Remembered(embedder))
    tell(curves, known, Remembered(embedder), "that the embedder sees")
    tell(every, known, Remembered(embedder), "in all")
    constants = {name: getattr(known, name) for name in ("temperature", "sharpness")}
    lines = ",\n".join(json.dumps([one.set, one.classes, one.phrases]) for one in counted)
    arguments.file.write_text(
        f'{{"constants": {json.dumps(constants)},\n"counted": [\n{lines}\n]}}\n', encoding="utf-8"
    )


def measure(arguments, manifest, embedder) -> None:
    """Keep the silhouettes of every set that the cache lacks."""
    done = set()
    path = arguments.cache / CURVES
    if path.exists():
        done = {json.loads(line)["set"] for line in path.read_text(encoding="utf-8").splitlines()}
    for entry in manifest:
        name = Path(entry["file"]).stem
        if name in done:
            continue
        lines = (arguments.pool / entry["file"]).read_text(encoding="utf-8").splitlines()
        labels_of: dict[str, dict] = {}
        for row in map(json.loads, lines):
            if row["text"].strip():
                labels_of.setdefault(row["text"], row["labels"])
        texts = list(labels_of)
        order = np.random.default_rng(zlib.crc32(name.encode())).permutation(len(texts))[: max(SIZES)]
        drawn = [texts[at] for at in order]
        vectors = sentence_view(embedder.encode([text[:CHARACTERS] for text in drawn])).vectors
        found = []
        for criterion, told in entry["criteria"].items():
            for size, fewest in zip(SIZES, FEWEST, strict=True):
                rows = [
                    at for at, text in enumerate(drawn[:size]) if labels_of[text].get(criterion) is not None
                ]
                classes = Counter(str(labels_of[drawn[at]][criterion]) for at in rows)
                least = max(CLASS_ROWS, CLASS_SHARE * len(rows))
                k = sum(count >= least for count in classes.values())
                if k < 2 or len(rows) < fewest:
                    continue
                curve = choose_k(vectors[rows], 0).curve
                about = {"set": name, "criterion": criterion, "phrase": told["phrases"][0]}
                found.append({**about, "n": len(rows), "k": k, "curve": curve})
        with path.open("a", encoding="utf-8") as cache:
            cache.writelines(json.dumps(one) + "\n" for one in found)
        print(name, len(found), flush=True)


def fit(curves, start: Learnt, embedder) -> Learnt:
    """The constants under which the true numbers are most probable."""

    def with_constants(point) -> Learnt:
        temperature, sharpness = np.exp(point).tolist()
        return replace(start, temperature=round(temperature, 4), sharpness=round(sharpness, 4))

    def surprise(point) -> float:
        return -float(np.mean([np.log(probability(one, with_constants(point), embedder)) for one in curves]))

    first = np.log([start.temperature, start.sharpness])
    found = minimize(surprise, first, method="Nelder-Mead", options={"maxiter": 120, "xatol": 0.02})
    return with_constants(found.x)


def distribution(one, known: Learnt, embedder):
    """Numbers of clusters and their probabilities; the set's own phrases tell nothing."""
    others = replace(known, counted=tuple(each for each in known.counted if each.set != one["set"]))
    ks = np.array([k for k, _ in one["curve"]])
    silhouettes = np.array([value for _, value in one["curve"]])
    return ks, posterior(ks, silhouettes, usual_k(one["phrase"], embedder, others), known)


def probability(one, known: Learnt, embedder) -> float:
    """Of the true number, or one near it."""
    ks, p = distribution(one, known, embedder)
    off = np.abs(np.log(ks) - np.log(one["k"]))
    return float(p[(off <= NEAR) | (off == off.min())].sum()) + 1e-6


def tell(curves, known: Learnt, embedder, which: str) -> None:
    """Median relative error beside the silhouette's, and how often the range holds the truth."""
    off, plain, inside, width = [], [], [], []
    for one in curves:
        ks, p = distribution(one, known, embedder)
        low, middle, high = ends_of_range(ks, p)
        best = max(one["curve"], key=lambda point: point[1])[0]
        off.append(abs(middle / one["k"] - 1))
        plain.append(abs(best / one["k"] - 1))
        inside.append(low <= one["k"] <= high)
        width.append(high / low)
    print(
        f"{len(curves)} samples {which}: median relative error {np.median(off):.2f}, of the silhouette alone "
        f"{np.median(plain):.2f}; truth within the range {np.mean(inside):.2f}, high end over low end "
        f"{np.median(width):.1f} in the median"
    )


if __name__ == "__main__":
    main()
