"""Make the adapter of what themes.py taught: python scripts/train_reader/ship_themes.py POOL TAUGHT ADAPTER

TAUGHT is the folder that themes.py wrote, ADAPTER the file to write (``.safetensors``). How much of the
change is kept (the rest is the base: a weighted mean of both) is chosen on sets that taught nothing, the fold
``decide`` and the pool's ``study``, by criteria that the base sees; a pool without such sets keeps half.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from fast import BASE
from pool import read_sets
from themes import LEAST, NO_THEMES, clear_to
from training import about, shipping
from transformers import AutoModel

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.embed import SentenceEmbedder
from localcluster.embed.sentence import weights_sha256
from localcluster.embed.weight_change import EMBEDDER, write_change
from localcluster.offline import go_offline
from localcluster.registry import resolve

SHARES, USUAL_SHARE = (0.0, 0.3, 0.5, 0.7, 1.0), 0.5


def main() -> None:
    arguments = shipping(__doc__)
    go_offline()
    torch.set_num_threads(arguments.threads)
    folder = resolve(BASE, "embedder")
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    kept = torch.load(arguments.taught / "checkpoint.pt", map_location="cpu", weights_only=True)
    sets = [one for fold in ("decide", "study") for one in read_sets(arguments.pool, fold)]
    told = {"role": EMBEDDER, "base": weights_sha256(folder)}
    clear, own = {}, {}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "weights.safetensors"
        for share in SHARES if sets else ():
            write_change(path, base, kept["model"], told, share)
            clear[share] = clear_to(SentenceEmbedder(folder, adapter=path).encode, sets)
            seen = [
                name
                for name, found in clear[0.0].items()
                if found >= LEAST and name.rpartition(" ")[2] not in NO_THEMES
            ]
            own[share] = round(float(np.mean([clear[share][name] for name in seen])), 4)
            better = float(np.mean([clear[share][name] > clear[0.0][name] for name in seen]))
            print(f"{share}: AMI {own[share]}, better on {better:.2f} of {len(seen)} criteria", flush=True)
    share = max(own, key=lambda one: own[one], default=USUAL_SHARE)
    if share == 0.0:
        print("Nothing of it is better than the embedder as it is; no adapter was written.")
        return
    found = {one: {"own": own[one], "other": None} for one in own}
    told = {**about(arguments.pool, kept, share, found), **told}
    arguments.adapter.parent.mkdir(parents=True, exist_ok=True)
    write_change(arguments.adapter, base, kept["model"], told, share)
    print(f"{arguments.adapter}: {arguments.adapter.stat().st_size:_} bytes")


if __name__ == "__main__":
    main()
