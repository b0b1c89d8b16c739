"""A Hugging Face model as :class:`~localcluster.backends.base.LocalModel`."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import LAST_TOKEN, ModelInfo, ProgressCallback, Prompt, TokenSelector
from localcluster.backends.hf.loading import inspect_source, load
from localcluster.backends.hf.placement import Quantize, place
from localcluster.backends.layout import (
    MAX_TOKENS_PER_PROMPT,
    EncodedPrompt,
    PromptEncoder,
    token_places,
)
from localcluster.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from localcluster.backends.hf.answering import Constraint
    from localcluster.backends.hf.grammar import GrammarMaker


class HFModel:
    """A causal language model that transformers runs.

    Parameters
    ----------
    path : Path
        A folder in transformers format with safetensors, or a GGUF file, whose weights are
        unpacked while loading.
    device : str, optional
        ``"cpu"``, ``"cuda:0"``, ``"mps"``. A CUDA GPU by default if there is one, else the CPU.
    max_tokens_per_prompt : int
        Longer prompts get their items shortened.
    dtype : {"float32", "bfloat16", "float16"}, optional
        By default bfloat16 where the device computes in it, else float32.
    quantize : {"auto", "nf4", "none"}
        ``"auto"``: 4 bit on a GPU when 16-bit weights would take more than half of its free memory.
        ``"nf4"``: 4 bit, also on a CPU.

    Raises
    ------
    ModelError
        The model is incomplete, unknown to transformers, pickled, or does not fit into memory.

    Examples
    --------
    >>> model = HFModel(Path("models/qwen2.5-1.5b-instruct"))  # doctest: +SKIP
    >>> model.score([Prompt.ask("Is ice cold? Answer yes or no.")], [["yes", "no"]])  # doctest: +SKIP
    """

    def __init__(
        self,
        path: Path,
        *,
        device: str | None = None,
        max_tokens_per_prompt: int = MAX_TOKENS_PER_PROMPT,
        dtype: str | None = None,
        quantize: Quantize = "auto",
    ) -> None:
        # torch takes seconds to import, and programs that never open such a model should not wait.
        from localcluster.backends.hf.decoder import Decoder

        source = inspect_source(Path(path))
        placement = place(
            source.n_weights,
            device=device,
            dtype=dtype,
            quantize=quantize,
            can_quantize=not source.quantization,
            unpacking=source.gguf_file is not None,
        )
        model, self._tokenizer = load(source, placement)
        trained = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        context_length = min(max_tokens_per_prompt, trained or max_tokens_per_prompt)
        self._decoder = Decoder(model, context_length)
        self._encoder = PromptEncoder(self._tokenizer.chat_template(), self._tokenizer, context_length)
        self._gguf = Path(path) if source.gguf_file else None
        self._grammars: GrammarMaker | None = None
        self.info = ModelInfo(
            name=source.name,
            sha256=source.sha256(),
            engine="hf",
            architecture=source.architecture,
            n_layers=self._decoder.n_layers,
            width=self._decoder.width,
            n_vocab=model.get_output_embeddings().weight.shape[0],
            context_length=context_length,
            quantization="/".join(q for q in (source.quantization, placement.quantization) if q),
            device=placement.device,
        )

    def score(
        self,
        prompts: Sequence[Prompt],
        continuations: Sequence[Sequence[str]],
        *,
        progress: ProgressCallback | None = None,
    ) -> list[NDArray[np.float64]]:
        """See :meth:`localcluster.backends.base.LocalModel.score`."""
        from localcluster.backends.hf.answering import score_answers

        if len(prompts) != len(continuations):
            raise ConfigError(
                f"{len(prompts)} prompts came with continuations for {len(continuations)}; "
                "give one list per prompt."
            )
        different = {text for choices in continuations for text in choices}
        known = {text: self._tokenizer.encode(text, special=False) for text in different}
        longest = max(map(len, known.values()), default=0)
        answers = [[known[text] for text in choices] for choices in continuations]
        encoded = self._encode(prompts, reserve=longest)
        return score_answers(
            self._decoder, [e.tokens for e in encoded], answers, _counted(progress, len(prompts))
        )

    def hidden_states(
        self,
        prompts: Sequence[Prompt],
        layers: Sequence[int],
        at: TokenSelector = LAST_TOKEN,
        *,
        progress: ProgressCallback | None = None,
    ) -> NDArray[np.float32]:
        """See :meth:`localcluster.backends.base.LocalModel.hidden_states`."""
        self._check_layers(layers)
        encoded = self._encode(prompts)
        places = [token_places(e, at.places, self._tokenizer.piece) for e in encoded]
        states = np.zeros((len(prompts), len(at.places), len(layers), self.info.width), dtype=np.float32)
        first = min((i for asked in places for positions in asked for i in positions), default=0)
        advance = _counted(progress, len(prompts))
        for batch in self._decoder.batches([e.tokens for e in encoded], first, layers):
            for i, row in enumerate(batch.rows):
                for p, positions in enumerate(places[row]):
                    here = [position - batch.start for position in positions]
                    for j, layer_states in enumerate(batch.states):
                        states[row, p, j] = layer_states[i, here].float().mean(dim=0).cpu().numpy()
            advance(len(batch.rows))
        return states

    def generate(
        self,
        prompts: Sequence[Prompt],
        max_tokens: int,
        grammar: str | None = None,
        *,
        progress: ProgressCallback | None = None,
    ) -> list[str]:
        """See :meth:`localcluster.backends.base.LocalModel.generate`.

        Raises
        ------
        ModelError
            A grammar was given and the model is not a GGUF file, or the grammar is invalid.
        """
        from localcluster.backends.hf.answering import generate_greedily

        constraint = self._constraint(grammar) if grammar else None
        tokens = [e.tokens for e in self._encode(prompts, reserve=max_tokens)]
        advance = _counted(progress, len(prompts))
        answers = generate_greedily(
            self._decoder, tokens, max_tokens, self._tokenizer.ends, constraint, advance
        )
        return [self._tokenizer.text(answer) for answer in answers]

    def logit_lens(self, states: NDArray[np.float32], layer: int) -> NDArray[np.float32]:
        """See :meth:`localcluster.backends.base.LocalModel.logit_lens`."""
        import torch

        self._check_layers([layer])
        given = torch.from_numpy(np.ascontiguousarray(states, dtype=np.float32))
        logits = self._decoder.logits(given, normed=layer == self.info.n_layers)
        return logits.cpu().numpy()

    def vocabulary(self) -> list[str]:
        """See :meth:`localcluster.backends.base.LocalModel.vocabulary`."""
        return self._tokenizer.vocabulary(self.info.n_vocab)

    def close(self) -> None:
        """Free the weights. The model cannot be used afterwards."""
        import torch

        self.__dict__.pop("_decoder", None)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _encode(self, prompts: Sequence[Prompt], reserve: int = 0) -> list[EncodedPrompt]:
        return [self._encoder.encode(prompt, reserve=reserve) for prompt in prompts]

    def _check_layers(self, layers: Sequence[int]) -> None:
        outside = [layer for layer in layers if not 1 <= layer <= self.info.n_layers]
        if outside:
            raise ModelError(
                f"Layer {outside[0]} was asked for, but {self.info.name} has layers 1..{self.info.n_layers}."
            )

    def _constraint(self, grammar: str) -> Callable[[], Constraint]:
        if self._gguf is None:
            raise ModelError(
                "Answers bound by a grammar need a GGUF file of the model. Use one, with any engine."
            )
        from localcluster.backends.hf.grammar import GrammarMaker

        if self._grammars is None:
            self._grammars = GrammarMaker(self._gguf)
        return self._grammars.of(grammar)


def _counted(progress: ProgressCallback | None, total: int) -> Callable[[int], None]:
    done = 0

    def advance(n: int) -> None:
        nonlocal done
        done += n
        if progress and n:
            progress(done, total)

    return advance
