"""Hidden states of chosen tokens, gathered from the rows that a tap collects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import ProgressCallback
from localcluster.backends.gguf.decoder import Decoder
from localcluster.backends.gguf.passes import passes
from localcluster.errors import ModelError

#: Prompts per batch where a GPU computes. On a CPU a batch of one is as fast, and a row's states are then the
#: same to the bit whatever rows are read beside it: sums over a batch's common memory depend on all of it.
STATES_AT_ONCE = 63


def collect_states(
    decoder: Decoder,
    prompts: Sequence[Sequence[int]],
    places: Sequence[Sequence[Sequence[int]]],
    layers: Sequence[int],
    *,
    starts: Sequence[int],
    n_layers: int,
    width: int,
    n_places: int,
    forkable: bool,
    exact: bool,
    progress: ProgressCallback | None,
) -> NDArray[np.float32]:
    """Decode the prompts and average the states of each place's positions.

    Parameters
    ----------
    decoder : Decoder
        With a tap.
    places : per prompt, per place, positions
        See :func:`localcluster.backends.encoding.token_places`.
    starts : sequence of int
        Where each prompt is its own (:func:`localcluster.backends.encoding.own_from`).
    forkable : bool
        False for recurrent models, which decode one prompt at a time.
    exact : bool
        Whether to decode each prompt by itself.

    Returns
    -------
    float32, shape (n_prompts, n_places, n_layers_asked, width)
    """
    if decoder.tap is None:
        raise ModelError("This decoder has no tap on the residual stream.")
    positions = [sorted({q for place in each for q in place}) for each in places]
    # The last block computes only the tokens whose logits are asked for.
    last = n_layers in layers
    outputs = positions if last else [[] for _ in prompts]
    per_prompt = max((len(p) for p in positions), default=1) if last else 1
    states = np.empty((len(prompts), n_places, len(layers), width), np.float32)
    done = 0
    batched = forkable and not exact
    decoder.tap.want(layers)
    standing = passes(
        decoder,
        prompts,
        outputs,
        at_once=max(1, min(STATES_AT_ONCE, decoder.shape.outputs // per_prompt)) if batched else 1,
        share=forkable,
        own_from=min(starts, default=0),
    )
    for each in standing:
        got = decoder.tap.take()
        output = 0
        for i, first in zip(each.prompts, each.first_rows, strict=True):
            of_output = {q: output + n for n, q in enumerate(positions[i])}
            output += len(positions[i])
            for place, wanted in enumerate(places[i]):
                for column, layer in enumerate(layers):
                    rows = [of_output[q] if layer == n_layers else first + q for q in wanted]
                    states[i, place, column] = got[layer][rows].mean(axis=0, dtype=np.float64)
        done += len(each.prompts)
        if progress is not None:
            progress(done, len(prompts))
    return states
