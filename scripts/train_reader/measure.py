"""What the shipped fast reader is worth on criteria that taught it nothing: measure.py POOL

Reads the adapter in the package, and the sets of the folds ``decide`` and ``judge`` and of ``study/``.
Writes ``held_out.json`` beside the adapter: for every criterion the adjusted mutual information of k-means
(k given, labels only score) on the reader's vectors and on the sentence embedder's. A run looks there for
criteria like the one it was asked by. A measurement that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from pool import labels_of, read_sets, sample_rows
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.embed import FastReader, SentenceEmbedder
from localcluster.embed.fast_reader import reader_view
from localcluster.offline import go_offline
from localcluster.registry import resolve
from localcluster.registry.shipped import adapter_for

ROWS, SEEDS = 200, 3
FILE = "held_out.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    go_offline()
    torch.set_num_threads(arguments.threads)
    folder = resolve("all-minilm-l6-v2", "embedder")
    embedder = SentenceEmbedder(folder)
    entry = adapter_for(embedder.sha256, "fast reader")
    change = Path(__file__).resolve().parents[2] / "localcluster/registry/adapters" / entry.file.path
    reader = FastReader.open(folder, change)
    path = change.with_name(FILE)
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if told.get("reader") != reader.sha256:
        told = {
            "reader": reader.sha256,
            "rows": ROWS,
            "seeds": SEEDS,
            "taught": taught(arguments.pool),
            "held out": [],
        }
    done = {(row["set"], row["criterion"]) for row in told["held out"]}
    for fold in ("decide", "judge", "study"):
        for labelled in read_sets(arguments.pool, fold):
            missing = [one for one in labelled.criteria if (labelled.name, one.name) not in done]
            if not missing:
                continue
            rows = sample_rows(labelled.criteria, ROWS, 0)
            texts = [labelled.texts[row] for row in rows]
            labels = {one.name: list(labels_of(one, rows)) for one in labelled.criteria}
            plain = embedder.encode(texts)
            for criterion in missing:
                vectors = reader_view(reader.read(texts, criterion.phrases[0])).vectors
                own = agreement(vectors, labels[criterion.name])
                others = [agreement(vectors, labels[name]) for name in labels if name != criterion.name]
                told["held out"].append(
                    {
                        "set": labelled.name,
                        "fold": fold,
                        "criterion": criterion.name,
                        "phrase": criterion.phrases[0],
                        "classes": len(criterion.rows_of),
                        "reader": own,
                        "sentence": agreement(plain, labels[criterion.name]),
                        "others": round(float(np.mean(others)), 3) if others else None,
                    }
                )
                path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
                print(told["held out"][-1], flush=True)


def taught(pool: Path) -> list[str]:
    """The phrases that taught it."""
    sets = read_sets(pool, "train")
    return sorted({phrase for one in sets for each in one.criteria for phrase in each.phrases})


def agreement(vectors: np.ndarray, labels: list) -> float:
    known = [row for row, label in enumerate(labels) if label is not None]
    truth = [labels[row] for row in known]
    k = len(set(truth))
    if k < 2:
        return 0.0
    scores = [
        adjusted_mutual_info_score(truth, KMeans(k, n_init=3, random_state=seed).fit_predict(vectors[known]))
        for seed in range(SEEDS)
    ]
    return round(float(np.mean(scores)), 3)


if __name__ == "__main__":
    main()
