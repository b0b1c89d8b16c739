"""A cheaper way, and what it is worth: one linear map of the language model's states: linear.py POOL OUT

Reads some rows of every open set by each of its criteria with the product's wordings, learns one matrix for
all criteria (supervised contrast between the classes, the identity to begin with and pulled back to it), and
clusters the sets that taught nothing (folds ``decide`` and ``judge``) with and without it. OUT keeps what was
read. The adjusted mutual information of k-means (k given) is printed; labels of the folds only score.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from random import Random

import numpy as np
import torch
from pool import Criterion, LabelledSet, read_sets
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.backends.base import LocalModel
from localcluster.embed import WORDINGS, Question, candidate_layers, read_questions
from localcluster.embed.view import Standardizer
from localcluster.items.item import Item
from localcluster.models import load_llm
from localcluster.offline import go_offline

ROWS, CHARACTERS = 72, 1000
STEPS, RATE, GROUPS, TEMPERATURE = 400, 1e-3, 8, 0.1
#: How hard the map is pulled back to the identity.
PULLS = (0.0, 3e-3, 3e-2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--llm", default="smollm2-135m-instruct")
    arguments = parser.parse_args()
    go_offline()
    arguments.out.mkdir(parents=True, exist_ok=True)
    model = load_llm(arguments.llm, "hf")
    layers = candidate_layers(model.info.n_layers)
    groups = {
        fold: [
            group
            for labelled in read_sets(arguments.pool, fold)
            for group in read(labelled, model, layers, arguments.out)
        ]
        for fold in ("train", "decide", "judge")
    }
    held_out = [*groups["decide"], *groups["judge"]]
    print(f"{len(groups['train'])} criteria teach, {len(held_out)} are held out")
    for number, layer in enumerate(layers):
        width = groups["train"][0][0].shape[2]
        plain = [score(vectors[:, number], labels, np.eye(width)) for vectors, labels in held_out]
        for pull in PULLS:
            matrix = learn([(vectors[:, number], labels) for vectors, labels in groups["train"]], pull)
            mapped = [score(vectors[:, number], labels, matrix) for vectors, labels in held_out]
            own = np.mean([score(v[:, number], labels, matrix) for v, labels in groups["train"][::6]])
            better = sum(a > b for a, b in zip(mapped, plain, strict=True))
            print(
                f"layer {layer}, pull {pull:g}: held out {np.mean(plain):.3f} -> {np.mean(mapped):.3f}, "
                f"better on {better} of {len(plain)}; on criteria that taught it {own:.3f}",
                flush=True,
            )


def read(
    labelled: LabelledSet, model: LocalModel, layers: tuple[int, ...], out: Path
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per criterion, standardized states, (n, layers, width), and classes."""
    path = out / f"{labelled.name}.npz"
    draw = Random(labelled.name)
    chosen = [rows_of(criterion, draw) for criterion in labelled.criteria]
    asked = [
        Question(draw.choice(criterion.phrases), draw.choice(WORDINGS)) for criterion in labelled.criteria
    ]
    if not path.exists():
        states = {}
        for number, (rows, question) in enumerate(zip(chosen, asked, strict=True)):
            items = [Item(labelled.texts[row][:CHARACTERS]) for row in rows]
            read = read_questions(model, [question], items, layers)[:, 0, 0]
            states[str(number)] = read.astype(np.float16)
        np.savez(path.with_suffix(".part.npz"), **states)
        path.with_suffix(".part.npz").replace(path)
        print(json.dumps({"read": labelled.name}), flush=True)
    found = []
    with np.load(path) as kept:
        for number, (rows, criterion) in enumerate(zip(chosen, labelled.criteria, strict=True)):
            raw = kept[str(number)].astype(np.float32)
            if not np.isfinite(raw).all():
                continue
            each = [Standardizer.fit(raw[:, at]).apply(raw[:, at]) for at in range(raw.shape[1])]
            class_of = {row: label for label, of in criterion.rows_of.items() for row in of}
            labels = np.unique([class_of[row] for row in rows], return_inverse=True)[1]
            found.append((np.stack(each, axis=1), labels))
    return found


def rows_of(criterion: Criterion, draw: Random) -> list[int]:
    """Rows of some classes, about as many of each."""
    labels = draw.sample(list(criterion.rows_of), min(len(criterion.rows_of), ROWS // 4))
    share = -(-ROWS // len(labels))
    rows = [
        row
        for label in labels
        for row in draw.sample(list(criterion.rows_of[label]), min(share, len(criterion.rows_of[label])))
    ]
    draw.shuffle(rows)
    return rows[:ROWS]


def learn(groups: list[tuple[np.ndarray, np.ndarray]], pull: float) -> np.ndarray:
    torch.manual_seed(0)
    width = groups[0][0].shape[1]
    matrix = torch.nn.Parameter(torch.eye(width))
    optimizer = torch.optim.Adam([matrix], lr=RATE)
    tensors = [(torch.from_numpy(vectors), torch.from_numpy(labels)) for vectors, labels in groups]
    draw = np.random.default_rng(0)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - step / STEPS)
        losses = [contrast(*tensors[place], matrix) for place in draw.choice(len(tensors), GROUPS)]
        loss = torch.stack(losses).mean() + pull * ((matrix - torch.eye(width)) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return matrix.detach().numpy()


def contrast(vectors: torch.Tensor, labels: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    mapped = vectors @ matrix
    unit = functional.normalize(mapped - mapped.mean(0), dim=-1)
    similar = unit @ unit.T / TEMPERATURE
    itself = torch.eye(len(labels), dtype=torch.bool)
    log_p = similar - torch.logsumexp(similar.masked_fill(itself, -torch.inf), 1, keepdim=True)
    same = (labels[:, None] == labels[None, :]) & ~itself
    known = same.any(1)
    return (-(log_p * same).sum(1)[known] / same.sum(1)[known]).mean()


def score(vectors: np.ndarray, labels: np.ndarray, matrix: np.ndarray) -> float:
    mapped = vectors @ matrix
    mapped = mapped - mapped.mean(0)
    mapped /= np.linalg.norm(mapped, axis=1, keepdims=True) + 1e-9
    k = len(set(labels.tolist()))
    found = [KMeans(k, n_init=2, random_state=seed).fit_predict(mapped) for seed in range(2)]
    return float(np.mean([adjusted_mutual_info_score(labels, each) for each in found]))


if __name__ == "__main__":
    main()
