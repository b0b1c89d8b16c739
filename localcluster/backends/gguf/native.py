"""The few calls into llama.cpp that its Python package does not wrap, and the handles that must be freed.

``llama_cpp`` (the package) is imported here and in the modules of this folder only.
"""

from __future__ import annotations

import collections
import ctypes
import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as C
import numpy as np
from llama_cpp._ctypes_extensions import load_shared_library
from numpy.typing import NDArray

from localcluster.errors import ModelError

logger = logging.getLogger(__name__)

#: The last lines llama.cpp logged as errors: its calls return only null.
_complaints: collections.deque[str] = collections.deque(maxlen=8)
_GGML_LOG_ERROR = 4


@C.llama_log_callback  # type: ignore[untyped-decorator]
def _log(level: int, text: bytes, _user: object) -> None:
    message = text.decode(errors="replace").rstrip()
    if level == _GGML_LOG_ERROR and message:
        _complaints.append(message)
    logger.debug(message)


@lru_cache(maxsize=1)
def start() -> None:
    """Initialize llama.cpp once per process, its log turned into debug records of :mod:`logging`."""
    C.llama_log_set(_log, ctypes.c_void_p(0))
    C.llama_backend_init()


def complaint() -> str:
    """Return what llama.cpp last logged as an error, and forget it."""
    # The first of a chain of errors names the cause; those after it only pass it on.
    text = _complaints[0] if _complaints else "no reason given"
    _complaints.clear()
    return text.split(": ", 1)[-1]


def version() -> str:
    """Version of the installed llama-cpp-python."""
    from llama_cpp import __version__

    return str(__version__)


def can_offload() -> bool:
    """Whether this build of llama.cpp can run layers on a GPU."""
    return bool(C.llama_supports_gpu_offload())


class Handle:
    """A pointer that llama.cpp allocated, freed exactly once."""

    def __init__(self, pointer: Any, free: Callable[[Any], object]) -> None:
        self._pointer = pointer
        self._free = free

    @property
    def pointer(self) -> Any:
        """The pointer itself.

        Raises
        ------
        ModelError
            It was freed.
        """
        if self._pointer is None:
            raise ModelError("This model was closed. Open it again with open_model().")
        return self._pointer

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self._pointer is not None:
            self._free(self._pointer)
            self._pointer = None


def load_weights(path: Path, *, extra_buffers: bool, gpu: bool) -> Handle:
    """Load a GGUF file.

    Parameters
    ----------
    extra_buffers : bool
        Let llama.cpp repack weights for this CPU. Must be False on CPUs with AMX.
    gpu : bool
        Run all layers on the GPU.

    Raises
    ------
    ModelError
        llama.cpp refuses the file.
    """
    start()
    params = C.llama_model_default_params()
    params.use_extra_bufts = extra_buffers
    params.n_gpu_layers = -1 if gpu else 0
    _complaints.clear()
    pointer = C.llama_model_load_from_file(str(path).encode(), params)
    if not pointer:
        raise ModelError(
            f"llama.cpp cannot load {path.name}: {complaint()}. "
            f"It may be of an architecture that llama-cpp-python {version()} does not know: "
            "update it, or choose another model (--llm, llm)."
        )
    return Handle(pointer, C.llama_model_free)


@lru_cache(maxsize=1)
def _ggml() -> Any:
    # Only libggml-base holds these; libggml re-exports them on some platforms and not on others.
    lib = load_shared_library("ggml-base", C._base_path)
    lib.ggml_get_name.restype, lib.ggml_get_name.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    for name in ("ggml_nbytes", "ggml_nelements"):
        function = getattr(lib, name)
        function.restype, function.argtypes = ctypes.c_size_t, [ctypes.c_void_p]
    lib.ggml_backend_tensor_get.restype = None
    lib.ggml_backend_tensor_get.argtypes = [
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_size_t,
    ]
    return lib


def tensor_name(tensor: int) -> str:
    """Name that the graph gives a tensor, such as ``"l_out-3"``."""
    return str(_ggml().ggml_get_name(tensor).decode())


def tensor_rows(tensor: int, width: int) -> NDArray[np.float32]:
    """Copy of a computed float32 tensor, shape ``(n, width)``, from wherever it lies.

    Raises
    ------
    ModelError
        The tensor is not float32.
    """
    lib = _ggml()
    n = lib.ggml_nelements(tensor)
    if lib.ggml_nbytes(tensor) != 4 * n:
        raise ModelError(f"llama.cpp keeps {tensor_name(tensor)} of this model in a type other than float32.")
    rows = np.empty((n // width, width), np.float32)
    if n:
        lib.ggml_backend_tensor_get(tensor, rows.ctypes.data, 0, rows.nbytes)
    return rows
