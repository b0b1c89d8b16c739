"""Does the label-free score pick the better prompt wording? One line per data set.

    python -m benchmarks wordings DATA_FOLDER [--engine hf]

On the rows that screening reads, each wording's score stands beside the ACC and NMI of its criterion
views' fused spectral partition. Labels are used for ACC and NMI only.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from localcluster.config import RunConfig
from localcluster.embed import WORDINGS, criterion_views, read_states
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.partition.candidates import NeighbourIndex, fused_candidates
from localcluster.partition.screening import SAMPLE_ROWS, wording_score
from localcluster.scoring.metrics import scores

from ..lib.tasks import TASKS


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--engine", default="auto")
    arguments = parser.parse_args()
    go_offline()
    model = load_models(RunConfig.checked(source="-", by=("topic",), engine=arguments.engine)).llm
    print("| data | " + " | ".join(f"{w.name}: score, ACC, NMI" for w in WORDINGS) + " | picked the better |")
    print("|---" * (len(WORDINGS) + 2) + "|")
    for task in TASKS:
        path = arguments.data / f"{task.file}.jsonl"
        if task.role == "shaped" and path.exists():
            print(line(task, path, model), flush=True)


def line(task, path, model):
    """One row of the table."""
    table = pl.read_ndjson(path, infer_schema_length=None)
    k = table[task.label].n_unique()
    table = table.sample(min(SAMPLE_ROWS, len(table)), seed=0)
    truth, texts = table[task.label].to_numpy(), table["text"].to_list()
    found = []
    for wording in WORDINGS:
        views = criterion_views(model, read_states(model, task.criterion, texts, wording), wording)
        together = next(iter(fused_candidates(NeighbourIndex(views), views, k, 0)))
        reached = scores(truth, together.labels)
        found.append((wording_score(views, k, 0), reached["acc"], reached["nmi"]))
    picked, best = (int(np.argmax([f[i] for f in found])) for i in (0, 2))
    cells = [f"{score:.3f}, {acc:.3f}, {nmi:.3f}" for score, acc, nmi in found]
    return f"| {task.name} | " + " | ".join(cells) + f" | {'yes' if picked == best else 'no'} |"
