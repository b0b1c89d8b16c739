"""One way to keep a value: a dataclass of arrays and JSON-ready fields, nested as it likes, in one file.

:func:`write_value` takes the dataclass apart into one JSON text and named arrays; :func:`read_value` builds
it again by its annotations. A file is believed only with the key it was written under, its checksum, and the
format number of its kind, so that nothing is ever half understood.

To change a kind of value (a field renamed, or with another meaning):

1. raise the format number that its room passes to both functions; the old files are refused from then on;
2. where the value can be computed again (``cache/``), that is all;
3. where a finished run rests on it (``results/``), let its reader take the old form too, by a function
   ``_from_N`` that makes the old form into the new one, or refuse it with a sentence that says what to do;
4. keep a small file of the old form, or write one by hand in a test, and test that;
5. a field with a default may be added without all this: an older file does not have it and gets the default.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from localcluster.store.files import Arrays, read_packed, write_packed
from localcluster.store.keys import key_of

_T = TypeVar("_T")


def write_value(path: Path, value: object, key: str, format: int = 1) -> None:
    """Write a dataclass.

    Parameters
    ----------
    value : dataclass
        Of arrays, numbers, strings, None, frozensets of strings, and tuples, lists, dicts (keys are strings)
        and dataclasses of these.
    key : str
        What the file is believed for.
    format : int
        Of this kind of value; see above.
    """
    arrays: Arrays = {}
    write_packed(path, _taken_apart(value, "", arrays), arrays, _key(key, type(value), format))


def read_value(path: Path, kind: type[_T], key: str, format: int = 1) -> _T | None:
    """What :func:`write_value` wrote; None where it is absent, damaged, of another key, or another format."""
    found = read_packed(path, _key(key, kind, format))
    try:
        return None if found is None else cast(_T, _built(kind, found[0], found[1]))
    except (KeyError, ValueError, TypeError, AttributeError):
        # Whoever made the file up got past the checksum; it is not believed either.
        return None


def _key(key: str, kind: type[Any], format: int) -> str:
    return key_of(kind.__name__, format, key)


def _taken_apart(value: Any, name: str, arrays: Arrays) -> Any:
    """The value as JSON; an array is put into ``arrays``, and its name there stands in its place."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return name
    if is_dataclass(value):
        named = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {field: _taken_apart(inner, f"{name}.{field}", arrays) for field, inner in named}
    if isinstance(value, Mapping):
        return {entry: _taken_apart(inner, f"{name}.{entry}", arrays) for entry, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [_taken_apart(inner, f"{name}.{place}", arrays) for place, inner in enumerate(value)]
    if isinstance(value, frozenset):
        return sorted(value)
    return value


def _built(hint: Any, data: Any, arrays: Arrays) -> Any:
    """Inverse of :func:`_taken_apart` for a value annotated with ``hint``."""
    origin, args = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        kind = cast(type[Any], hint)
        return kind(**{name: _built(hints[name], inner, arrays) for name, inner in data.items()})
    if origin in (Union, types.UnionType):
        return None if data is None else _built(next(a for a in args if a is not type(None)), data, arrays)
    if origin is np.ndarray:
        return _checked(arrays[data], args[1])
    if origin is tuple and args[1:] != (...,):
        return tuple(_built(one, inner, arrays) for one, inner in zip(args, data, strict=True))
    if origin in (tuple, list, frozenset):
        return origin(_built(args[0], inner, arrays) for inner in data)
    if origin in (dict, Mapping):
        return {name: _built(args[1], inner, arrays) for name, inner in data.items()}
    if origin is Literal:
        if data not in args:
            raise ValueError(f"{data!r} is none of {args}")
        return data
    if not isinstance(data, (int, float) if hint is float else hint):
        raise ValueError(f"{data!r} is no {hint}")
    return data


def _checked(array: np.ndarray[Any, Any], kind: Any) -> np.ndarray[Any, Any]:
    (wanted,) = get_args(kind)
    if wanted is not Any and array.dtype != np.dtype(wanted):
        raise ValueError(f"an array of {array.dtype} in place of {wanted}")
    return array
