"""Make the adapter of what themes.py taught: python scripts/train_reader/ship_themes.py POOL TAUGHT ADAPTER

TAUGHT is the folder that themes.py wrote, ADAPTER the file to write (``.safetensors``). How much of the
change is kept (the rest is the base: a weighted mean of both) is chosen on sets that taught nothing, drawn
from the fold ``decide`` and the pool's ``study``, by criteria that the base sees; a pool without such sets
keeps half.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import torch
from fast import BASE
from pool import LabelledSet, read_sets
from themes import LEAST, NO_THEMES, clear_to
from training import about, shipping
from transformers import AutoModel

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.embed import SentenceEmbedder
from localcluster.embed.sentence import weights_sha256
from localcluster.embed.weight_change import EMBEDDER, write_change
from localcluster.offline import go_offline
from localcluster.registry import resolve

SHARES, USUAL_SHARE = (0.3, 0.5, 0.7, 1.0), 0.5
#: Criteria that are drawn.
CRITERIA = 100


def main() -> None:
    arguments = shipping(__doc__)
    go_offline()
    torch.set_num_threads(arguments.threads)
    folder = resolve(BASE, "embedder")
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    kept = torch.load(arguments.taught / "checkpoint.pt", map_location="cpu", weights_only=True)
    told = {"role": EMBEDDER, "base": weights_sha256(folder)}
    plain = clear_to(SentenceEmbedder(folder).encode, drawn(arguments.pool))
    seen = {
        name for name, found in plain.items() if found >= LEAST and name.rpartition(" ")[2] not in NO_THEMES
    }
    own = {0.0: round(float(np.mean([plain[name] for name in seen])), 4)} if seen else {}
    print(f"{len(seen)} criteria that the base sees: AMI {own.get(0.0)} as it is", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "weights.safetensors"
        for share in SHARES if seen else ():
            write_change(path, base, kept["model"], told, share)
            found = clear_to(SentenceEmbedder(folder, adapter=path).encode, drawn(arguments.pool, seen))
            own[share] = round(float(np.mean(list(found.values()))), 4)
            better = float(np.mean([found[name] > plain[name] for name in seen]))
            print(f"{share} of the change: AMI {own[share]}, better on {better:.2f} of them", flush=True)
    share = max(own, key=lambda one: own[one], default=USUAL_SHARE)
    if share == 0.0:
        print("Nothing of it is better than the embedder as it is; no adapter was written.")
        return
    found = {one: {"own": own[one], "other": None} for one in own}
    told = {**about(arguments.pool, kept, share, found), **told}
    arguments.adapter.parent.mkdir(parents=True, exist_ok=True)
    write_change(arguments.adapter, base, kept["model"], told, share)
    print(f"{arguments.adapter}: {arguments.adapter.stat().st_size:_} bytes")


def drawn(pool: Path, names: set[str] | None = None) -> list[LabelledSet]:
    """Sets that taught nothing, with the criteria that were drawn, or with those named."""
    sets = [one for fold in ("decide", "study") for one in read_sets(pool, fold)]
    if names is None:
        every = [f"{one.name} {each.name}" for one in sets for each in one.criteria]
        names = set(Random(0).sample(every, min(CRITERIA, len(every))))
    kept = [
        replace(one, criteria=tuple(each for each in one.criteria if f"{one.name} {each.name}" in names))
        for one in sets
    ]
    return [one for one in kept if one.criteria]


if __name__ == "__main__":
    main()
