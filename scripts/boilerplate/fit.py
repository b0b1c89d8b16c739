"""Fit localcluster/boilerplate/weights.json: python scripts/boilerplate/fit.py POOL

POOL is the training pool's folder; only its sets under an open licence (``clear/``) are used, and only
the kinds of wrapping that may shape constants (``benchmarks/messy``). Every set becomes a mailbox of its
own, wrapped in one kind, in some, in all, or not at all; what the clean text holds is content, all else
is frame. Half of the mailboxes check what the other half taught before all are used.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.messy import kinds_of, wrap_texts
from localcluster.boilerplate.density import DENSITY, Reference, density, rows_of
from localcluster.boilerplate.statistics import FEATURES, Recurrence, features
from localcluster.boilerplate.units import units_of
from localcluster.boilerplate.weights import FILE
from localcluster.embed import SentenceEmbedder
from localcluster.offline import go_offline
from localcluster.registry import resolve

#: Sets whose rows are names, code or symbols: nothing that anybody writes letters about.
LEFT_OUT = ("surnames", "emoji", "linguist", "sample_programs", "algorithms", "wnut", "term_types")
#: Rows of a mailbox, in turn, and characters of a row.
ROWS, CHARACTERS = (60, 120, 240), 300
#: Probability of content from which a part is kept: the share of content's characters that is lost on
#: mailboxes that taught nothing is about 3% there with vectors; without them the threshold is lower.
KEEP_FROM = {"with vectors": 0.25, "any embedder": 0.15}
STRENGTH = 0.05


@dataclass
class Mailbox:
    name: str
    kinds: list
    columns: np.ndarray
    vectors: np.ndarray
    lengths: np.ndarray
    rows: np.ndarray
    content: np.ndarray


def main() -> None:
    arguments = parse()
    go_offline()
    embedder = SentenceEmbedder(resolve("all-minilm-l6-v2", "embedder"))
    made = mailboxes(arguments.pool, embedder, arguments.sets, arguments.cache)
    boxes = [box for box in made if len(box.content)]
    told = {"embedder": embedder.sha256, "sets": [box.name for box in boxes]}
    for name, with_vectors in (("with vectors", True), ("any embedder", False)):
        halves = [boxes[0::2], boxes[1::2]]
        checked = [
            check(fit(a, with_vectors), b, with_vectors, KEEP_FROM[name]) for a, b in (halves, halves[::-1])
        ]
        intercept, columns, direction = fit(boxes, with_vectors)
        told[name] = {
            "intercept": round(intercept, 5),
            "columns": [round(float(value), 5) for value in columns],
            "direction": [round(float(value), 4) for value in direction],
            "keep_from": KEEP_FROM[name],
            "features": [*FEATURES, *DENSITY],
            "checked on the other half": {
                key: round(float(np.mean([c[key] for c in checked])), 4) for key in checked[0]
            },
        }
        print(name, told[name]["checked on the other half"])
    arguments.out.write_text(json.dumps(told, indent=1) + "\n")


def mailboxes(pool, embedder, most, cache):
    shaping = kinds_of("shaping")
    names = sorted(path.stem for path in (pool / "clear").glob("*.jsonl"))
    names = [name for name in names if not any(word in name for word in LEFT_OUT)]
    known = recalled(cache)
    rounds = [(turn, name) for turn in range(3) for name in names][:most]
    for number, (turn, name) in enumerate(rounds):
        rng = np.random.default_rng(zlib.crc32(f"{turn} {name}".encode()))
        texts = drawn(pool / "clear" / f"{name}.jsonl", ROWS[number % len(ROWS)], rng)
        how = (number + turn) % 4
        order = [shaping[i] for i in rng.permutation(len(shaping))]
        kinds = [order[:1], order[:4], order, []][how]
        # Strings without a prefix: a mailbox is wrapped by its seed alone.
        wrapped = wrap_texts(texts, kinds, number) if kinds else texts
        units = [units_of(text) for text in wrapped]
        parts = [unit.text for row in units for unit in row]
        new = [part for part in dict.fromkeys(parts) if part not in known]
        if new:
            known.update(zip(new, embedder.encode(new).astype(np.float16), strict=True))
        vectors = np.stack([known[part] for part in parts]).astype(np.float32)
        rows = rows_of(units)
        several = np.bincount(rows, minlength=len(units))[rows] > 1
        columns = np.hstack(
            [features(units, Recurrence.of(units)), density(vectors, rows, Reference.of(vectors, rows))]
        )
        content = np.array(
            [is_content(u.text, text) for text, row in zip(texts, units, strict=True) for u in row]
        )
        lengths = np.array([len(part) for part in parts])
        kept = [array[several] for array in (columns, vectors, lengths, rows, content)]
        print(number, name, [kind.name for kind in kinds][:2], len(kept[-1]), flush=True)
        yield Mailbox(name, [kind.name for kind in kinds], *kept)
    if cache is not None:
        np.savez(cache, parts=np.array(list(known)), vectors=np.stack(list(known.values())))


def recalled(cache):
    """Vectors of parts that an earlier fit has encoded: constants can then be fitted anew in a minute."""
    if cache is None or not cache.exists():
        return {}
    with np.load(cache) as kept:
        return dict(zip(kept["parts"].tolist(), kept["vectors"], strict=True))


def drawn(path, n, rng):
    with path.open() as lines:
        texts = list(dict.fromkeys(json.loads(line)["text"].strip()[:CHARACTERS] for line in lines))
    return [texts[i] for i in rng.permutation(len(texts))[:n] if texts[i]]


def is_content(part, text):
    part, text = plain(part), plain(text)
    return float(bool(part) and (part in text or text in part))


def plain(text):
    return re.sub(r"\W+", " ", text.casefold()).strip()


def fit(boxes, with_vectors):
    columns = np.vstack([box.columns for box in boxes])
    scaler = StandardScaler().fit(columns)
    inputs = scaler.transform(columns)
    if with_vectors:
        # About the scale of the standardized columns.
        inputs = np.hstack([inputs, 8 * np.vstack([box.vectors for box in boxes])])
    weight = np.concatenate([np.full(len(box.content), len(box.content) ** -0.5) for box in boxes])
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    model.fit(inputs, np.concatenate([box.content for box in boxes]), weight / weight.mean())
    weights = model.coef_[0]
    scaled = weights[: columns.shape[1]] / scaler.scale_
    return float(model.intercept_[0] - scaled @ scaler.mean_), scaled, 8 * weights[columns.shape[1] :]


def check(fitted, boxes, with_vectors, keep_from):
    intercept, columns, direction = fitted
    curve, kept, noise, lost = [], [], [], []
    for box in boxes:
        logit = intercept + box.columns @ columns
        if with_vectors:
            logit = logit + box.vectors @ direction
        best = np.zeros(len(logit), bool)
        for row in np.unique(box.rows):
            members = np.flatnonzero(box.rows == row)
            best[members[logit[members].argmax()]] = True
        read = (logit >= np.log(keep_from / (1 - keep_from))) | best
        content = box.content == 1
        if box.kinds:
            curve.append(roc_auc_score(box.content, logit))
            kept.append(box.lengths[content & read].sum() / box.lengths[content].sum())
            noise.append(box.lengths[~content & read].sum() / box.lengths[content].sum())
        else:
            lost.append(box.lengths[~read].sum() / box.lengths.sum())
    return {
        "area under the curve": np.mean(curve),
        "content kept, share of characters": np.mean(kept),
        "frame kept, characters per character of content": np.mean(noise),
        "left out of clean mailboxes, share of characters": np.mean(lost),
    }


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--sets", type=int, default=120, help="mailboxes made")
    parser.add_argument("--cache", type=Path, help="npz file for the vectors of parts")
    parser.add_argument("--out", type=Path, default=Path("localcluster/boilerplate") / FILE)
    return parser.parse_args()


if __name__ == "__main__":
    main()
