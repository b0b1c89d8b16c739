"""The fast reader: a sentence embedder that was taught to read a text by a criterion.

Criterion and text stand in one sequence, so that attention carries the words of the criterion into the
states of the text; their mean is the text's vector *by that criterion*. It is what ESMC takes from the
hidden states of a large model, at the price of a sentence embedder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows
from localcluster.backends.hf.quiet import quiet_and_local
from localcluster.embed.view import Standardizer, View
from localcluster.embed.weight_change import apply_change
from localcluster.errors import ModelError
from localcluster.registry.checksum import sha256_of

if TYPE_CHECKING:
    import torch

#: Tokens read of criterion and text together.
MAX_TOKENS = 256
#: Texts of one batch, and texts between two progress reports.
BATCH, CHUNK = 32, 256
#: Characters looked at: no window holds more.
MAX_CHARACTERS = 4_000


def pair_inputs(
    tokenizer: Any, criterion: str, texts: Sequence[str], max_tokens: int = MAX_TOKENS
) -> dict[str, torch.Tensor]:
    """Criterion and text of every row as one sequence; a long text is cut, the criterion never is."""
    encoded = tokenizer(
        [criterion] * len(texts),
        [text[:MAX_CHARACTERS] or " " for text in texts],
        truncation="only_second",
        max_length=max_tokens,
        padding=True,
        return_tensors="pt",
    )
    return {name: encoded[name] for name in ("input_ids", "attention_mask", "token_type_ids")}


def text_states(model: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Mean of the last layer's states over the tokens of the text, float32, shape (n, width)."""
    states = model(**inputs).last_hidden_state.float()
    of_text = (inputs["attention_mask"] * inputs["token_type_ids"]).unsqueeze(-1).float()
    mean: torch.Tensor = (states * of_text).sum(1) / of_text.sum(1).clamp(min=1.0)
    return mean


class CriterionReader(Protocol):
    """What a run asks of a fast reader; ``sha256`` tells it from others."""

    name: str
    sha256: str

    def read(
        self, texts: Sequence[str], criterion: str, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors by the criterion, float32, shape (n, width), unit length, not centred."""
        ...


class FastReader:
    """Reads texts by a criterion with a taught sentence embedder.

    Parameters
    ----------
    model, tokenizer : transformers objects
        The embedder with its adapter in place.
    name, sha256 : str
        For the report, and for what is stored.
    """

    @classmethod
    def open(cls, base: Path, change: Path, device: str | None = None) -> FastReader:
        """The embedder in the folder ``base`` with what training changed of it.

        Parameters
        ----------
        change : Path
            The file that ``scripts/train_reader/ship.py`` wrote.

        Raises
        ------
        ModelError
            Either cannot be read, or they do not belong together.
        """
        import torch

        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        try:
            with quiet_and_local():
                from transformers import AutoModel, AutoTokenizer

                tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
                model = AutoModel.from_pretrained(
                    base, local_files_only=True, use_safetensors=True, add_pooling_layer=False
                )
        except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(f"The embedder {base} cannot be loaded as a reader ({reason}).") from error
        apply_change(change, model)
        return cls(model.to(place), tokenizer, change.stem, sha256_of(change))

    def __init__(self, model: Any, tokenizer: Any, name: str, sha256: str) -> None:
        self._model = model.eval()
        self._tokenizer = tokenizer
        self.name = name
        self.sha256 = sha256

    def read(
        self, texts: Sequence[str], criterion: str, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors by the criterion, float32, shape (n, width), unit length, not centred."""
        import torch

        order = np.argsort([len(text) for text in texts], kind="stable")
        out: NDArray[np.float32] | None = None
        device = next(self._model.parameters()).device
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            inputs = pair_inputs(self._tokenizer, criterion, [texts[row] for row in rows])
            inputs = {key: value.to(device) for key, value in inputs.items()}
            with torch.inference_mode():
                part = text_states(self._model, inputs).cpu().numpy()
            if out is None:
                out = np.empty((len(order), part.shape[1]), np.float32)
            out[rows] = part
            done = min(start + BATCH, len(order))
            if progress is not None and (done % CHUNK == 0 or done == len(order)):
                progress(done, len(order))
        if out is None:
            raise ValueError("There is no text to read.")
        if not np.isfinite(out).all():
            raise ModelError(
                f"The {self.name} returned vectors that are not finite numbers. Go without it: --adapter none"
            )
        return unit_rows(out)


def reader_view(vectors: NDArray[np.float32]) -> View:
    """The fast reader's vectors as a view: what all rows share by the criterion is taken out."""
    standardizer = Standardizer.centring(vectors)
    return View("reader", "reader", standardizer.apply(vectors), standardizer)
