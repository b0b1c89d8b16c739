"""A GGUF file as :class:`localcluster.backends.base.LocalModel`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import llama_cpp.llama_cpp as C
import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import (
    ITEM_MEAN,
    LAST_TOKEN,
    ModelInfo,
    ProgressCallback,
    Prompt,
    TokenSelector,
    check_continuations,
)
from localcluster.backends.encoding import (
    MAX_TOKENS_PER_PROMPT,
    EncodedPrompt,
    PromptEncoder,
    own_from,
    token_places,
)
from localcluster.backends.engines import Opening
from localcluster.backends.gguf import native
from localcluster.backends.gguf.cpu import has_amx, usable_cores
from localcluster.backends.gguf.decoder import Decoder, Shape
from localcluster.backends.gguf.generation import generate_text
from localcluster.backends.gguf.header import read_header
from localcluster.backends.gguf.lens import LogitLens
from localcluster.backends.gguf.lora import load_lora
from localcluster.backends.gguf.passes import BATCH_TOKENS
from localcluster.backends.gguf.scoring import score_tokens
from localcluster.backends.gguf.states import collect_states
from localcluster.backends.gguf.tap import HiddenTap
from localcluster.backends.gguf.threads import ThreadTuner
from localcluster.backends.gguf.vocabulary import GGUFTokenizer
from localcluster.backends.lora import Lora
from localcluster.backends.probe import probe
from localcluster.backends.template import ChatTemplate
from localcluster.errors import ConfigError, ModelError
from localcluster.registry.checksum import sha256_of

#: Tokens of one batch whose logits are kept, unless a call needs more.
_OUTPUTS = 64


class GGUFModel:
    """A language model run by llama.cpp in this process.

    Use :func:`localcluster.backends.open_model.open_model`, which first tries an unknown file in a
    child process, because llama.cpp aborts the process on some files.

    Parameters
    ----------
    path : Path
        The .gguf file (the first part of a split one).
    extra_buffers : bool
        Let llama.cpp repack the weights. Off by default: on CPUs with AMX the repacked kernels crash
        (ggml-org/llama.cpp#20824), and there it stays off whatever is asked for.
    device : str, optional
        ``"cpu"``, or anything else for the GPU. Default: the GPU if llama.cpp was built for one.
    max_tokens_per_prompt : int
        Longer prompts have their items shortened. At most the model's own context length.
    sha256 : str, optional
        Checksum of the file, where it is known already.
    threads : int, optional
        Default: as many as are fastest; their number does not change results.
    lora : Lora, optional
        Adapter that hidden states are read with.

    Raises
    ------
    ModelError
        The file cannot be loaded.
    """

    @classmethod
    def open(cls, path: Path, how: Opening) -> GGUFModel:
        """Try an unknown file in a child process, then load it into this one."""
        probed = probe(path, how.findings)
        return cls(
            path,
            extra_buffers=probed.extra_buffers,
            device=how.device,
            max_tokens_per_prompt=how.max_tokens,
            sha256=probed.sha256,
            lora=how.lora,
        )

    def __init__(
        self,
        path: Path,
        *,
        extra_buffers: bool = False,
        device: str | None = None,
        max_tokens_per_prompt: int = MAX_TOKENS_PER_PROMPT,
        sha256: str | None = None,
        threads: int | None = None,
        lora: Lora | None = None,
    ) -> None:
        header = read_header(path)
        gpu = native.can_offload() and device != "cpu"
        if device not in (None, "cpu") and not gpu:
            raise ModelError(
                f'The device "{device}" was asked for, but llama-cpp-python {native.version()} was built '
                "without GPU support. Build it for the GPU, or use transformers (--engine hf, engine='hf')."
            )
        self._weights = native.load_weights(path, extra_buffers=extra_buffers and not has_amx(), gpu=gpu)
        pointer = self._weights.pointer
        self._lora = None if lora is None else load_lora(self._weights, header, lora)
        self._tokenizer = GGUFTokenizer(
            self._weights, adds_space=bool(header.metadata.get("tokenizer.ggml.add_space_prefix", True))
        )
        limit = min(max_tokens_per_prompt, int(C.llama_model_n_ctx_train(pointer)))
        template = ChatTemplate(
            header.metadata.get("tokenizer.chat_template"),
            self._tokenizer.bos_name,
            self._tokenizer.eos_name,
        )
        self._encoder = PromptEncoder(template, self._tokenizer, limit)
        self._forkable = not (C.llama_model_is_recurrent(pointer) or C.llama_model_is_hybrid(pointer))
        self._header = header
        cores = usable_cores()
        self._threads = threads or (cores if gpu else ThreadTuner(cores))
        self._lens: LogitLens | None = None
        # Listening to the graph slows every step, so generation and scoring use a context without a tap.
        self._decoders: dict[bool, Decoder] = {}
        self.info = ModelInfo(
            name=path.name,
            sha256=sha256 or sha256_of(path),
            engine="gguf",
            architecture=header.architecture,
            n_layers=int(C.llama_model_n_layer(pointer)),
            width=int(C.llama_model_n_embd(pointer)),
            n_vocab=self._tokenizer.n_tokens,
            context_length=limit,
            quantization=header.quantization,
            device=("metal" if sys.platform == "darwin" else "gpu") if gpu else "cpu",
            adapter="" if lora is None else lora.sha256,
        )

    def score(
        self,
        prompts: Sequence[Prompt],
        continuations: Sequence[Sequence[str]],
        *,
        progress: ProgressCallback | None = None,
    ) -> list[NDArray[np.float64]]:
        """See :meth:`localcluster.backends.base.LocalModel.score`."""
        check_continuations(prompts, continuations)
        known = {c: self._tokenizer.encode(c, special=False) for each in continuations for c in each}
        longest = max(map(len, known.values()), default=0)
        return score_tokens(
            self._decoder(outputs=longest),
            [e.tokens for e in self._encoded(prompts, reserve=longest)],
            [[known[c] for c in each] for each in continuations],
            forkable=self._forkable,
            progress=progress,
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
        encoded = self._encoded(prompts)
        if ITEM_MEAN in at.places and self.info.n_layers in layers:
            outputs = max((sum(b - a for a, b in e.items) + len(at.places) for e in encoded), default=0)
        else:
            outputs = len(at.places)
        places = [token_places(e, at.places, self._tokenizer.piece) for e in encoded]
        return collect_states(
            self._decoder(outputs=outputs, tapped=True),
            [e.tokens for e in encoded],
            places,
            layers,
            starts=[own_from(e, asked) for e, asked in zip(encoded, places, strict=True)],
            n_layers=self.info.n_layers,
            width=self.info.width,
            n_places=len(at.places),
            forkable=self._forkable,
            exact=self.info.device == "cpu",
            progress=progress,
        )

    def generate(
        self,
        prompts: Sequence[Prompt],
        max_tokens: int,
        *,
        progress: ProgressCallback | None = None,
    ) -> list[str]:
        """See :meth:`localcluster.backends.base.LocalModel.generate`."""
        if max_tokens < 1:
            raise ConfigError(f"max_tokens is {max_tokens}; an answer needs at least 1.")
        return generate_text(
            self._decoder(),
            self._tokenizer,
            [e.tokens for e in self._encoded(prompts, reserve=max_tokens)],
            max_tokens,
            forkable=self._forkable,
            progress=progress,
        )

    def logit_lens(self, states: NDArray[np.float32], layer: int) -> NDArray[np.float32]:
        """See :meth:`localcluster.backends.base.LocalModel.logit_lens`."""
        if self._lens is None:
            self._lens = LogitLens(self._header)
        return self._lens.logits(states, normed=layer == self.info.n_layers)

    def vocabulary(self) -> list[str]:
        """See :meth:`localcluster.backends.base.LocalModel.vocabulary`."""
        return self._tokenizer.words()

    def close(self) -> None:
        """Free the weights. The model cannot be used afterwards."""
        for decoder in self._decoders.values():
            decoder.close()
        self._decoders.clear()
        self._weights.close()

    def _encoded(self, prompts: Sequence[Prompt], reserve: int = 0) -> list[EncodedPrompt]:
        encoded = [self._encoder.encode(prompt, reserve=reserve) for prompt in prompts]
        if not all(len(e) for e in encoded):
            raise ModelError("A prompt is empty: it needs at least one word of text.")
        return encoded

    def _decoder(self, outputs: int = 0, *, tapped: bool = False) -> Decoder:
        decoder = self._decoders.get(tapped)
        if decoder is not None and decoder.shape.outputs >= outputs:
            return decoder
        if decoder is not None:
            decoder.close()
        limit = self.info.context_length
        shape = Shape(
            batch=max(BATCH_TOKENS, limit),
            growth=0 if tapped else max(BATCH_TOKENS, limit),
            outputs=max(_OUTPUTS, outputs),
        )
        tap = HiddenTap(self.info.n_layers, self.info.width) if tapped else None
        lora = self._lora if tapped else None
        self._decoders[tapped] = decoder = Decoder(self._weights, shape, self._threads, tap, lora)
        return decoder
