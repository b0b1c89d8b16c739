"""Make the adapter of what fast.py taught: python scripts/train_reader/ship.py POOL TAUGHT ADAPTER

TAUGHT is the folder that fast.py wrote, ADAPTER the file to write (``.safetensors``), for
``localcluster run ... --adapter ADAPTER``. How much of the change is kept (the rest is the base: a weighted
mean of both) is chosen on the fold ``decide``; a pool without these sets keeps all of it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from fast import BASE, measure
from pool import read_sets
from training import about, shipping
from transformers import AutoModel

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.embed import FastReader, SentenceEmbedder
from localcluster.embed.weight_change import write_change
from localcluster.offline import go_offline
from localcluster.registry import resolve

SHARES = (0.0, 0.5, 0.7, 0.85, 1.0)


def main() -> None:
    arguments = shipping(__doc__)
    go_offline()
    torch.set_num_threads(arguments.threads)
    folder = resolve(BASE, "embedder")
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    kept = torch.load(arguments.taught / "checkpoint.pt", map_location="cpu", weights_only=True)
    decide = read_sets(arguments.pool, "decide")
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        for share in SHARES if decide else ():
            path = Path(temporary) / "weights.safetensors"
            write_change(path, base, kept["model"], {}, share)
            found[share] = measure(FastReader.open(folder, path), decide)
            print(share, {name: found[share][name] for name in ("own", "other")}, flush=True)
    share = max(found, key=lambda one: found[one]["own"], default=1.0)
    told = {"base": SentenceEmbedder(folder).sha256, **about(arguments.pool, kept, share, found)}
    write_change(arguments.adapter, base, kept["model"], told, share)
    print(f"{arguments.adapter}: {arguments.adapter.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
