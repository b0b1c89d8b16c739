"""Teach the fast reader: python scripts/train_reader/fast.py POOL OUT [--steps N]

POOL is the training pool's folder; only its sets under an open licence (``clear/``) that stand in no fold of
``folds.json`` teach. OUT holds the checkpoint and a log; the same command goes on where it stopped, after a
kill too, and batch ``i`` is the same however often it stopped. It takes a GPU where there is one.

What the loss asks for:

- texts of one class are close, texts of two classes far (supervised contrastive), after the mean of the
  criterion's vectors is taken out, as it is when the vectors are used;
- the same texts stand in a batch by two criteria, from few classes of both, so that the texts to be told
  apart agree by the other criterion: only the phrase tells what is asked;
- within a class, where the labels say nothing, the texts keep the neighbours that the base gives them.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from pool import Asked, Batch, Batches, LabelledSet, labels_of, read_sets, sample_rows
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from transformers import AutoModel, AutoTokenizer

from localcluster.embed.fast_reader import FastReader, pair_inputs, text_states
from localcluster.offline import go_offline
from localcluster.registry import resolve

BASE = "all-minilm-l6-v2"
STEPS, WARM_UP, RATE, DECAY = 2400, 120, 6e-5, 0.01
#: Temperatures of the classes and of the neighbours within one; weight of these.
CLASS_TEMPERATURE, NEIGHBOUR_TEMPERATURE, NEIGHBOURS = 0.07, 0.1, 0.3
#: Tokens of a text in training; every eighth batch takes long ones.
SHORT, LONG, LONG_EVERY = 60, 116, 8
#: Shapes of a batch: tokens of a row, and rows.
WIDTHS, HEIGHTS = (16, 24, 32, 40, 56, 72, 128), (16, 32)
SAVE_EVERY, MEASURE_EVERY, MEASURED_ROWS = 100, 800, 200


def main() -> None:
    arguments = parse()
    go_offline()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    folder = resolve(BASE, "embedder")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(arguments.seed)
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).to(device).train()
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).to(device).eval()
    model.embeddings.requires_grad_(False)
    taught = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(taught, lr=RATE, weight_decay=DECAY)
    sets = read_sets(arguments.pool, "train", arguments.only)
    decide = read_sets(arguments.pool, "decide")
    batches = Batches(sets, arguments.seed)
    checkpoint, log = arguments.out / "checkpoint.pt", arguments.out / "log.jsonl"
    start, seconds = 0, 0.0
    if checkpoint.exists():
        surprise = (torch.log_softmax(wanted, 1) - torch.log_softmax(given, 1)).masked_fill(~same[some], 0.0)
    kept = (p * surprise).sum(1)
    return contrast.mean() + NEIGHBOURS * kept.mean()


def measure(reader: FastReader, sets: list[LabelledSet]) -> dict:
    """Mean NMI of k-means (k given) with the criterion asked for and with the others, on sets kept out."""
    own, other, each = [], [], {}
    for labelled in sets:
        rows = sample_rows(labelled.criteria, MEASURED_ROWS, 0)
        texts = [labelled.texts[row] for row in rows]
        labels = {one.name: [label or "" for label in labels_of(one, rows)] for one in labelled.criteria}
        for criterion in labelled.criteria:
            vectors = reader.read(texts, criterion.phrases[0])
            centred = vectors - vectors.mean(0)
            centred /= np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9
            k = len(criterion.rows_of)
            found = KMeans(k, n_init=3, random_state=0).fit_predict(centred)
            scores = {name: normalized_mutual_info_score(truth, found) for name, truth in labels.items()}
            own.append(scores.pop(criterion.name))
            other.extend(scores.values())
            each[f"{labelled.name} {criterion.name}"] = round(own[-1], 3)
    return {"own": round(float(np.mean(own)), 4), "other": round(float(np.mean(other)), 4), "each": each}


def rate_at(step: int, steps: int) -> float:
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / max(1, steps - WARM_UP)))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=(), help="names of sets (default: all that may teach)")
    parser.add_argument("--no-measure", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
