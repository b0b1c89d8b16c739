"""Probabilities of given answers, and greedy answers, from a :class:`Decoder`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from localcluster.backends.encoding import EncodedPrompt, length_batches
from localcluster.backends.hf.batch import Batch
from localcluster.backends.hf.decoder import Decoder

#: Answer tokens whose logits over the whole vocabulary are held at once.
_ANSWER_TOKENS = 256

Tokens = Sequence[int]
#: Called with the number of prompts just finished.
Advance = Callable[[int], None]


def score_answers(
    decoder: Decoder, prompts: Sequence[EncodedPrompt], answers: Sequence[Sequence[Tokens]], advance: Advance
) -> list[NDArray[np.float64]]:
    """Sum of the log-probabilities of each answer's tokens behind its prompt; 0 for an empty answer."""
    scores = [np.zeros(len(choices)) for choices in answers]
    several = any(len(answer) > 1 for choices in answers for answer in choices)
    if several and not decoder.continues:
        return _score_whole(decoder, prompts, answers, advance)
    for batch in decoder.batches(prompts, _last(prompts), [decoder.n_layers], keep=several):
        logp = _log_probabilities(decoder, batch.last_states())
        for i, row in enumerate(batch.rows):
            for j, answer in enumerate(answers[row]):
                if answer:
                    scores[row][j] = logp[i, answer[0]]
        if several:
            _add_later_tokens(decoder, batch, answers, scores)
        advance(len(batch.rows))
    return scores


def _add_later_tokens(
    decoder: Decoder, batch: Batch, answers: Sequence[Sequence[Tokens]], scores: list[NDArray[np.float64]]
) -> None:
    # Answers of one prompt that differ in their last token only are decoded once.
    tails = sorted(
        {(i, tuple(a[:-1])) for i, row in enumerate(batch.rows) for a in answers[row] if len(a) > 1}
    )
    lengths = [len(tail) for _, tail in tails]
    behind: dict[tuple[int, tuple[int, ...]], NDArray[np.float64]] = {}
    for chosen in length_batches(lengths, _ANSWER_TOKENS, _ANSWER_TOKENS, padded=True):
        tokens = torch.zeros((len(chosen), lengths[chosen[0]]), dtype=torch.long)
        for k, t in enumerate(chosen):
            tokens[k, : lengths[t]] = torch.tensor(tails[t][1])
        rows = torch.tensor([tails[t][0] for t in chosen], device=decoder.device)
        states = decoder.extend(batch, tokens.to(decoder.device), rows)
        logp = _log_probabilities(decoder, states.flatten(0, 1)).reshape(*tokens.shape, -1)
        for k, t in enumerate(chosen):
            behind[tails[t]] = logp[k]
    for i, row in enumerate(batch.rows):
        for j, answer in enumerate(answers[row]):
            if len(answer) > 1:
                later = np.arange(len(answer) - 1)
                scores[row][j] += behind[i, tuple(answer[:-1])][later, list(answer[1:])].sum()


def _score_whole(
    decoder: Decoder, prompts: Sequence[EncodedPrompt], answers: Sequence[Sequence[Tokens]], advance: Advance
) -> list[NDArray[np.float64]]:
    """Like :func:`score_answers` without continuing a cache: every answer behind its whole prompt."""
    scores = [np.zeros(len(choices)) for choices in answers]
    asked = [(row, j) for row, choices in enumerate(answers) for j, answer in enumerate(choices) if answer]
    sequences = [prompts[row].followed_by(answers[row][j][:-1]) for row, j in asked]
    firsts = [len(prompts[row]) - 1 for row, _ in asked]
    left = [sum(map(bool, choices)) for choices in answers]
    advance(left.count(0))
    for batch in decoder.batches(sequences, firsts, [decoder.n_layers]):
        for i, a in enumerate(batch.rows):
            row, j = asked[a]
            answer, start = answers[row][j], len(prompts[row]) - 1 - batch.starts[i]
            logp = _log_probabilities(decoder, batch.states[0][i, start : start + len(answer)])
            scores[row][j] = logp[np.arange(len(answer)), list(answer)].sum()
            left[row] -= 1
            advance(int(left[row] == 0))
    return scores


def generate_greedily(
    decoder: Decoder,
    prompts: Sequence[EncodedPrompt],
    max_tokens: int,
    ends: Collection[int],
    advance: Advance,
) -> list[list[int]]:
    """Most probable continuation, token by token, until an end token or ``max_tokens``."""
    answers: list[list[int]] = [[] for _ in prompts]
    if max_tokens < 1:
        return answers
    top = [decoder.n_layers]
    for batch in decoder.batches(prompts, _last(prompts), top, keep=decoder.continues):
        answering = [answers[row] for row in batch.rows]
        open_ = [True] * len(batch.rows)
        states = batch.last_states()
        for step in range(max_tokens):
            chosen = decoder.logits(states).argmax(dim=1).tolist()
            for i, token in enumerate(chosen):
                open_[i] = open_[i] and token not in ends
                if open_[i]:
                    answering[i].append(token)
            if not any(open_) or step == max_tokens - 1:
                break
            if decoder.continues:
                # A finished answer goes on with any token, unheard: rows of a batch end at different times.
                tokens = torch.tensor(chosen, device=decoder.device)
                states = decoder.extend(batch, tokens[:, None])[:, -1]
            else:
                # The cache cannot be continued: read everything again. Slow, but right.
                states = _states_anew(decoder, [prompts[row].followed_by(answers[row]) for row in batch.rows])
        advance(len(batch.rows))
    return answers


def _states_anew(decoder: Decoder, sequences: Sequence[EncodedPrompt]) -> torch.Tensor:
    states = torch.zeros((len(sequences), decoder.width))
    for batch in decoder.batches(sequences, _last(sequences), [decoder.n_layers]):
        states[batch.rows] = batch.last_states().float().cpu()
    return states


def _last(prompts: Sequence[EncodedPrompt]) -> list[int]:
    return [len(prompt) - 1 for prompt in prompts]


def _log_probabilities(decoder: Decoder, states: torch.Tensor) -> NDArray[np.float64]:
    # float32 carries a log-probability well enough; only sums of many tokens want more.
    logp = torch.log_softmax(decoder.exact_logits(states), dim=-1)
    return logp.cpu().numpy()
