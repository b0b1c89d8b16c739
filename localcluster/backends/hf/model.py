"""A Hugging Face model as :class:`~localcluster.backends.base.LocalModel`."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import (
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
from localcluster.backends.hf.loading import inspect_source, load
from localcluster.backends.hf.lora import Adapted
from localcluster.backends.hf.placement import Quantize, place
from localcluster.backends.hf.portions import pictured, portions
from localcluster.errors import ModelError

if TYPE_CHECKING:
    from localcluster.backends.hf.decoder import Decoder
    from localcluster.backends.hf.loading import Loaded
    from localcluster.backends.hf.pictures import PictureReader
    from localcluster.backends.lora import Lora


class HFModel:
    """A causal language model, or one that reads pictures too, that transformers runs.

    Parameters
    ----------
    path : Path
        A folder in transformers format with safetensors, or a GGUF file, whose weights are
        unpacked while loading. A folder with a vision part is opened with it.
    device : str, optional
        ``"cpu"``, ``"cuda:0"``, ``"mps"``. A CUDA GPU by default if there is one, else the CPU.
    max_tokens_per_prompt : int
        Longer prompts get their texts shortened. The tokens of pictures are not counted.
    dtype : {"float32", "bfloat16", "float16"}, optional
        By default bfloat16 where the device computes in it, else float32.
    quantize : {"auto", "nf4", "none"}
        ``"auto"``: 4 bit on a GPU when 16-bit weights would take more than half of its free memory.
        ``"nf4"``: 4 bit, also on a CPU.
    lora : Lora, optional
        Adapter that hidden states are read with.

    Raises
    ------
    ModelError
        The model is incomplete, unknown to transformers, pickled, or does not fit into memory.

    Examples
    --------
    >>> model = HFModel(Path("models/qwen2.5-1.5b-instruct"))  # doctest: +SKIP
    >>> model.score([Prompt.ask("Is ice cold? Answer yes or no.")], [["yes", "no"]])  # doctest: +SKIP
    """

    @classmethod
    def open(cls, path: Path, how: Opening) -> HFModel:
        """Load a folder, or unpack a GGUF file."""
        return cls(path, device=how.device, max_tokens_per_prompt=how.max_tokens, lora=how.lora)

    def __init__(
        self,
        path: Path,
        *,
        device: str | None = None,
        max_tokens_per_prompt: int = MAX_TOKENS_PER_PROMPT,
        dtype: str | None = None,
        quantize: Quantize = "auto",
        lora: Lora | None = None,
    ) -> None:
        source = inspect_source(Path(path))
        placement = place(
            source.n_weights,
            device=device,
            dtype=dtype,
            quantize=quantize,
            can_quantize=not source.quantization,
            unpacking=source.gguf_file is not None,
        )
        loaded = load(source, placement)
        model, self._tokenizer = loaded.model, loaded.tokenizer
        self._trained = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        context_length = min(max_tokens_per_prompt, self._trained or max_tokens_per_prompt)
        template = self._tokenizer.chat_template(loaded.processor)
        self._decoder, self._reader = _decoder(
            loaded, template.picture_token, context_length, self._trained or context_length
        )
        self._encoder = PromptEncoder(
            template, self._tokenizer, context_length, self._reader.tokens if self._reader else None
        )
        # A GPU is slow at small batches, and padding is not all that rounds there.
        self._exact = placement.device == "cpu"
        self.info = ModelInfo(
            name=source.name,
            sha256=source.sha256(),
            engine="hf",
            architecture=source.architecture,
            n_layers=self._decoder.n_layers,
            width=self._decoder.width,
            n_vocab=model.get_output_embeddings().weight.shape[0],
            context_length=context_length,
            modalities=("text", "image") if self._reader else ("text",),
            quantization="/".join(q for q in (source.quantization, placement.quantization) if q),
            device=placement.device,
            adapter="" if lora is None else lora.sha256,
        )
        self._adapted = None if lora is None else Adapted(self._decoder.base, lora)

    def score(
        self,
        prompts: Sequence[Prompt],
        continuations: Sequence[Sequence[str]],
        *,
        progress: ProgressCallback | None = None,
    ) -> list[NDArray[np.float64]]:
        """See :meth:`localcluster.backends.base.LocalModel.score`."""
        from localcluster.backends.hf.answering import score_answers

        check_continuations(prompts, continuations)
        different = {text for choices in continuations for text in choices}
        known = {text: self._tokenizer.encode(text, special=False) for text in different}
        longest = max(map(len, known.values()), default=0)
        answers = [[known[text] for text in choices] for choices in continuations]
        scores: list[NDArray[np.float64]] = [np.zeros(0)] * len(prompts)
        advance = _counted(progress, len(prompts))
        for rows, encoded in self._portions(prompts, reserve=longest):
            found = score_answers(self._decoder, encoded, [answers[row] for row in rows], advance)
            for row, score in zip(rows, found, strict=True):
                scores[row] = score
        return scores

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
        states = np.zeros((len(prompts), len(at.places), len(layers), self.info.width), dtype=np.float32)
        advance = _counted(progress, len(prompts))
        with self._adapted.on() if self._adapted else nullcontext():
            for portion, encoded in self._portions(prompts):
                places = [token_places(e, at.places, self._tokenizer.piece) for e in encoded]
                firsts = [own_from(e, asked) for e, asked in zip(encoded, places, strict=True)]
                for batch in self._decoder.batches(encoded, firsts, layers, exact=self._exact):
                    for i, row in enumerate(batch.rows):
                        for p, positions in enumerate(places[row]):
                            for j in range(len(layers)):
                                states[portion[row], p, j] = batch.mean_state(i, j, positions).cpu().numpy()
                    advance(len(batch.rows))
        return states

    def generate(
        self,
        prompts: Sequence[Prompt],
        max_tokens: int,
        *,
        progress: ProgressCallback | None = None,
    ) -> list[str]:
        """See :meth:`localcluster.backends.base.LocalModel.generate`."""
        from localcluster.backends.hf.answering import generate_greedily

        texts = [""] * len(prompts)
        advance = _counted(progress, len(prompts))
        for rows, encoded in self._portions(prompts, reserve=max_tokens):
            answers = generate_greedily(self._decoder, encoded, max_tokens, self._tokenizer.ends, advance)
            for row, answer in zip(rows, answers, strict=True):
                texts[row] = self._tokenizer.text(answer)
        return texts

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

        for name in ("_decoder", "_reader", "_encoder"):
            self.__dict__.pop(name, None)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _portions(
        self, prompts: Sequence[Prompt], reserve: int = 0
    ) -> Iterator[tuple[list[int], list[EncodedPrompt]]]:
        """Rows to answer together, and their prompts as tokens: texts first, then some pictures at a time."""
        for rows in portions([pictured(prompt) for prompt in prompts]):
            if self._reader:
                self._reader.read([item for row in rows for item in pictured(prompts[row])])
            encoded = [self._encoder.encode(prompts[row], reserve=reserve) for row in rows]
            for e in encoded:
                self._check_length(e, reserve)
            yield rows, encoded

    def _check_length(self, prompt: EncodedPrompt, reserve: int) -> None:
        room = (self._trained or len(prompt) + reserve) - reserve
        if prompt.pictures and len(prompt) > room:
            taken = sum(p.stop - p.start for p in prompt.pictures)
            raise ModelError(
                f"{len(prompt.pictures)} pictures take {taken:,} of a prompt's {len(prompt):,} tokens, but "
                f"{self.info.name} reads at most {room:,}. Use a model with a longer context."
            )

    def _check_layers(self, layers: Sequence[int]) -> None:
        outside = [layer for layer in layers if not 1 <= layer <= self.info.n_layers]
        if outside:
            raise ModelError(
                f"Layer {outside[0]} was asked for, but {self.info.name} has layers 1..{self.info.n_layers}."
            )


def _counted(progress: ProgressCallback | None, total: int) -> Callable[[int], None]:
    done = 0

    def advance(n: int) -> None:
        nonlocal done
        done += n
        if progress and n:
            progress(done, total)

    return advance


def _decoder(
    loaded: Loaded, picture_token: str, limit: int, trained: int
) -> tuple[Decoder, PictureReader | None]:
    # torch takes seconds to import, and programs that never open such a model should not wait.
    from localcluster.backends.hf.decoder import Decoder

    if loaded.processor is None:
        return Decoder(loaded.model, limit), None
    from localcluster.backends.hf.pictures import PictureReader
    from localcluster.backends.hf.shared_items import PictureDecoder

    base = getattr(loaded.model, loaded.model.base_model_prefix)
    reader = PictureReader(loaded.processor, picture_token, base)
    # The tokens of pictures come on top of the limit.
    return PictureDecoder(loaded.model, trained, reader), reader
