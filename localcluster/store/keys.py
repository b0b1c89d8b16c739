"""Content keys: equal inputs give equal keys on every machine, different inputs different ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from hashlib import _Hash


def key_of(*parts: object) -> str:
    """SHA-256 (hex) over values and arrays.

    Parameters
    ----------
    *parts : None, bool, int, float, str, bytes, numpy array or scalar, or lists, tuples, sets and
        mappings of these
        Lists and tuples count as equal, and so do mappings in any order. Types are told apart:
        ``1``, ``1.0``, ``True`` and ``"1"`` have different keys.

    Raises
    ------
    TypeError
        For any other type, whose identity might not be its content.

    Examples
    --------
    >>> key_of("layer", 24) == key_of("layer", 24)
    True
    >>> key_of("ab", "c") == key_of("a", "bc")
    False
    """
    digest = hashlib.sha256()
    _feed(digest, list(parts))
    return digest.hexdigest()


def _feed(digest: _Hash, value: Any) -> None:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float)):
        _leaf(digest, type(value).__name__, repr(value).encode())
    elif isinstance(value, str):
        _leaf(digest, "str", value.encode("utf-8", "surrogatepass"))
    elif isinstance(value, bytes):
        _leaf(digest, "bytes", value)
    elif isinstance(value, np.ndarray):
        _feed_array(digest, value)
    elif isinstance(value, Mapping):
        _leaf(digest, "mapping", str(len(value)).encode())
        for key in sorted(value, key=lambda k: (type(k).__name__, str(k))):
            _feed(digest, key)
            _feed(digest, value[key])
    elif isinstance(value, Set):
        _feed(digest, ["set", *sorted(map(key_of, value))])
    elif isinstance(value, Sequence):
        _leaf(digest, "sequence", str(len(value)).encode())
        for element in value:
            _feed(digest, element)
    else:
        raise TypeError(f"key_of takes plain values and arrays, not {type(value).__name__}")


def _feed_array(digest: _Hash, array: np.ndarray[Any, Any]) -> None:
    if array.dtype.hasobject:
        raise TypeError(f"key_of takes arrays of numbers or strings, not dtype {array.dtype}")
    _leaf(digest, "array", f"{array.dtype.str}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _leaf(digest: _Hash, kind: str, data: bytes) -> None:
    # The length before the data keeps ("ab", "c") and ("a", "bc") apart.
    digest.update(f"{kind}:{len(data)}:".encode())
    digest.update(data)
