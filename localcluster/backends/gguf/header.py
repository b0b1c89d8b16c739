"""The header of a GGUF file, read in milliseconds and without trusting it.

llama.cpp aborts the process on some damaged files, so a file is checked here first. Layout:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType
from gguf.quants import dequantize
from numpy.typing import NDArray

from localcluster.errors import ModelError

MAGIC = b"GGUF"
#: Version 1 had 32-bit lengths and is no longer read by llama.cpp either.
VERSIONS = (2, 3)
#: struct codes of the scalar value types, by their number in the format.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_DEFAULT_ALIGNMENT = 32
_MAX_DIMS = 4


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies in the file; ``shape`` is in numpy's order (rows first)."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def nbytes(self) -> int:
        """Bytes on disk; 0 for a quantization newer than the installed ``gguf`` package."""
        try:
            block, size = GGML_QUANT_SIZES[GGMLQuantizationType(self.kind)]
        except (KeyError, ValueError):
            return 0
        return int(prod(self.shape) // block * size)


@dataclass(frozen=True)
class Header:
    """Metadata and tensors of one file. Arrays (the vocabulary) are left out of ``metadata``."""

    path: Path
    metadata: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    @property
    def architecture(self) -> str:
        """For example ``"llama"``."""
        return str(self.metadata.get("general.architecture", ""))

    def hyper(self, name: str) -> Any:
        """Value of an architecture's own key, such as ``"context_length"``; None if absent."""
        return self.metadata.get(f"{self.architecture}.{name}")

    @property
    def quantization(self) -> str:
        """As the file states it, for example ``"Q4_1"``; ``""`` where it does not."""
        try:
            name = LlamaFileType(self.metadata["general.file_type"]).name
        except (KeyError, ValueError):
            return ""
        return str(name).removeprefix("MOSTLY_").removeprefix("ALL_")

    @property
    def n_parameters(self) -> int:
        """Number of weights."""
        return sum(prod(t.shape) for t in self.tensors.values())

    def read(self, name: str, rows: slice = slice(None)) -> NDArray[np.float32]:
        """Weights of a tensor as float32, optionally only some of its rows.

        Raises
        ------
        KeyError
            No such tensor.
        """
        tensor = self.tensors[name]
        raw = np.memmap(self.path, np.uint8, "r", tensor.offset, (tensor.nbytes,))
        by_row = raw.reshape(tensor.shape[0] if len(tensor.shape) > 1 else 1, -1)[rows]
        values = dequantize(_typed(by_row, tensor.kind), GGMLQuantizationType(tensor.kind))
        shape = tensor.shape if len(tensor.shape) == 1 else (by_row.shape[0], *tensor.shape[1:])
        return np.asarray(values, dtype=np.float32).reshape(shape)


def _typed(raw: NDArray[np.uint8], kind: int) -> NDArray[Any]:
    plain = {int(GGMLQuantizationType.F32): np.float32, int(GGMLQuantizationType.F16): np.float16}
    return raw.view(plain[kind]) if kind in plain else raw


def read_header(path: Path) -> Header:
    """Read the header of the GGUF file at ``path`` and check that the file holds all it promises.

    Raises
    ------
    ModelError
        The file is missing, empty, no GGUF file, of an unread version, damaged, or cut short.
    """
    if not path.exists():
        raise ModelError(
            f"No model file at {path}. Check the path, or see what is installed: localcluster models list"
        )
    if path.is_dir():
        raise ModelError(f"{path} is a folder, not a GGUF file. Give the path of the .gguf file in it.")
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            start = file.read(8)
            if start[:4] != MAGIC:
                raise ModelError(
                    f"{path.name} is not a GGUF file: it begins with {start[:4]!r}, not {MAGIC!r}. "
                    "Give a .gguf file or the folder of a Hugging Face model."
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                header = _Reader(memoryview(data), path).header()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    end = max((t.offset + t.nbytes for t in header.tensors.values()), default=0)
    if end > size:
        raise _truncated(path, f"its tensors end at byte {end:,}, but the file has {size:,} bytes")
    return header


def _truncated(path: Path, what: str) -> ModelError:
    return ModelError(
        f"{path.name} is damaged or cut short: {what}. Copy or download it again and compare checksums."
    )


class _Reader:
    """A cursor over the bytes of a file."""

    def __init__(self, data: memoryview, path: Path) -> None:
        self._data = data
        self._path = path
        self._at = 4

    def header(self) -> Header:
        try:
            return self._header()
        except (struct.error, UnicodeDecodeError, OverflowError) as error:
            raise _truncated(self._path, f"its header cannot be read at byte {self._at:,}") from error
        finally:
            self._data.release()

    def _header(self) -> Header:
        version = self._scalar("I")
        if version not in VERSIONS:
            raise ModelError(
                f"{self._path.name} is a GGUF file of version {version}; versions "
                f"{VERSIONS[0]} and {VERSIONS[1]} can be read. Convert the model again."
            )
        n_tensors, n_values = self._scalar("Q"), self._scalar("Q")
        metadata = {}
        for _ in range(n_values):
            key = self._string()
            value = self._value(self._scalar("I"))
            if value is not None:
                metadata[key] = value
        infos = [self._tensor() for _ in range(n_tensors)]
        alignment = int(metadata.get("general.alignment", _DEFAULT_ALIGNMENT)) or _DEFAULT_ALIGNMENT
        start = -(-self._at // alignment) * alignment
        tensors = {name: Tensor(name, shape, kind, start + offset) for name, shape, kind, offset in infos}
        return Header(self._path, metadata, tensors)

    def _scalar(self, code: str) -> Any:
        # "<" reads without alignment, as the file is written.
        (value,) = struct.unpack_from("<" + code, self._data, self._at)
        self._at += struct.calcsize("<" + code)
        return value

    def _string(self) -> str:
        length = self._scalar("Q")
        self._skip(length)
        return bytes(self._data[self._at - length : self._at]).decode()

    def _skip(self, n: int) -> None:
        if self._at + n > len(self._data):
            raise struct.error
        self._at += n

    def _value(self, kind: int) -> Any:
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._skip_array()
        raise struct.error

    def _skip_array(self) -> None:
        kind, length = self._scalar("I"), self._scalar("Q")
        if kind in _SCALARS:
            self._skip(struct.calcsize("<" + _SCALARS[kind]) * length)
            return
        for _ in range(length):
            self._value(kind)

    def _tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name, n_dims = self._string(), self._scalar("I")
        if n_dims > _MAX_DIMS:
            raise struct.error
        shape = tuple(self._scalar("Q") for _ in range(n_dims))
        return name, shape[::-1], self._scalar("I"), self._scalar("Q")
