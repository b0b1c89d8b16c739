"""Prompts that were decoded together: their states, and the keys and values that answers continue."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch


@dataclass
class Batch:
    """Some prompts, decoded.

    Attributes
    ----------
    rows : list of int
        Which of the given prompts these are.
    starts : list of int
        Tokens of the prefix that was decoded before: position ``starts[i] + t`` of a prompt is at
        ``states[:, i, t]``.
    states : list of Tensor, each (rows, longest suffix, width)
        Of each layer asked for.
    mask : Tensor, (rows, longest prefix + longest suffix)
        1 for tokens, 0 for padding.
    cache : object or None
        Keys and values; None where the architecture's cache cannot be continued.
    shifts : Tensor, (rows,)
        Added to a token's index to get its position: pictures may take fewer positions than tokens.
    before : list of list of Tensor, optional
        For each row and layer the prefix's states, (prefix, width), where they were asked for.
    """

    rows: list[int]
    starts: list[int]
    states: list[torch.Tensor]
    lengths: torch.Tensor
    mask: torch.Tensor
    cache: Any
    shifts: torch.Tensor | int = 0
    before: list[list[torch.Tensor]] | None = None

    def last_states(self) -> torch.Tensor:
        """States of each prompt's last token in the last layer asked for, (rows, width)."""
        states = self.states[-1]
        at = self.lengths.to(states.device) - 1 - torch.tensor(self.starts, device=states.device)
        return states[torch.arange(len(self.rows), device=states.device), at]

    def mean_state(self, i: int, layer: int, positions: Sequence[int]) -> torch.Tensor:
        """Mean over some positions of row ``i``, float32, (width,); ``layer`` counts those asked for."""
        start = self.starts[i]
        behind = self.states[layer][i, [p - start for p in positions if p >= start]]
        early = [p for p in positions if p < start]
        if early:
            assert self.before is not None
            behind = torch.cat([self.before[i][layer][early].to(behind.device), behind])
        return behind.float().mean(dim=0)


def padded(
    sequences: Sequence[Sequence[int]], step: int = 1, most: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens and mask, both (n, width); 0 where a sequence has ended.

    The width is the length of the longest, or the next multiple of ``step`` where that is at most ``most``.
    """
    longest = max(map(len, sequences))
    longest = max(longest, min(-(-longest // step) * step, most))
    tokens = torch.zeros((len(sequences), longest), dtype=torch.long)
    mask = torch.zeros_like(tokens)
    for i, sequence in enumerate(sequences):
        tokens[i, : len(sequence)] = torch.tensor(sequence, dtype=torch.long)
        mask[i, : len(sequence)] = 1
    return tokens, mask


def forked(cache: Any, rows: torch.Tensor) -> Any:
    """A cache of some rows, repeats allowed; the one given stays as it is."""
    fork = copy.copy(cache)
    # Selecting and lengthening put new tensors into a layer, so copies of the layers suffice.
    fork.layers = [copy.copy(layer) for layer in cache.layers]
    # Layers may lie on several GPUs; all of them take an index from main memory.
    fork.batch_select_indices(rows.cpu())
    return fork
