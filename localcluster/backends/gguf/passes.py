"""Batches of prompts through a :class:`Decoder`: the shared prefix once, then what differs, together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from localcluster.backends.encoding import common_prefix, length_batches
from localcluster.backends.gguf.decoder import PREFIX_SEQUENCE, Decoder, Stretch

#: Tokens that fill the matrix units; more per batch only costs attention to other prompts' tokens.
BATCH_TOKENS = 512
#: Shorter shared prefixes are not worth an extra call.
_SHORTEST_PREFIX = 4


@dataclass(frozen=True)
class Pass:
    """Prompts that stand decoded in memory.

    Attributes
    ----------
    prompts : list of int
        Their indices.
    sequences : list of int
        The sequence of each; free again once the next pass is asked for.
    first_rows : list of int
        Batch row of position 0 of each; negative where the shared prefix comes first.
    """

    prompts: list[int]
    sequences: list[int]
    first_rows: list[int]


def passes(
    decoder: Decoder,
    prompts: Sequence[Sequence[int]],
    outputs: Sequence[Sequence[int]],
    *,
    at_once: int,
    share: bool = True,
    own_from: int | None = None,
    growth: int = 0,
) -> Iterator[Pass]:
    """Decode all prompts, batch by batch.

    Parameters
    ----------
    prompts : sequence of token lists
        None of them empty.
    outputs : sequence of position lists
        Positions of each prompt whose logits are wanted.
    at_once : int
        Most prompts per batch.
    share : bool
        Whether the memory can fork in the middle of a sequence. Recurrent models cannot.
    own_from : int, optional
        Every prompt decodes its positions from here on itself, even where all are equal, because
        they are to be looked at. Default: the last position.
    growth : int
        Tokens that each sequence will still grow by while its pass stands.
    """
    decoder.clear()
    prefix = 0
    # Also for a single prompt whose beginning is told: it is decoded as it would be among others.
    if share and (len(prompts) > 1 or (prompts and own_from is not None)):
        shortest = min(len(p) for p in prompts) - 1
        needed = min((positions[0] for positions in outputs if positions), default=shortest)
        prefix = min(common_prefix(prompts), shortest, needed, shortest if own_from is None else own_from)
        prefix = prefix if prefix >= _SHORTEST_PREFIX else 0
    if prefix:
        decoder.decode([Stretch(PREFIX_SEQUENCE, 0, prompts[0][:prefix])])
    if growth:
        at_once = min(at_once, max(1, decoder.shape.growth // growth))
    for batch in length_batches([len(p) - prefix for p in prompts], BATCH_TOKENS, at_once):
        stretches, first_rows, row = [], [], 0
        for sequence, i in enumerate(batch, start=PREFIX_SEQUENCE + 1):
            if prefix:
                decoder.fork(PREFIX_SEQUENCE, sequence)
            own = prompts[i][prefix:]
            stretches.append(Stretch(sequence, prefix, own, [p - prefix for p in outputs[i]]))
            first_rows.append(row - prefix)
            row += len(own)
        decoder.decode(stretches)
        yield Pass(batch, [s.sequence for s in stretches], first_rows)
        for stretch in stretches:
            decoder.forget(stretch.sequence)
