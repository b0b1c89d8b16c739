"""A Hugging Face tokenizer as :class:`~localcluster.backends.encoding.Tokenizer` wants it."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from localcluster.backends.hf.processors import picture_token
from localcluster.backends.template import ChatTemplate

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, ProcessorMixin

#: Names of tokens that end an answer. A file names one of them as its end of text, often not the one its
#: template ends a turn with.
END_OF_TURN = {
    "</s>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>",
    "<end_of_turn>", "<eos>", "<|return|>", "<|END_OF_TURN_TOKEN|>",
}  # fmt: skip
#: SentencePiece's visible space.
_SPACE = "\u2581"
#: Encoded in front of a text and taken off again, so that the text counts as inside a longer one.
_ANCHOR = "\n"


class HFTokenizer:
    """Encodes stretches of a prompt exactly, whatever the tokenizer does at the start of a text.

    Attributes
    ----------
    bos : int or None
        The token the tokenizer puts first by itself, if it does.
    ends : frozenset of int
        Tokens that end an answer.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        with_bos = tokenizer("a")["input_ids"]
        self.bos: int | None = (
            tokenizer.bos_token_id if with_bos and with_bos[0] == tokenizer.bos_token_id else None
        )
        added = tokenizer.added_tokens_decoder
        self._special = frozenset(tokenizer.all_special_ids) | {i for i, t in added.items() if t.special}
        # Those a tokenizer does not call special are read as tokens wherever they stand: "<image>" in some.
        plain = [re.escape(t.content) for t in added.values() if not t.special and len(t.content) > 1]
        self._names = re.compile("|".join(plain)) if plain else None
        named = {i for i in self._special if self.piece(i).decode() in END_OF_TURN}
        self.ends = frozenset(named | ({tokenizer.eos_token_id} - {None}))
        self._from_letters = _byte_letters() if _is_byte_level(tokenizer) else None
        anchor = self._encode(_ANCHOR, special=False)
        # Llama-2 style tokenizers write a space in front of every text they are given.
        self._anchor = anchor if self._encode("a", special=False) != self._after(anchor, "a", False) else None

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Tokens of ``text`` as it stands inside a longer text: no BOS, no space put in front."""
        if not text:
            return []
        if not special and self._names and (named := self._names.search(text)):
            # Cut behind its first letter, the name of a token is no name.
            cut = named.start() + 1
            return self.encode(text[:cut], special=False) + self.encode(text[cut:], special=False)
        if self._anchor is not None:
            tokens = self._after(self._anchor, text, special)
            if tokens is not None:
                return tokens
        return self._encode(text, special=special)

    def piece(self, token: int) -> bytes:
        """Bytes that a token stands for; those of a control token are its name."""
        name = self._tokenizer.convert_ids_to_tokens(token)
        if name is None:
            return b""
        name = str(name)
        if token in self._special:
            return name.encode()
        if self._from_letters is not None and all(letter in self._from_letters for letter in name):
            return bytes(self._from_letters[letter] for letter in name)
        if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
            return bytes([int(name[3:5], 16)])
        return name.replace(_SPACE, " ").encode()

    def vocabulary(self, n_vocab: int) -> list[str]:
        """Text of each token id; ``""`` for control tokens and for rows of the matrix without a token."""
        known = min(len(self._tokenizer), n_vocab)
        texts = [
            "" if token in self._special else self.piece(token).decode(errors="replace")
            for token in range(known)
        ]
        return texts + [""] * (n_vocab - known)

    def text(self, tokens: list[int]) -> str:
        """Text of generated tokens, without control tokens; a character cut at the end is dropped."""
        return b"".join(self.piece(t) for t in tokens if t not in self._special).decode(errors="ignore")

    def chat_template(self, processor: ProcessorMixin | None = None) -> ChatTemplate:
        """The model's own chat template, or the plain one for a model that has none.

        ``processor`` is that of a model that reads pictures.
        """
        source = self._tokenizer.chat_template
        if processor is not None:
            source = processor.chat_template or source
        if isinstance(source, dict):
            source = source.get("default")
        token = picture_token(processor, source or "") if processor is not None else ""
        return ChatTemplate(source, self._tokenizer.bos_token or "", self._tokenizer.eos_token or "", token)

    def _encode(self, text: str, *, special: bool) -> list[int]:
        # Lone surrogates, which json can carry, have no UTF-8 form.
        text = text.encode("utf-8", errors="replace").decode()
        encoded = self._tokenizer(text, add_special_tokens=False, split_special_tokens=not special)
        return list(encoded["input_ids"])

    def _after(self, anchor: list[int], text: str, special: bool) -> list[int] | None:
        """Tokens of ``text`` behind the anchor; None where the two share a token."""
        tokens = self._encode(_ANCHOR + text, special=special)
        return tokens[len(anchor) :] if tokens[: len(anchor)] == anchor else None


def _is_byte_level(tokenizer: PreTrainedTokenizerBase) -> bool:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return False
    return '"ByteLevel"' in json.dumps(json.loads(backend.to_str())["decoder"])


@lru_cache(maxsize=1)
def _byte_letters() -> dict[str, int]:
    """Byte that each letter of a byte-level vocabulary stands for (GPT-2's alphabet)."""
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    letters.update({chr(256 + i): byte for i, byte in enumerate(others)})
    return letters
