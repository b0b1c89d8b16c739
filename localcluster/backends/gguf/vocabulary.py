"""The tokenizer inside a GGUF file, as :class:`localcluster.backends.encoding.Tokenizer`."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

import llama_cpp.llama_cpp as C

from localcluster.backends.gguf.native import Handle

_MAX_PIECE = 256
#: A SentencePiece tokenizer puts a space before a text's first word. Text that stands inside a prompt
#: has no first word: it is tokenized behind this anchor, whose own tokens are then dropped.
_ANCHOR = "\n"


class GGUFTokenizer:
    """Tokenizer of a loaded model.

    Parameters
    ----------
    weights : Handle
        The loaded model.
    adds_space : bool
        ``tokenizer.ggml.add_space_prefix`` of the file.
    """

    def __init__(self, weights: Handle, *, adds_space: bool) -> None:
        self._weights = weights
        vocab = self._vocab
        self._anchored = adds_space and C.llama_vocab_type(vocab) == C.LLAMA_VOCAB_TYPE_SPM
        self._anchor = self._raw(_ANCHOR, special=False) if self._anchored else []
        self.n_tokens = int(C.llama_vocab_n_tokens(vocab))
        bos = int(C.llama_vocab_bos(vocab))
        self.bos = bos if C.llama_vocab_get_add_bos(vocab) and bos >= 0 else None
        self.bos_name = self._name(bos)
        self.eos_name = self._name(int(C.llama_vocab_eos(vocab)))
        self.piece = lru_cache(maxsize=None)(self._piece)

    @property
    def _vocab(self) -> Any:
        return C.llama_model_get_vocab(self._weights.pointer)

    def encode(self, text: str, *, special: bool) -> list[int]:
        """See :meth:`localcluster.backends.encoding.Tokenizer.encode`."""
        if not text:
            return []
        if not self._anchored:
            return self._raw(text, special=special)
        tokens = self._raw(_ANCHOR + text, special=special)
        if tokens[: len(self._anchor)] == self._anchor:
            return tokens[len(self._anchor) :]
        return self._raw(text, special=special)

    def _raw(self, text: str, *, special: bool) -> list[int]:
        # Lone surrogates, which json can carry, have no UTF-8 form.
        data = text.encode("utf-8", errors="replace")
        room = len(data) + 8
        buffer = (C.llama_token * room)()
        n = C.llama_tokenize(self._vocab, data, len(data), buffer, room, False, special)
        if n < 0:
            room = -n
            buffer = (C.llama_token * room)()
            n = C.llama_tokenize(self._vocab, data, len(data), buffer, room, False, special)
        return list(buffer[:n])

    def _piece(self, token: int, special: bool = True) -> bytes:
        buffer = ctypes.create_string_buffer(_MAX_PIECE)
        n = C.llama_token_to_piece(self._vocab, token, buffer, _MAX_PIECE, 0, special)
        if n < 0:
            buffer = ctypes.create_string_buffer(-n)
            n = C.llama_token_to_piece(self._vocab, token, buffer, -n, 0, special)
        return buffer.raw[:n]

    def _name(self, token: int) -> str:
        return self._piece(token).decode(errors="replace") if token >= 0 else ""

    def ends(self, token: int) -> bool:
        """Whether a token ends an answer."""
        return bool(C.llama_vocab_is_eog(self._vocab, token))

    def text(self, tokens: list[int]) -> str:
        """Text of generated tokens, without control tokens; a character cut at the end is dropped."""
        return b"".join(self._piece(t, special=False) for t in tokens).decode(errors="ignore")

    def words(self) -> list[str]:
        """See :meth:`localcluster.backends.base.LocalModel.vocabulary`."""
        return [self._piece(t, special=False).decode(errors="replace") for t in range(self.n_tokens)]
