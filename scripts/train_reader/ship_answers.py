"""Make the adapter of what answers.py taught: python scripts/train_reader/ship_answers.py POOL TAUGHT ADAPTER

TAUGHT is the folder that answers.py wrote, ADAPTER the file to write (``.safetensors``), for
``localcluster run ... --adapter ADAPTER``. How much of the change is kept is chosen on the fold ``decide``,
by the mean over the layers that a run reads; a pool without these sets keeps all of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from answers import BASE, RANK, SCALE, measure
from pool import read_sets
from training import about, shipping

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from localcluster.backends.hf import HFModel
from localcluster.backends.lora import Lora, write_lora
from localcluster.offline import go_offline
from localcluster.registry import resolve
from localcluster.registry.checksum import sha256_of

SHARES = (0.0, 0.5, 1.0)
_PREFIX, _DOWN, _UP = "base_model.model.model.", ".lora_A.default.weight", ".lora_B.default.weight"


def main() -> None:
    arguments = shipping(__doc__)
    go_offline()
    torch.set_num_threads(arguments.threads)
    model = resolve(BASE, "llm")
    kept = torch.load(arguments.taught / "checkpoint.pt", map_location="cpu", weights_only=True)
    base, factors = sha256_of(model), factors_of(kept["model"])
    decide = read_sets(arguments.pool, "decide")
    found = {}
    for share in SHARES if decide else ():
        lora = Lora("adapter", "0" * 64, base, share * SCALE / RANK, factors)
        found[share] = measure(HFModel(model, max_tokens_per_prompt=512, lora=lora), decide)
        print(share, {name: found[share][name] for name in ("own", "other")}, flush=True)
    share = max(found, key=lambda one: float(np.mean(list(found[one]["own"].values()))), default=1.0)
    told = {"role": "reading", **about(arguments.pool, kept, share, found)}
    if share == 0.0:
        print("Nothing of it is better than the model as it is; no adapter was written.")
        return
    arguments.adapter.parent.mkdir(parents=True, exist_ok=True)
    lora = Lora(arguments.adapter.stem, "", base, share * SCALE / RANK, factors)
    write_lora(arguments.adapter, lora, told)
    print(
        f'file = {{ path = "{arguments.adapter.name}", size = {arguments.adapter.stat().st_size:_}, '
        f'sha256 = "{sha256_of(arguments.adapter)}" }}'
    )


def factors_of(state: dict[str, torch.Tensor]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The two factors of every matrix, by the name that :class:`Lora` has for it."""
    names = [name.removesuffix(_DOWN) for name in state if name.endswith(_DOWN)]
    return {
        name.removeprefix(_PREFIX): (
            state[name + _DOWN].float().numpy(),
            state[name + _UP].float().numpy(),
        )
        for name in names
    }


if __name__ == "__main__":
    main()
