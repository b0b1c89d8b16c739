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

import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from pool import Asked, Batch, Batches, LabelledSet, labels_of, read_sets, sample_rows
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score
from torch.nn import functional
from training import note, rate_at, save, teaching

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from transformers import AutoModel, AutoTokenizer

from localcluster.embed.fast_reader import FastReader, pair_inputs, text_states
from localcluster.offline import go_offline
from localcluster.registry import resolve

BASE = "all-minilm-l6-v2"
STEPS, RATE, DECAY = 2400, 6e-5, 0.01
#: Temperatures of the classes and of the neighbours within one; weight of these.
CLASS_TEMPERATURE, NEIGHBOUR_TEMPERATURE, NEIGHBOURS = 0.07, 0.1, 0.3
#: Tokens of a text in training; every eighth batch takes long ones.
SHORT, LONG, LONG_EVERY = 60, 116, 8
#: Shapes of a batch: tokens of a row, and rows.
WIDTHS, HEIGHTS = (16, 24, 32, 40, 56, 72, 128), (16, 32)
SAVE_EVERY, MEASURE_EVERY, MEASURED_ROWS = 100, 800, 200


@dataclass(frozen=True)
class Teaching:
    """What a training gives and asks for; ``reads_criterion`` says whether phrases are read with texts."""

    batches: BatchesOf
    rate: float
    reads_criterion: bool = True


class BatchesOf(Protocol):
    """Batches by number."""

    def __getitem__(self, number: int) -> Batch: ...


def main() -> None:
    arguments = teaching(__doc__, STEPS, SAVE_EVERY)
    go_offline()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    sets = read_sets(arguments.pool, "train", arguments.only)
    criteria = sum(len(one.criteria) for one in sets)
    print(f"{len(sets)} sets, {criteria} criteria, to step {arguments.steps}")
    decide = read_sets(arguments.pool, "decide")
    teach(Teaching(Batches(sets, arguments.seed), RATE), arguments, decide)


def teach(what: Teaching, arguments: Namespace, decide: list[LabelledSet]) -> None:
    """From the checkpoint, where there is one, to the last step."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    folder = resolve(BASE, "embedder")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(arguments.seed)
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).to(device).train()
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).to(device).eval()
    model.embeddings.requires_grad_(False)
    taught = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(taught, lr=what.rate, weight_decay=DECAY)
    checkpoint, log = arguments.out / "checkpoint.pt", arguments.out / "log.jsonl"
    start, seconds = 0, 0.0
    if checkpoint.exists():
        kept = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        start, seconds = kept["step"], kept["seconds"]
    began, losses = time.monotonic(), []
    for step in range(start, arguments.steps):
        for group in optimizer.param_groups:
            group["lr"] = what.rate * rate_at(step, arguments.steps)
        # Dropout of a step depends on the step alone: a resumed training goes the same way.
        torch.manual_seed(arguments.seed * 1_000_003 + step)
        tokens = LONG if step % LONG_EVERY == 0 else SHORT
        loss = loss_of(model, base, tokenizer, what.batches[step], tokens, what.reads_criterion)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(taught, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        done = step + 1
        if done % arguments.save_every == 0 or done == arguments.steps:
            spent = seconds + time.monotonic() - began
            state = {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": done,
                "seconds": spent,
            }
            save(checkpoint, state)
            said: dict = {"step": done, "loss": round(float(np.mean(losses)), 4), "seconds": round(spent)}
            losses = []
            measured = done % MEASURE_EVERY < arguments.save_every or done == arguments.steps
            if what.reads_criterion and measured and not arguments.no_measure:
                said |= measure(FastReader(model, tokenizer, "reader", ""), decide)
                model.train()
            note(log, said)


def filled(inputs: dict[str, torch.Tensor], pad: int) -> dict[str, torch.Tensor]:
    """Padded to one of a few shapes: on a CPU every new shape costs seconds of compiling, once each."""
    rows, tokens = inputs["input_ids"].shape
    wide = next((size for size in WIDTHS if size >= tokens), tokens)
    high = next((size for size in HEIGHTS if size >= rows), rows)
    out = {}
    for name, values in inputs.items():
        filling = functional.pad(values, (0, wide - tokens), value=pad if name == "input_ids" else 0)
        out[name] = torch.cat([filling, filling[:1].expand(high - rows, -1)])
    return out


def loss_of(model, base, tokenizer, batch: Batch, tokens: int, reads_criterion: bool = True) -> torch.Tensor:
    """Mean over the criteria of a batch."""
    device = next(model.parameters()).device
    total = torch.zeros((), device=device)
    with torch.autocast(device.type, torch.bfloat16):
        before = None
        if len(batch.asked) == 1:
            with torch.no_grad():
                before = functional.normalize(vectors_of(base, tokenizer, None, batch.texts, tokens), dim=-1)
        for asked in batch.asked:
            phrase = asked.phrase if reads_criterion else None
            vectors = vectors_of(model, tokenizer, phrase, batch.texts, tokens)
            total = total + one_criterion(vectors, before, asked)
    return total / len(batch.asked)


def vectors_of(model, tokenizer, criterion: str | None, texts: Sequence[str], tokens: int) -> torch.Tensor:
    """Texts by a criterion, or by none; the shorter half by itself, which saves padding."""
    device = next(model.parameters()).device
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    halves = [order[: len(order) // 2], order[len(order) // 2 :]]
    parts = []
    for rows in halves:
        some = [texts[row] for row in rows]
        if criterion is None:
            encoded = dict(
                tokenizer(some, truncation=True, max_length=tokens, padding=True, return_tensors="pt")
            )
            encoded["token_type_ids"] = encoded["attention_mask"]
        else:
            encoded = pair_inputs(tokenizer, criterion, some, tokens + 12)
        inputs = {key: value.to(device) for key, value in filled(encoded, tokenizer.pad_token_id).items()}
        if criterion is None:
            states = model(inputs["input_ids"], inputs["attention_mask"]).last_hidden_state.float()
            mask = inputs["attention_mask"].unsqueeze(-1)
            found = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        else:
            found = text_states(model, inputs)
        parts.append(found[: len(rows)])
    return torch.cat(parts)[torch.tensor(halves[0] + halves[1]).argsort().to(device)]


def one_criterion(vectors: torch.Tensor, before: torch.Tensor | None, asked: Asked) -> torch.Tensor:
    """Supervised contrast between classes, and the base's neighbours within them."""
    known = [row for row, label in enumerate(asked.classes) if label is not None]
    number = {label: at for at, label in enumerate(sorted({asked.classes[row] for row in known}))}
    labels = torch.tensor([number[asked.classes[row]] for row in known], device=vectors.device)
    vectors = vectors[known]
    unit = functional.normalize(vectors - vectors.mean(0), dim=-1)
    similar = unit @ unit.T
    itself = torch.eye(len(known), dtype=torch.bool, device=vectors.device)
    same = (labels[:, None] == labels[None, :]) & ~itself
    log_p = similar / CLASS_TEMPERATURE
    log_p = log_p - torch.logsumexp(log_p.masked_fill(itself, -torch.inf), 1, keepdim=True)
    has_like = same.any(1)
    if len(number) < 2 or not has_like.any():
        return vectors.sum() * 0.0
    contrast = -(log_p * same).sum(1)[has_like] / same.sum(1)[has_like]
    some = same.sum(1) > 1
    if before is None or not some.any():
        return contrast.mean()
    before = before[known]
    centred = functional.normalize(before - before.mean(0), dim=-1)
    wanted = (centred @ centred.T / NEIGHBOUR_TEMPERATURE).masked_fill(~same, -torch.inf)[some]
    given = (similar / NEIGHBOUR_TEMPERATURE).masked_fill(~same, -torch.inf)[some]
    p = torch.softmax(wanted, 1)
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


if __name__ == "__main__":
    main()
