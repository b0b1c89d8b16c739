"""Greedy generation of several answers at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import ProgressCallback
from localcluster.backends.gguf.decoder import Decoder, Stretch
from localcluster.backends.gguf.passes import passes
from localcluster.backends.gguf.vocabulary import GGUFTokenizer

#: Answers written side by side; each step reads all weights once for all of them.
ANSWERS_AT_ONCE = 8


@dataclass
class _Answer:
    prompt: int
    sequence: int
    position: int
    tokens: list[int] = field(default_factory=list)

    def take(self, logits: NDArray[np.float32], tokenizer: GGUFTokenizer) -> bool:
        """Append the next token; False when the answer is complete."""
        token = int(logits.argmax())
        if tokenizer.ends(token):
            return False
        self.tokens.append(token)
        return True


def generate_text(
    decoder: Decoder,
    tokenizer: GGUFTokenizer,
    prompts: Sequence[Sequence[int]],
    max_tokens: int,
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
        answers = [_Answer(i, s, len(prompts[i])) for i, s in zip(each.prompts, each.sequences, strict=True)]
        _write(decoder, tokenizer, answers, max_tokens)
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
