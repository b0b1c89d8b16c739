"""Forward passes: a shared prefix decoded once, suffixes in padded batches, states only where wanted.

Suffixes are padded on the right. Attention is causal, so padding behind a token cannot change it,
and no mask is needed. What follows a padded suffix (an answer's tokens) is decoded with the padding
masked out and its true positions given.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import torch

from localcluster.backends.encoding import EncodedPrompt, common_prefix, length_batches
from localcluster.backends.hf.batch import Batch, forked, padded
from localcluster.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: Tokens and prompts decoded at once; more makes a CPU no faster and costs memory.
BATCH_TOKENS = 2048
BATCH_ROWS = 64
#: Suffixes are padded to a multiple of this many tokens, each to the next one, whatever is decoded beside it.
#: A kernel sums a padded row in another order than a bare one, so a row is always padded alike; and on a CPU
#: each new shape is compiled first, which on 160 letters of different lengths took 50 of 60 seconds.
STEP = 16
#: Words of the vocabulary whose weights are widened to float32 at a time.
_SLICE = 16384
_FINAL_NORMS = ("norm", "final_layernorm", "final_layer_norm", "ln_f", "norm_f", "layer_norm")
#: Where a model around others keeps its decoder.
_INNER_MODELS = ("decoder", "language_model", "text_model")
#: Tokens that ways of decoding are compared on. On a dozen, rounding in bfloat16 alone may change a state
#: altogether; on these it changes it by 1%, and a wrong position by 20%.
_CHECKED = 48
#: Largest relative difference between two ways of decoding that rounding explains.
_ROUNDING = {torch.float32: 1e-3, torch.bfloat16: 0.1, torch.float16: 0.05}


class Decoder:
    """Runs a causal language model.

    Parameters
    ----------
    limit : int
        Longest sequence it will be given, answer included.

    Attributes
    ----------
    shares_prefix : bool
        Whether a prefix decoded once serves a whole batch. False for architectures that keep
        something other than keys and values, such as state-space models.
    continues : bool
        Whether a padded batch can be continued from its cache.

    Raises
    ------
    ModelError
        The model is not causal, or changes its logits in a way that is not known here.
    """

    def __init__(self, model: PreTrainedModel, limit: int) -> None:
        self._model = model
        self._limit = limit
        self._base = getattr(model, model.base_model_prefix)
        self._head = model.get_output_embeddings()
        self._config = model.config.get_text_config()
        self.n_layers: int = self._config.num_hidden_layers
        self.width: int = self._config.hidden_size
        self.device = model.get_input_embeddings().weight.device
        window = getattr(self._config, "sliding_window", None)
        self._windowed = bool(window and window < limit)
        self.shares_prefix = self.continues = True
        with torch.inference_mode():
            self._check()
        # Padding inside a row would count as distance within a window.
        self.continues = self.continues and not self._windowed

    @property
    def base(self) -> torch.nn.Module:
        """The model without its head."""
        return self._base  # type: ignore[no-any-return]

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
        """Decode all prompts, longest first.

        Parameters
        ----------
        firsts : sequence of int
            Of each prompt, the earliest position whose states are wanted.
        layers : sequence of int
            In ``1..n_layers``.
        keep : bool
            Whether the batches will be continued.
        exact : bool
            Whether what a prompt gets must not depend on the prompts beside it: then only those that are
            padded to the same length (:data:`STEP`) go together. Else kernels sum a row in another order, in
            bfloat16 by up to 4%. A float32 product of few rows may still be summed in another order than one
            of many, by 1e-6.
        """
        if not prompts:
            return
        sequences = [prompt.tokens for prompt in prompts]
        prefix = sequences[0][: min(common_prefix(sequences), *firsts)] if self.shares_prefix else ()
        start = len(prefix)
        shared = self._prefix_cache(prefix)
        lengths = [len(s) - start for s in sequences]
        for rows in length_batches(lengths, BATCH_TOKENS, BATCH_ROWS, padded=True, exact=exact, step=STEP):
            tokens, mask = padded([sequences[row][start:] for row in rows], STEP, self._limit - start)
            mask = torch.cat([torch.ones((len(rows), start), dtype=torch.long), mask], dim=1)
            cache = None
            if self.shares_prefix and (start or keep):
                cache = copy.deepcopy(shared)
                cache.batch_repeat_interleave(len(rows))
            states = self._states(tokens, layers, cache)
            totals = torch.tensor([len(sequences[row]) for row in rows], device=self.device)
            yield Batch(rows, [start] * len(rows), states, totals, mask.to(self.device), cache)

    @torch.inference_mode()
    def extend(self, batch: Batch, tokens: torch.Tensor, rows: torch.Tensor | None = None) -> torch.Tensor:
        """Last-layer states, (rows, n, width), of ``tokens``, (rows, n), that follow the batch's sequences.

        With ``rows`` (indices into the batch, repeats allowed) the batch is left as it was;
        without, it is lengthened by ``tokens``, which must then have no padding.
        """
        n = tokens.shape[1]
        mask, lengths, shifts, cache = batch.mask, batch.lengths, batch.shifts, batch.cache
        if rows is not None:
            mask, lengths, cache = mask[rows], lengths[rows], forked(cache, rows)
            shifts = shifts[rows] if isinstance(shifts, torch.Tensor) else shifts
        mask = torch.cat([mask, torch.ones_like(tokens, device=self.device)], dim=1)
        output = self._base(
            input_ids=tokens.to(self.device),
            attention_mask=mask,
            position_ids=(lengths + shifts)[:, None] + torch.arange(n, device=self.device),
            past_key_values=cache,
            use_cache=True,
        )
        if rows is None:
            batch.mask, batch.lengths = mask, lengths + n
        return output.last_hidden_state  # type: ignore[no-any-return]

    @torch.inference_mode()
    def logits(self, states: torch.Tensor, *, normed: bool = True) -> torch.Tensor:
        """float32 logits, (n, n_vocab), of last-layer states, or of earlier ones that still need the norm.

        Raises
        ------
        ModelError
            The final norm of this architecture is not found.
        """
        weight = self._head.weight
        states = states.to(weight.device, weight.dtype)
        if not normed:
            states = self._norm()(states)
        return self._finish(self._head(states).float())

    @torch.inference_mode()
    def exact_logits(self, states: torch.Tensor) -> torch.Tensor:
        """As :meth:`logits`, multiplied in float32 whatever the weights' type.

        A product in bfloat16 keeps 8 bits: two answers that differ by less than 0.06 nats come out equal, and
        a question asked in both orders then has no answer. The weights are widened a slice at a time.
        """
        weight = self._head.weight
        if weight.dtype == torch.float32 or not weight.dtype.is_floating_point:
            return self.logits(states)
        wide = states.to(weight.device, torch.float32)
        bias = getattr(self._head, "bias", None)
        parts = [
            torch.nn.functional.linear(
                wide,
                weight[start : start + _SLICE].float(),
                None if bias is None else bias[start : start + _SLICE].float(),
            )
            for start in range(0, len(weight), _SLICE)
        ]
        return self._finish(torch.cat(parts, dim=-1))

    def _finish(self, logits: torch.Tensor) -> torch.Tensor:
        """What some architectures do to logits after the head: Cohere and Granite scale, Gemma 2 caps."""
        if scale := getattr(self._config, "logit_scale", None):
            logits = logits * scale
        if scale := getattr(self._config, "logits_scaling", None):
            logits = logits / scale
        if cap := getattr(self._config, "final_logit_softcapping", None):
            logits = torch.tanh(logits / cap) * cap
        return logits

    def _norm(self) -> torch.nn.Module:
        inner = [getattr(self._base, name, None) for name in _INNER_MODELS]
        for owner in (self._base, *inner):
            for name in _FINAL_NORMS:
                if isinstance(module := getattr(owner, name, None), torch.nn.Module):
                    return module
        raise ModelError(
            f'The final norm of architecture "{self._config.model_type}" is not known, so only its last '
            "layer can be read as words. Use a GGUF file of the model."
        )

    def _prefix_cache(self, prefix: Sequence[int]) -> Any:
        if not self.shares_prefix:
            return None
        from transformers import DynamicCache

        # A cache of full layers, also for models with sliding windows: their masks keep the window.
        cache = DynamicCache()
        if len(prefix):
            self._base(
                input_ids=torch.tensor([prefix], device=self.device), past_key_values=cache, use_cache=True
            )
        return cache

    def _states(
        self, tokens: torch.Tensor, layers: Sequence[int], cache: Any, **given: torch.Tensor
    ) -> list[torch.Tensor]:
        inner = any(layer < self.n_layers for layer in layers)
        output = self._base(
            input_ids=tokens.to(self.device),
            past_key_values=cache,
            use_cache=cache is not None,
            output_hidden_states=inner,
            **given,
        )
        # The last entry of `hidden_states` is normed in most architectures, `last_hidden_state` in all.
        return [
            output.last_hidden_state if layer == self.n_layers else output.hidden_states[layer]
            for layer in layers
        ]

    def _check(self) -> None:
        """Compare all ways of decoding on some tokens, because architectures differ and few say how."""
        tokens = self._plain_tokens(_CHECKED)
        shared, known = _CHECKED // 2, 3 * _CHECKED // 4
        top = [self.n_layers]
        whole = self._states(torch.tensor([tokens]), top, None)[0]
        if not self._close(self._states(torch.tensor([tokens[:shared]]), top, None)[0], whole[:, :shared]):
            raise ModelError(
                f'The model ("{self._config.model_type}") looks ahead in a text, so it is no causal language '
                "model. As an embedder it may still do (--embedder, embedder)."
            )
        expected = self._model(input_ids=torch.tensor([tokens], device=self.device)).logits[0, -1:].float()
        if not self._close(self.logits(whole[0, -1:]), expected):
            raise ModelError(
                f'The architecture "{self._config.model_type}" changes its logits in a way that is not known '
                "here. Use a GGUF file of the model."
            )
        try:
            other = [*tokens[:shared], *[tokens[-1]] * (known - shared + 1)]
            prompts = [EncodedPrompt(tuple(t)) for t in (tokens[:known], other)]
            batch = next(self.batches(prompts, [shared, shared], top, keep=True))
            i = batch.rows.index(0)
            own = slice(shared - batch.starts[i], known - batch.starts[i])
            self.shares_prefix = self._close(batch.states[0][i, own], whole[0, shared:known])
            extended = self.extend(batch, torch.tensor([tokens[known:]] * 2))
            self.continues = self.shares_prefix and self._close(extended[i], whole[0, known:])
        except Exception:  # noqa: BLE001 - whatever it is, this architecture cannot; the plain way remains
            self.shares_prefix = self.continues = False

    def _plain_tokens(self, n: int) -> list[int]:
        """Tokens that stand for no picture, sound or video, different ones as far as there are enough."""
        settings = self._model.config.to_dict().items()
        reserved = {v for k, v in settings if k.endswith(("token_id", "token_index")) and isinstance(v, int)}
        size = self._model.get_input_embeddings().weight.shape[0]
        plain = [token for token in range(3, min(4 * n + 3, size)) if token not in reserved]
        return list(islice(cycle(plain), n))

    def _close(self, a: torch.Tensor, b: torch.Tensor) -> bool:
        tolerance = _ROUNDING.get(self._base.dtype, 0.1)
        return bool((a.float() - b.float()).norm() <= tolerance * b.float().norm())
