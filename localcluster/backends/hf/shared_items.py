"""Forward passes with pictures: what prompts about one item share is decoded once per item.

A prompt about a picture shows the picture first and asks behind it, so all criteria and wordings share the
long part. It is decoded for several items at once, padded on the right; every question then continues the
keys and values of its item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from localcluster.backends.base import Item
from localcluster.backends.encoding import EncodedPrompt, PlacedPicture, common_prefix, length_batches
from localcluster.backends.hf.batch import Batch, forked, padded
from localcluster.backends.hf.decoder import BATCH_ROWS, BATCH_TOKENS, Decoder
from localcluster.backends.hf.pictures import PictureReader, noise_pictures
from localcluster.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: Tokens, prefix and question, whose keys and values a batch of questions holds.
_HELD_TOKENS = 2 * BATCH_TOKENS
#: What a forward pass raises when it does not get what it wants.
_FAILURES = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError)


@dataclass(frozen=True)
class _Family:
    """Prompts about the same item, and how many tokens they share."""

    rows: list[int]
    shared: int


class PictureDecoder(Decoder):
    """A :class:`Decoder` for prompts with and without pictures.

    Parameters
    ----------
    limit : int
        Longest text it will be given, answer included.

    Attributes
    ----------
    shares_items : bool
        Whether questions can continue the keys and values of a picture. Where they cannot, every prompt is
        decoded whole.
    """

    def __init__(self, model: PreTrainedModel, limit: int, reader: PictureReader) -> None:
        self._reader = reader
        self.shares_items = True
        super().__init__(model, limit)
        with torch.inference_mode():
            self._check_pictures()

    @torch.inference_mode()
    def batches(
        self,
        prompts: Sequence[EncodedPrompt],
        firsts: Sequence[int],
        layers: Sequence[int],
        *,
        keep: bool = False,
        exact: bool = False,
    ) -> Iterator[Batch]:
        """See :meth:`Decoder.batches`; prompts without pictures come first."""
        texts = [i for i, prompt in enumerate(prompts) if not prompt.pictures]
        self._forget_positions()
        for batch in super().batches(
            [prompts[i] for i in texts], [firsts[i] for i in texts], layers, keep=keep, exact=exact
        ):
            yield replace(batch, rows=[texts[row] for row in batch.rows])
        families, alone = self._families(prompts, exact)
        for rows in length_batches(
            [len(prompts[i]) for i in alone], BATCH_TOKENS, self._at_once, padded=True, exact=exact
        ):
            chosen = [alone[row] for row in rows]
            yield replace(self._read([prompts[row] for row in chosen], layers, keep), rows=chosen)
        for few in self._alike(families, exact):
            yield from self._questions(prompts, firsts, few, layers, keep, exact)

    def _alike(self, families: Sequence[_Family], exact: bool) -> Iterator[list[_Family]]:
        """Families to decode together."""
        # Padding between a picture and its question would count as distance within a window.
        exact = exact or self._windowed
        lengths = [family.shared for family in families]
        for few in length_batches(lengths, BATCH_TOKENS, self._at_once, padded=True, exact=exact):
            yield [families[f] for f in few]

    @property
    def _at_once(self) -> int:
        """Prompts with pictures in one forward pass; pixels of different pictures do not always stack."""
        return BATCH_ROWS if self._reader.remembers else 1

    def _families(self, prompts: Sequence[EncodedPrompt], exact: bool) -> tuple[list[_Family], list[int]]:
        """Prompts that share pictures and all tokens up to the last of them; and the others."""
        same: dict[object, list[int]] = {}
        for row, prompt in enumerate(prompts):
            if prompt.pictures:
                stop = prompt.pictures[-1].stop
                key = (tuple(self._reader.key(p.item) for p in prompt.pictures), prompt.tokens[:stop])
                same.setdefault(key if self.shares_items else row, []).append(row)
        families, alone = [], []
        for rows in same.values():
            tokens = [prompts[row].tokens for row in rows]
            stop = prompts[rows[0]].pictures[-1].stop
            # Every question keeps a token of its own: the states behind the prefix are what is asked for.
            shared = min(common_prefix(tokens), min(map(len, tokens)) - 1)
            if self.shares_items and exact and shared >= stop:
                # A question alone is decoded as it would be among others, and behind the same tokens.
                families.append(_Family(rows, stop))
            elif len(set(tokens)) > 1 and shared >= stop:
                families.append(_Family(rows, shared))
            else:
                alone += rows
        return families, alone

    def _read(self, prompts: Sequence[EncodedPrompt], layers: Sequence[int], keep: bool) -> Batch:
        """Decode whole prompts with pictures."""
        from transformers import DynamicCache

        tokens, mask = padded([prompt.tokens for prompt in prompts])
        mask = mask.to(self.device)
        given: dict[str, torch.Tensor] = {"attention_mask": mask, **self._about_tokens(prompts, tokens.shape)}
        cache = DynamicCache() if keep else None
        self._forget_positions()
        placed = [placed for prompt in prompts for placed in prompt.pictures]
        with self._reader.shown([p.item for p in placed]) as pictures:
            states = self._states(tokens, layers, cache, **given, **pictures)
        rows, starts = list(range(len(prompts))), [0] * len(prompts)
        return Batch(rows, starts, states, mask.sum(dim=1), mask, cache, self._shifts(mask))

    def _questions(
        self,
        prompts: Sequence[EncodedPrompt],
        firsts: Sequence[int],
        families: Sequence[_Family],
        layers: Sequence[int],
        keep: bool,
        exact: bool,
    ) -> Iterator[Batch]:
        """Decode what some families share, then the questions of all of them."""
        heads = [replace(prompts[f.rows[0]], tokens=prompts[f.rows[0]].tokens[: f.shared]) for f in families]
        early = any(firsts[row] < f.shared for f in families for row in f.rows)
        head = self._read(heads, layers if early else [], keep=True)
        members = [(k, row) for k, f in enumerate(families) for row in f.rows]
        tails = [prompts[row].tokens[families[k].shared :] for k, row in members]
        lengths = [len(tail) for tail in tails]
        width = head.mask.shape[1]
        at_once = min(max(_HELD_TOKENS // (width + max(lengths)), 1), BATCH_ROWS)
        for chosen in length_batches(lengths, BATCH_TOKENS, at_once, padded=True, exact=exact):
            tokens, mask = padded([tails[m] for m in chosen])
            owners = torch.tensor([members[m][0] for m in chosen], device=self.device)
            cache, shifts = forked(head.cache, owners), _pick(head.shifts, owners)
            mask = torch.cat([head.mask[owners], mask.to(self.device)], dim=1)
            positions = (head.lengths[owners] + shifts)[:, None] + torch.arange(
                tokens.shape[1], device=self.device
            )
            states = self._states(tokens, layers, cache, attention_mask=mask, position_ids=positions)
            before = [[layer[k] for layer in head.states] for k in owners.tolist()] if early else None
            starts = [families[members[m][0]].shared for m in chosen]
            rows = [members[m][1] for m in chosen]
            yield Batch(rows, starts, states, mask.sum(dim=1), mask, cache if keep else None, shifts, before)

    def _check_pictures(self) -> None:
        """Find out what this architecture allows, as :meth:`Decoder._check` does, on two pictures of noise.

        Raises
        ------
        ModelError
            Even a plain pass over a picture fails.
        """
        top, words = [self.n_layers], self._plain_tokens(9)
        with noise_pictures() as items:
            able, self._reader.remembers = self._reader.remembers, False
            try:
                self._reader.read(items)
                asked = [self._about(item, words[:2], words[2:6]) for item in items]
                plain = [self._read([prompt], top, keep=False).states[0][0] for prompt in asked]
            except _FAILURES as error:
                raise ModelError(
                    f'The architecture "{self._model.config.model_type}" cannot be shown pictures here: '
                    f"{type(error).__name__}: {error}. Choose another model (--llm, llm)."
                ) from error
            self._reader.remembers = able and self._works(lambda: self._remembers_right(items, asked, plain))
            self._reader.forget()
            self._reader.read(items)
            others = [self._about(item, words[:2], words[6:8]) for item in items]
            self.shares_items = self._works(lambda: self._shares_right(asked, others, plain))
            self._reader.forget()

    def _about(self, item: Item, before: Sequence[int], after: Sequence[int]) -> EncodedPrompt:
        picture = self._reader.tokens(item)
        placed = PlacedPicture(item, len(before), len(before) + len(picture))
        return EncodedPrompt((*before, *picture, *after), pictures=(placed,))

    def _remembers_right(
        self, items: Sequence[Item], asked: Sequence[EncodedPrompt], plain: Sequence[torch.Tensor]
    ) -> bool:
        self._reader.remembers = True
        self._reader.forget()
        self._reader.read(items)
        states = self._read(asked, [self.n_layers], keep=False).states[0]
        return all(self._close(states[i, : len(whole)], whole) for i, whole in enumerate(plain))

    def _shares_right(
        self,
        asked: Sequence[EncodedPrompt],
        others: Sequence[EncodedPrompt],
        plain: Sequence[torch.Tensor],
    ) -> bool:
        begun = [replace(prompt, tokens=prompt.tokens[:-1]) for prompt in asked]
        prompts = [*begun, *others]
        for batch in self.batches(prompts, [len(p) - 1 for p in prompts], [self.n_layers], keep=True):
            last = torch.tensor([[asked[row % len(asked)].tokens[-1]] for row in batch.rows])
            before, behind = batch.last_states(), self.extend(batch, last)[:, -1]
            for i, row in enumerate(batch.rows):
                if row < len(asked):
                    if not self._close(before[i], plain[row][-2]):
                        return False
                    self.continues = self.continues and self._close(behind[i], plain[row][-1])
        return True

    def _works(self, check: Callable[[], bool]) -> bool:
        try:
            return check()
        except Exception:  # noqa: BLE001 - whatever it is, this architecture cannot; the plain way remains
            return False

    def _about_tokens(
        self, prompts: Sequence[EncodedPrompt], shape: tuple[int, ...]
    ) -> dict[str, torch.Tensor]:
        """What the processor says about each token, for whole prompts: 0 where there is text."""
        about: dict[str, torch.Tensor] = {}
        for i, prompt in enumerate(prompts):
            for placed in prompt.pictures:
                for key, values in self._reader.picture(placed.item).per_token.items():
                    whole = about.setdefault(key, torch.zeros(shape, dtype=values.dtype, device=self.device))
                    whole[i, placed.start : placed.stop] = values
        return about

    def _forget_positions(self) -> None:
        # Qwen's models keep the positions of the pictures they saw last and would use them for other prompts.
        if hasattr(self._base, "rope_deltas"):
            self._base.rope_deltas = None

    def _shifts(self, mask: torch.Tensor) -> torch.Tensor:
        """Positions minus tokens behind the pictures just read, (rows,)."""
        deltas = getattr(self._base, "rope_deltas", None)
        none = torch.zeros(len(mask), dtype=torch.long, device=mask.device)
        return none if deltas is None else none + deltas.to(mask.device).reshape(-1)


def _pick(shifts: torch.Tensor | int, rows: torch.Tensor) -> torch.Tensor | int:
    return shifts[rows] if isinstance(shifts, torch.Tensor) else shifts
