"""What a vision part answers for several pictures, taken apart by picture and put together again.

Every architecture's ``get_image_features`` answers with ``pooler_output``, a tensor or one tensor per
picture, and some with more: Qwen 3 VL adds features for several layers of its language model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

#: What stands in for the pictures' tokens.
_MAIN = "pooler_output"
_FOR_TRAINING = ("last_hidden_state", "hidden_states", "attentions")


def apart(answer: Any, n: int) -> list[Any]:
    """Answers for each of ``n`` pictures of equally many features, without what only training needs."""
    parts = {
        key: _split(value, n, by_picture=key == _MAIN)
        for key, value in answer.items()
        if key not in _FOR_TRAINING
    }
    return [type(answer)(**{key: part[i] for key, part in parts.items()}) for i in range(n)]


def together(answers: Sequence[Any]) -> Any:
    """The answer for all pictures, in order, from the answers for each."""
    joined = {
        key: _joined([answer[key] for answer in answers], by_picture=key == _MAIN) for key in answers[0]
    }
    return type(answers[0])(**joined)


def n_bytes(value: Any) -> int:
    """Memory that the tensors in an answer take."""
    if isinstance(value, torch.Tensor):
        return value.numel() * value.element_size()
    values = value.values() if isinstance(value, dict) else value
    return sum(map(n_bytes, values))


def _split(value: Any, n: int, *, by_picture: bool) -> list[Any]:
    if isinstance(value, torch.Tensor):
        # Copies: a view would keep all pictures' features in memory as long as one is remembered.
        return [part.clone() for part in value.chunk(n)]
    if by_picture:
        return [[part.clone()] for part in value]
    layers = [_split(layer, n, by_picture=not isinstance(layer, torch.Tensor)) for layer in value]
    return [list(layer) for layer in zip(*layers, strict=True)]


def _joined(values: Sequence[Any], *, by_picture: bool) -> Any:
    if isinstance(values[0], torch.Tensor):
        return torch.cat(list(values))
    if by_picture:
        return [part for value in values for part in value]
    return [
        _joined(layer, by_picture=not isinstance(layer[0], torch.Tensor))
        for layer in zip(*values, strict=True)
    ]
