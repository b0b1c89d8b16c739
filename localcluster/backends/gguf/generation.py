"""Greedy generation of several answers at once, bound by a GBNF grammar if one is given."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field

import llama_cpp.llama_cpp as C
import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import ProgressCallback
from localcluster.backends.gguf.decoder import Decoder, Stretch
from localcluster.backends.gguf.native import Handle, complaint
from localcluster.backends.gguf.passes import passes
from localcluster.backends.gguf.vocabulary import GGUFTokenizer
from localcluster.errors import ConfigError

#: Answers written side by side; each step reads all weights once for all of them.
ANSWERS_AT_ONCE = 8


class Grammar:
    """State of one answer under a GBNF grammar.

    Raises
    ------
    ConfigError
        The grammar cannot be parsed.
    """

    def __init__(self, weights: Handle, source: str) -> None:
        vocab = C.llama_model_get_vocab(weights.pointer)
        pointer = C.llama_sampler_init_grammar(vocab, source.encode(), b"root")
        if not pointer:
            raise ConfigError(
                f"The grammar cannot be read as GBNF: {complaint()}. It needs a rule named root, "
                'for example: root ::= "yes" | "no"'
            )
        self._sampler = Handle(pointer, C.llama_sampler_free)

    def best(self, logits: NDArray[np.float32]) -> int | None:
        """Most likely token that the grammar allows next; None when it allows none."""
        favourite = int(logits.argmax())
        # Checking one token costs nothing, checking the vocabulary more than decoding a small model.
        if self._allowed(np.array([favourite]), logits).size:
            return favourite
        allowed = self._allowed(np.arange(len(logits)), logits)
        return int(allowed[logits[allowed].argmax()]) if allowed.size else None

    def _allowed(self, tokens: NDArray[np.int64], logits: NDArray[np.float32]) -> NDArray[np.int64]:
        entries = np.zeros(len(tokens), dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        entries["id"], entries["logit"] = tokens, logits[tokens]
        data = entries.ctypes.data_as(ctypes.POINTER(C.llama_token_data))
        array = C.llama_token_data_array(data=data, size=len(tokens), selected=-1, sorted=False)
        C.llama_sampler_apply(self._sampler.pointer, ctypes.byref(array))
        kept = entries[: array.size]
        return np.asarray(kept["id"][np.isfinite(kept["logit"])], np.int64)

    def accept(self, token: int) -> None:
        """Move on by a token that :meth:`best` gave."""
        C.llama_sampler_accept(self._sampler.pointer, token)

    def close(self) -> None:
        """Free it."""
        self._sampler.close()


@dataclass
class _Answer:
    prompt: int
    sequence: int
    position: int
    grammar: Grammar | None
    tokens: list[int] = field(default_factory=list)

    def take(self, logits: NDArray[np.float32], tokenizer: GGUFTokenizer) -> bool:
        """Append the next token; False when the answer is complete."""
        token = int(logits.argmax()) if self.grammar is None else self.grammar.best(logits)
        if token is None or tokenizer.ends(token):
            return False
        if self.grammar is not None:
            self.grammar.accept(token)
        self.tokens.append(token)
        return True


def generate_text(
    decoder: Decoder,
    weights: Handle,
    tokenizer: GGUFTokenizer,
    prompts: Sequence[Sequence[int]],
    max_tokens: int,
    grammar: str | None,
    *,
    forkable: bool,
    progress: ProgressCallback | None,
) -> list[str]:
    """Continue each prompt greedily for at most ``max_tokens`` tokens or until the model ends its answer.

    ``forkable`` is False for recurrent models, which decode one prompt at a time.
    """
    texts = [""] * len(prompts)
    done = 0
    for each in passes(
        decoder,
        prompts,
        [[len(p) - 1] for p in prompts],
        at_once=ANSWERS_AT_ONCE if forkable else 1,
        share=forkable,
        growth=max_tokens,
    ):
        answers = [
            _Answer(i, s, len(prompts[i]), Grammar(weights, grammar) if grammar else None)
            for i, s in zip(each.prompts, each.sequences, strict=True)
        ]
        try:
            _write(decoder, tokenizer, answers, max_tokens)
        finally:
            for answer in answers:
                if answer.grammar is not None:
                    answer.grammar.close()
        for answer in answers:
            texts[answer.prompt] = tokenizer.text(answer.tokens)
        done += len(answers)
        if progress is not None:
            progress(done, len(prompts))
    return texts


def _write(decoder: Decoder, tokenizer: GGUFTokenizer, answers: list[_Answer], max_tokens: int) -> None:
    for _ in range(max_tokens):
        # A list, not a generator: every answer must take its row before the next decode overwrites it.
        answers = [a for a, row in zip(answers, decoder.logits(), strict=True) if a.take(row, tokenizer)]
        if not answers:
            return
        if len(answers[0].tokens) == max_tokens:
            return
        decoder.decode([Stretch(a.sequence, a.position, [a.tokens[-1]], [0]) for a in answers])
        for a in answers:
            a.position += 1
