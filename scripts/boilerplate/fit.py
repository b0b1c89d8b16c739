"""Fit localcluster/boilerplate/weights.safetensors: python scripts/boilerplate/fit.py POOL

POOL is the training pool's folder; only its sets under an open licence (``clear/``) are used, and only
the kinds of wrapping that may shape constants (``benchmarks/messy``). Every set becomes mailboxes of its
own, wrapped in one kind, in some, in many, or not at all; what the clean text holds is content, all else
is frame. Sets with texts in several languages make mailboxes of one language too, so that a language is no
sign of a frame.

The kinds are cut in quarters, and a mailbox has kinds of one quarter. The second network learns from what a
first network says that was taught by the other quarters: on a real mailbox the first will not know the kinds
either. To check what is learnt on what taught nothing, half of the sets, wrapped in two quarters, judge
what the other half of the sets and the other quarters teach.
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
import torch
from safetensors.numpy import save_file
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.messy import kinds_of, wrap_texts
from localcluster.boilerplate.context import IN_ROW, context
from localcluster.boilerplate.density import DENSITY, Reference, density, rows_of
from localcluster.boilerplate.statistics import FEATURES, Recurrence, features
from localcluster.boilerplate.units import units_of
from localcluster.boilerplate.weights import ANY_EMBEDDER, FILE, WITH_VECTORS, Net, Weights
from localcluster.embed import SentenceEmbedder
from localcluster.offline import go_offline
from localcluster.registry import resolve

#: Numbers of a vector of the starter embedder.
DIMENSIONS = 384
#: Sets whose rows are names, code or symbols: nothing that anybody writes letters about.
LEFT_OUT = ("surnames", "emoji", "linguist", "sample_programs", "algorithms", "wnut", "term_types")
#: Rows of a mailbox, in turn, and characters of a row.
ROWS, CHARACTERS = (40, 80, 160), 300
#: Probability of content from which a part is kept.
KEEP_FROM = 0.15
#: Networks that are averaged, hidden units of each, dropout, decay of weights, epochs and rows of a batch.
NETS, HIDDEN, DROPOUT, DECAY, EPOCHS, BATCH = 3, 32, 0.5, 0.1, 24, 2048
#: About the scale of the standardized columns.
VECTOR_SCALE = 3.0


@dataclass
class Mailbox:
    name: str
    quarter: int
    kinds: list
    columns: np.ndarray
    vectors: np.ndarray
    reference: Reference
    lengths: np.ndarray
    rows: np.ndarray
    content: np.ndarray


def main() -> None:
    arguments = parse()
    go_offline()
    embedder = SentenceEmbedder(resolve("all-minilm-l6-v2", "embedder"))
    boxes = list(mailboxes(arguments.pool, embedder, arguments.turns, arguments.cache))
    kinds = sorted({kind for box in boxes for kind in box.kinds})
    told = {"embedder": embedder.sha256, "sets": sorted({box.name for box in boxes}), "kinds": kinds}
    arrays = {}
    for name, reads_vectors in ((WITH_VECTORS, True), (ANY_EMBEDDER, False)):
        halves = [[box for box in boxes if box.quarter // 2 == half] for half in (0, 1)]
        checked = [check(fit(a, reads_vectors), b) for a, b in (halves, halves[::-1])]
        told[name] = {
            "keep_from": KEEP_FROM,
            "features": [*FEATURES, *(DENSITY if reads_vectors else ())],
            "checked on other sets and kinds": {
                key: round(float(np.mean([each[key] for each in checked])), 4) for key in checked[0]
            },
        }
        print(name, told[name]["checked on other sets and kinds"])
        weights = fit(boxes, reads_vectors)
        for net, fitted in (("alone", weights.alone), ("among", weights.among)):
            # safetensors writes memory as it lies: a transposed array would be another one when read.
            arrays[f"{name}/{net}/inner"] = np.ascontiguousarray(fitted.inner)
            arrays[f"{name}/{net}/inner bias"] = fitted.inner_bias
            arrays[f"{name}/{net}/outer"] = fitted.outer
            arrays[f"{name}/{net}/outer bias"] = np.array([fitted.outer_bias], np.float32)
    save_file(arrays, arguments.out, {"about": json.dumps(told)})


def mailboxes(pool, embedder, turns, cache):
    shaping = kinds_of("shaping")
    order = np.random.default_rng(5).permutation(len(shaping))
    quarters = [[shaping[i] for i in order[quarter::4]] for quarter in range(4)]
    names = sorted(path.stem for path in (pool / "clear").glob("*.jsonl"))
    names = [name for name in names if not any(word in name for word in LEFT_OUT)]
    known = recalled(cache)
    for number in range(turns * len(names)):
        turn, place = divmod(number, len(names))
        # Which half depends on the set alone.
        name, quarter = names[place], 2 * (place // 2 % 2) + (place + turn) % 2
        rng = np.random.default_rng(zlib.crc32(f"{turn} {name}".encode()))
        texts = drawn(pool / "clear" / f"{name}.jsonl", ROWS[number % len(ROWS)], turn, rng)
        mine = [quarters[quarter][i] for i in rng.permutation(len(quarters[quarter]))]
        kinds = [mine[:1], mine[:3], mine, mine[:1], []][(place // 4 + turn) % 5]
        wrapped = wrap_texts(texts, kinds, number) if kinds else texts
        found = ((text, units_of(each)) for text, each in zip(texts, wrapped, strict=True))
        several = [(text, row) for text, row in found if len(row) > 1]
        if not several:
            continue
        units = [row for _, row in several]
        parts = [unit.text for row in units for unit in row]
        new = [part for part in dict.fromkeys(parts) if part not in known]
        if new:
            known.update(zip(new, embedder.encode(new).astype(np.float16), strict=True))
        vectors = np.stack([known[part] for part in parts]).astype(np.float32)
        rows = rows_of(units)
        reference = Reference.of(vectors, rows)
        columns = np.hstack([features(units, Recurrence.of(units)), density(vectors, rows, reference)])
        content = np.array([is_content(u.text, text) for text, row in several for u in row])
        lengths = np.array([len(part) for part in parts])
        print(number, name, [kind.name for kind in kinds][:2], len(content), len(new), flush=True)
        yield Mailbox(
            name, quarter, [k.name for k in kinds], columns, vectors, reference, lengths, rows, content
        )
        if cache is not None and number % 40 == 39:
            remember(cache, known)
    if cache is not None:
        remember(cache, known)


def remember(cache, known):
    """Keep the vectors of parts: constants can then be fitted anew in minutes."""
    np.savez(cache, parts=np.array(list(known)), vectors=np.stack(list(known.values())))


def recalled(cache):
    """Vectors of parts that an earlier fit has encoded."""
    if cache is None or not cache.exists():
        return {}
    with np.load(cache) as kept:
        return dict(zip(kept["parts"].tolist(), kept["vectors"], strict=True))


def drawn(path, n, turn, rng):
    """Texts of a set; on odd turns, where rows have a language, those of one."""
    with path.open() as lines:
        rows = [json.loads(line) for line in lines]
    languages = sorted({row["labels"]["language"] for row in rows if "language" in row["labels"]})
    if turn % 2 and languages:
        only = languages[int(rng.integers(len(languages)))]
        rows = [row for row in rows if row["labels"].get("language") == only]
    texts = list(dict.fromkeys(row["text"].strip()[:CHARACTERS] for row in rows))
    return [texts[i] for i in rng.permutation(len(texts))[:n] if texts[i]]


def is_content(part, text):
    part, text = plain(part), plain(text)
    return float(bool(part) and (part in text or text in part))


def plain(text):
    return re.sub(r"\W+", " ", text.casefold()).strip()


def fit(boxes, reads_vectors):
    """Both networks; the second learns from what first networks say of kinds that did not teach them."""
    weight = np.concatenate([np.full(len(box.content), len(box.content) ** -0.5) for box in boxes])
    weight = weight / weight.mean()
    columns = [box.columns if reads_vectors else box.columns[:, : len(FEATURES)] for box in boxes]
    inputs = [
        np.hstack([known, box.vectors]) if reads_vectors else known
        for known, box in zip(columns, boxes, strict=True)
    ]
    content = np.concatenate([box.content for box in boxes])
    of_box = np.repeat(np.arange(len(boxes)), [len(box.content) for box in boxes])
    whole = np.vstack(inputs)
    logits = np.zeros(len(content), np.float32)
    quarters = np.array([box.quarter for box in boxes])[of_box]
    for quarter in np.unique(quarters):
        others = quarters != quarter
        net = trained(whole[others], content[others], weight[others])
        logits[~others] = net.logit(whole[~others])
    beside = []
    for number, box in enumerate(boxes):
        first = logits[of_box == number]
        found = context(first, box.vectors, box.rows, box.reference.judged(first, box.rows))
        beside.append(found if reads_vectors else found[:, :IN_ROW])
    known = np.hstack([logits[:, None], np.vstack(beside), np.vstack(columns)])
    among = trained(known, content, weight)
    return Weights(trained(whole, content, weight), among, reads_vectors, KEEP_FROM)


def trained(inputs, content, weight):
    """The mean of several networks as one, with the scaling of its inputs taken into its weights."""
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    # A column that hardly varied in what teaches may vary in a real mailbox.
    scale = np.maximum(scale, 0.1)
    if inputs.shape[1] > DIMENSIONS:
        mean[-DIMENSIONS:], scale[-DIMENSIONS:] = 0, 1 / VECTOR_SCALE
    x = torch.from_numpy(((inputs - mean) / scale).astype(np.float32))
    y, w = (torch.from_numpy(np.asarray(each, np.float32)) for each in (content, weight))
    nets = [taught(x, y, w, seed) for seed in range(NETS)]
    with torch.no_grad():
        inner = np.hstack([net[0].weight.T.numpy() / scale[:, None] for net in nets])
        bias = np.concatenate([net[0].bias.numpy() for net in nets]) - mean @ inner
        outer = np.concatenate([net[3].weight[0].numpy() for net in nets]) / NETS
        last = float(np.mean([float(net[3].bias[0]) for net in nets]))
    return Net(inner.astype(np.float32), bias.astype(np.float32), outer.astype(np.float32), last)


def taught(x, y, w, seed):
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], HIDDEN),
        torch.nn.ReLU(),
        torch.nn.Dropout(DROPOUT),
        torch.nn.Linear(HIDDEN, 1),
    )
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=DECAY)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            told = net(x[batch])[:, 0]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(told, y[batch], w[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


def check(weights, boxes):
    curve, alone, kept, noise, lost = [], [], [], [], []
    for box in boxes:
        first = weights.first(box.columns, box.vectors)
        beside = context(first, box.vectors, box.rows, box.reference.judged(first, box.rows))
        logit = weights.second(first, beside, box.columns)
        best = np.zeros(len(logit), bool)
        for row in np.unique(box.rows):
            members = np.flatnonzero(box.rows == row)
            best[members[logit[members].argmax()]] = True
        read = (logit >= np.log(KEEP_FROM / (1 - KEEP_FROM))) | best
        content = box.content == 1
        if box.kinds and 0 < content.mean() < 1:
            alone.append(roc_auc_score(box.content, first))
            curve.append(roc_auc_score(box.content, logit))
            kept.append(box.lengths[content & read].sum() / box.lengths[content].sum())
            noise.append(box.lengths[~content & read].sum() / box.lengths[content].sum())
        elif not box.kinds:
            lost.append(box.lengths[~read].sum() / box.lengths.sum())
    return {
        "area under the curve, first network": np.mean(alone),
        "area under the curve": np.mean(curve),
        "content kept, share of characters": np.mean(kept),
        "frame kept, characters per character of content": np.mean(noise),
        "left out of clean mailboxes, share of characters": np.mean(lost),
    }


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument(
        "--turns", type=int, default=2, help="mailboxes made of each set; 2 made the file that is shipped"
    )
    parser.add_argument("--cache", type=Path, help="npz file for the vectors of parts")
    parser.add_argument("--out", type=Path, default=Path("localcluster/boilerplate") / FILE)
    return parser.parse_args()


if __name__ == "__main__":
    main()
