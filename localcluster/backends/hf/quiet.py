"""What surrounds loading: no hub, no bars and warnings of other libraries, no work done twice."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from functools import lru_cache

from localcluster.offline import OFFLINE_SWITCHES


@contextmanager
def quiet_and_local() -> Iterator[None]:
    """Import transformers and load with it, silently and from disk only."""
    for name, value in OFFLINE_SWITCHES.items():
        os.environ.setdefault(name, value)
    # bitsandbytes asks the package `kernels` for compiled code from a hub as soon as both are installed.
    hidden = "kernels" not in sys.modules
    if hidden:
        sys.modules["kernels"] = None  # type: ignore[assignment]
    try:
        from transformers.utils import logging as hf_logging

        bars, verbosity = hf_logging.is_progress_bar_enabled(), hf_logging.get_verbosity()
        hf_logging.disable_progress_bar()
        hf_logging.set_verbosity_error()
        # It advises to install `kernels`, the package just hidden.
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
        try:
            # The bar over a GGUF file's tensors has no switch; what goes wrong is raised, not printed.
            with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
                warnings.simplefilter("ignore")
                yield
        finally:
            hf_logging.set_verbosity(verbosity)
            if bars:
                hf_logging.enable_progress_bar()
    finally:
        if hidden:
            sys.modules.pop("kernels", None)


@contextmanager
def gguf_parsed_once() -> Iterator[None]:
    """Let transformers parse a GGUF file once, not anew for tokenizer, settings and weights.

    It also builds the same table of tensor names for every module. Together that is two thirds of the
    loading time of a small model.
    """
    import gguf

    repeated = {name: getattr(gguf, name) for name in ("GGUFReader", "get_tensor_name_map")}
    for name, function in repeated.items():
        setattr(gguf, name, lru_cache(maxsize=4)(function))
    try:
        yield
    finally:
        for name, function in repeated.items():
            setattr(gguf, name, function)
