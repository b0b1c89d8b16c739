"""Grammars for a GGUF file that transformers runs: llama.cpp reads its vocabulary and the grammar.

No package that binds transformers to a grammar is light; llama.cpp is here anyway, and the token ids
are the same because both engines read them from the same file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from localcluster.backends.gguf.generation import Grammar
from localcluster.backends.gguf.native import load_weights


class GrammarMaker:
    """Makes grammars over the vocabulary of one GGUF file; its weights are not loaded."""

    def __init__(self, path: Path) -> None:
        self._vocabulary = load_weights(path, extra_buffers=False, gpu=False, vocab_only=True)

    def of(self, source: str) -> Callable[[], Grammar]:
        """Return what makes a fresh state of the grammar, for one answer."""
        return lambda: Grammar(self._vocabulary, source)

    def close(self) -> None:
        """Free the vocabulary."""
        self._vocabulary.close()
