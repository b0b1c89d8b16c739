"""Read with an adapter, and answer without it: two sets of weights for the matrices that it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from localcluster.errors import ModelError

if TYPE_CHECKING:
    import torch

    from localcluster.backends.lora import Lora


class Adapted:
    """Takes an adapter's weights while a block runs.

    Parameters
    ----------
    decoder : torch.nn.Module
        The module that holds ``layers``.

    Raises
    ------
    ModelError
        The adapter's matrices are not those of the model, or they are packed in 4 bit.
    """

    def __init__(self, decoder: torch.nn.Module, lora: Lora) -> None:
        import torch

        self._weights: list[tuple[torch.nn.Parameter, torch.Tensor]] = []
        modules = dict(decoder.named_modules())
        for name, (down, up) in lora.factors.items():
            weight = getattr(modules.get(name), "weight", None)
            if weight is None or tuple(weight.shape) != (up.shape[0], down.shape[1]):
                raise ModelError(
                    f"The adapter {lora.name} does not fit this model: {name} is missing, of another "
                    "shape, or packed in 4 bit. Go without it: --adapter none"
                )
            change = torch.from_numpy(lora.scale * (up @ down)).to(weight.device)
            self._weights.append((weight, (weight.detach().float() + change).to(weight.dtype)))

    @contextmanager
    def on(self) -> Iterator[None]:
        """The adapter's weights within the block, the model's own after it."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for place, (weight, other) in enumerate(self._weights):
            self._weights[place] = (weight, weight.data)
            weight.data = other
