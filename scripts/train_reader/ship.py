"""Make the adapter of what fast.py taught: python scripts/train_reader/ship.py POOL CHECKPOINT_FOLDER

How much of the change is kept (the rest is the base: a weighted mean of both) is chosen on the fold
``decide``; then the adapter is written into the package, and the line for the manifest is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import torch
from fast import BASE, STEPS, measure
from pool import FOLDS, read_sets
from transformers import AutoModel

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.embed import FastReader, SentenceEmbedder
from localcluster.embed.weight_change import write_change
from localcluster.offline import go_offline
from localcluster.registry import resolve
from localcluster.registry.checksum import sha256_of

SHARES = (0.0, 0.5, 0.7, 0.85, 1.0)
PLACE = Path(__file__).resolve().parents[2] / "localcluster/registry/adapters/fast-reader/weights.safetensors"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("taught", type=Path, help="the folder that fast.py wrote")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    go_offline()
    torch.set_num_threads(arguments.threads)
    folder = resolve(BASE, "embedder")
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    kept = torch.load(arguments.taught / "checkpoint.pt", map_location="cpu", weights_only=True)
    decide = read_sets(arguments.pool, "decide")
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        for share in SHARES:
            path = Path(temporary) / "fast-reader" / "weights.safetensors"
            path.parent.mkdir(exist_ok=True)
            write_change(path, base, kept["model"], {}, share)
            found[share] = measure(FastReader.open(folder, path), decide)
            print(share, {name: found[share][name] for name in ("own", "other")}, flush=True)
    share = max(found, key=lambda one: found[one]["own"])
    folds = json.loads(FOLDS.read_text(encoding="utf-8"))
    about = {
        "base": SentenceEmbedder(folder).sha256,
        "steps": kept["step"],
        "of": STEPS,
        "hours": round(kept["seconds"] / 3600, 2),
        "share of the change": share,
        "on the fold that decides": {str(one): [told["own"], told["other"]] for one, told in found.items()},
        "sets": [one.name for one in read_sets(arguments.pool, "train")],
        "kept out": [*folds["judge"], *folds["decide"]],
    }
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    write_change(PLACE, base, kept["model"], about, share)
    print(
        f'file = {{ path = "fast-reader/weights.safetensors", size = {PLACE.stat().st_size}, '
        f'sha256 = "{sha256_of(PLACE)}" }}'
    )


if __name__ == "__main__":
    main()
