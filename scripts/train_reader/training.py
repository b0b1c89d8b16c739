"""What the ways to teach a reader share: arguments, log, learning rate, what an adapter tells of itself."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import torch
from pool import FOLDS, read_sets

#: Steps in which the learning rate rises to its full height, and the share of it that is left at the end.
WARM_UP, LEFT = 120, 0.02


def rate_at(step: int, steps: int) -> float:
    """Share of the full learning rate: a short rise, then half a cosine."""
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return LEFT + (1 - LEFT) * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / max(1, steps - WARM_UP)))


def save(checkpoint: Path, state: dict) -> None:
    """Whole or not at all: a killed training finds the one before."""
    part = checkpoint.with_suffix(".part")
    torch.save(state, part)
    part.replace(checkpoint)


def note(log: Path, said: dict) -> None:
    """One line for the log; for people without the scores of single criteria."""
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")
    print(json.dumps({name: value for name, value in said.items() if name != "each"}), flush=True)


def about(pool: Path, kept: dict, share: float, found: dict) -> dict:
    """What an adapter's file says of how it came about; ``found`` has what each share was worth."""
    folds = json.loads(FOLDS.read_text(encoding="utf-8"))
    return {
        "steps": kept["step"],
        "hours": round(kept["seconds"] / 3600, 2),
        "share of the change": share,
        "on the fold that decides": {str(one): [told["own"], told["other"]] for one, told in found.items()},
        "sets": [one.name for one in read_sets(pool, "train")],
        "kept out": [*folds["judge"], *folds["decide"]],
    }


def teaching(told: str | None, steps: int, save_every: int) -> argparse.Namespace:
    """Arguments of a script that teaches."""
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=(), help="names of sets (default: all that may teach)")
    parser.add_argument("--save-every", type=int, default=save_every, help="steps between two checkpoints")
    parser.add_argument("--no-measure", action="store_true")
    return parser.parse_args()


def shipping(told: str | None) -> argparse.Namespace:
    """Arguments of a script that makes an adapter of what was taught."""
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("taught", type=Path, help="the folder that the training wrote")
    parser.add_argument("adapter", type=Path, help="the file to write")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()
