"""Log-probabilities of continuations: the first token from the prompt's own logits, the rest from forks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import ProgressCallback
from localcluster.backends.gguf.decoder import Decoder, Stretch
from localcluster.backends.gguf.passes import passes

#: Prompts per batch; the remaining sequences of the decoder carry forked continuations.
PROMPTS_AT_ONCE = 32


@dataclass(frozen=True)
class _Fork:
    """A continuation that needs more than the prompt's logits."""

    prompt: int
    sequence: int
    start: int
    index: int
    tokens: Sequence[int]


def score_tokens(
    decoder: Decoder,
    prompts: Sequence[Sequence[int]],
    continuations: Sequence[Sequence[Sequence[int]]],
    *,
    forkable: bool,
    progress: ProgressCallback | None,
) -> list[NDArray[np.float64]]:
    """Sum of log-probabilities of each continuation's tokens after its prompt.

    Parameters
    ----------
    continuations : per prompt, token lists
        An empty one has log-probability 0.
    forkable : bool
        False for recurrent models, which decode one prompt at a time.

    Returns
    -------
    list of float64 arrays, shape (n_continuations,)
    """
    scores = [np.zeros(len(c)) for c in continuations]
    done = 0
    standing = passes(
        decoder,
        prompts,
        [[len(p) - 1] for p in prompts],
        at_once=PROMPTS_AT_ONCE if forkable else 1,
        share=forkable,
    )
    for each in standing:
        last_logits = decoder.logits()
        forks = []
        for i, sequence, logits in zip(each.prompts, each.sequences, last_logits, strict=True):
            log_z = _log_normalizer(logits)
            for j, tokens in enumerate(continuations[i]):
                if tokens:
                    scores[i][j] = float(logits[tokens[0]]) - log_z
                if len(tokens) > 1:
                    forks.append(_Fork(i, sequence, len(prompts[i]), j, tokens))
        for fork, value in _score_forks(decoder, forks, len(each.sequences)):
            scores[fork.prompt][fork.index] += value
        done += len(each.prompts)
        if progress is not None:
            progress(done, len(prompts))
    return scores


def _score_forks(decoder: Decoder, forks: Sequence[_Fork], used: int) -> Iterator[tuple[_Fork, float]]:
    for wave in _waves(forks, decoder.shape.outputs, decoder.shape.sequences - 1 - used):
        stretches = []
        for sequence, fork in enumerate(wave, start=used + 1):
            decoder.fork(fork.sequence, sequence)
            fed = fork.tokens[:-1]
            stretches.append(Stretch(sequence, fork.start, fed, range(len(fed))))
        decoder.decode(stretches)
        rows = iter(decoder.logits())
        for fork in wave:
            steps = ((next(rows), token) for token in fork.tokens[1:])
            yield fork, sum(float(logits[token]) - _log_normalizer(logits) for logits, token in steps)
        for stretch in stretches:
            decoder.forget(stretch.sequence)


def _waves(forks: Sequence[_Fork], outputs: int, sequences: int) -> Iterator[list[_Fork]]:
    wave: list[_Fork] = []
    used = 0
    for fork in forks:
        cost = len(fork.tokens) - 1
        if wave and (len(wave) == sequences or used + cost > outputs):
            yield wave
            wave, used = [], 0
        wave.append(fork)
        used += cost
    if wave:
        yield wave


def _log_normalizer(logits: NDArray[np.float32]) -> float:
    top = float(logits.max())
    return top + float(np.log(np.exp(logits - np.float32(top)).sum(dtype=np.float64)))
