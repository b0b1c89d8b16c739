"""Fine-tune the sentence embedder on answered triplets, whole or by LoRA: ClusterLLM's contrastive loss.

Section 3.1, equation 4.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from localcluster.arrays import unit_rows
from localcluster.backends.hf.quiet import quiet_and_local
from localcluster.embed.sentence import MAX_CHARACTERS

if TYPE_CHECKING:
    from peft import PeftModel
    from sentence_transformers import SentenceTransformer

Advance = Callable[[int, int], None]
#: One of :data:`~localcluster.config.FINE_TUNING`.
TuningMethod: TypeAlias = str


@dataclass(frozen=True)
class TuningSettings:
    """How to fine-tune.

    Attributes
    ----------
    epochs, batch : int
        Most passes over the triplets, and triplets per step; in-batch candidates are the choices of
        the whole batch.
    """

    learning_rate: float
    temperature: float
    epochs: int
    batch: int


#: Of MiniLM with its 22M parameters. The paper's 2e-6, 0.01, 15 epochs and batches of 4 (``papers``) are for
#: Instructor-large on a GPU; here they hardly move the loss. A tenfold rate, a wider temperature and larger
#: batches train as far in a third of the passes (``benchmarks/quality/triplets.py adaptation``).
SETTINGS: Mapping[TuningMethod, TuningSettings] = {
    "full": TuningSettings(2e-5, 0.05, 5, 32),
    "lora": TuningSettings(5e-4, 0.05, 5, 32),
}
#: Rank of the LoRA matrices, and what they are scaled by.
LORA_RANK, LORA_ALPHA = 8, 16
#: Tokens of a text that training sees; encoding sees all that the embedder takes.
TRAINING_TOKENS = 96
#: Share of the training answers that decides when to stop.
STOPPING_SHARE = 0.15
MAX_GRADIENT = 1.0


@dataclass(frozen=True)
class Tuned:
    """A fine-tuned embedder and how its training went.

    Attributes
    ----------
    model : SentenceTransformer
        With LoRA merged into the weights.
    epoch : int
        Passes kept: those with the lowest loss on the answers that decide when to stop; 0 is the start.
    losses : tuple of float
        That loss before training and after each pass.
    """

    model: SentenceTransformer
    epoch: int
    losses: tuple[float, ...]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, float32, shape (n, d)."""
        short = [text[:MAX_CHARACTERS] for text in texts]
        vectors = self.model.encode(short, batch_size=64, convert_to_numpy=True, show_progress_bar=False)
        return unit_rows(np.asarray(vectors, dtype=np.float32))


def finetune(
    model: SentenceTransformer,
    texts: Sequence[str],
    query: NDArray[np.int64],
    positive: NDArray[np.int64],
    negative: NDArray[np.int64],
    weight: NDArray[np.floating],
    seed: int,
    method: TuningMethod = "full",
    settings: TuningSettings | None = None,
    progress: Advance | None = None,
) -> Tuned:
    """Train a copy of ``model``; the one given is left as it is.

    The loss is the cross-entropy of the positive against the negative and the choices of the other
    triplets of the batch, on cosines divided by the temperature (equation 4), weighted by confidence.

    Parameters
    ----------
    model : SentenceTransformer
        Where to start: the base, or what an earlier round adopted (warm start).
    query, positive, negative : int64, shape (m,)
        At least two triplets: one to learn from and one that says when to stop.
    weight : shape (m,)
    method : {"full", "lora"}
    settings : TuningSettings, optional
        :data:`SETTINGS` of the method if not given.
    progress : callable, optional
        ``progress(done, total)`` in steps.
    """
    settings = settings or SETTINGS[method]
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(query))
    n_stop = max(1, round(STOPPING_SHARE * len(order)))
    stop, train = order[:n_stop], order[n_stop:]
    ends = np.stack([query, positive, negative], axis=1)
    with quiet_and_local(), torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        tuned = copy.deepcopy(model).requires_grad_(method == "full")
        lora = _with_lora(tuned) if method == "lora" else None
        parameters = [p for p in tuned.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate)
        best, best_state = 0, _state(parameters)
        losses = [_held_out_loss(tuned, texts, ends[stop], weight[stop], settings)]
        steps = -(-len(train) // settings.batch)
        for epoch in range(1, settings.epochs + 1):
            tuned.train()
            for step, rows in enumerate(np.array_split(rng.permutation(train), steps)):
                loss = _loss(tuned, texts, ends[rows], weight[rows], settings.temperature)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(parameters, MAX_GRADIENT)
                optimizer.step()
                if progress is not None:
                    progress((epoch - 1) * steps + step + 1, settings.epochs * steps)
            tuned.eval()
            losses.append(_held_out_loss(tuned, texts, ends[stop], weight[stop], settings))
            if losses[-1] < losses[best]:
                best, best_state = epoch, _state(parameters)
            else:
                break
        with torch.no_grad():
            for parameter, value in zip(parameters, best_state, strict=True):
                parameter.copy_(value)
        if lora is not None:
            lora.merge_and_unload()
    return Tuned(tuned.eval(), best, tuple(losses))


def weights_of(model: SentenceTransformer) -> dict[str, NDArray[Any]]:
    """All weights by name; what numpy has no type for (bfloat16) as float32, which holds it exactly."""
    state = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
    return {
        name: (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
        for name, tensor in state.items()
    }


def with_weights(model: SentenceTransformer, weights: Mapping[str, NDArray[Any]]) -> SentenceTransformer:
    """A copy of ``model`` with the weights of another of its kind, from :func:`weights_of`."""
    found = copy.deepcopy(model)
    found.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    return found.eval()


def _with_lora(model: SentenceTransformer) -> PeftModel:
    """Put LoRA matrices into the embedder's linear layers, in place; what is returned can merge them."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=LORA_RANK, lora_alpha=LORA_ALPHA, lora_dropout=0.0, target_modules="all-linear")
    transformer: Any = model[0]
    # Not assigned to `auto_model`, which has become a property that ignores it (sentence-transformers 6).
    found: PeftModel = get_peft_model(transformer.auto_model, config)
    return found


def _state(parameters: Sequence[torch.nn.Parameter]) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in parameters]


def _loss(
    model: SentenceTransformer,
    texts: Sequence[str],
    triplets: NDArray[np.int64],
    weight: NDArray[np.floating],
    temperature: float,
) -> torch.Tensor:
    # A text that stands in several triplets of the batch is encoded once.
    rows, place = np.unique(triplets, return_inverse=True)
    vectors = _encode(model, [texts[row] for row in rows])
    query, positive, negative = vectors[torch.from_numpy(place.reshape(triplets.shape))].unbind(dim=1)
    cosine = query @ torch.cat([positive, negative]).T / temperature
    target = torch.arange(len(query), device=cosine.device)
    each = torch.nn.functional.cross_entropy(cosine, target, reduction="none")
    weights = torch.as_tensor(weight, dtype=each.dtype, device=each.device)
    return (each * weights).sum() / weights.sum().clamp_min(1e-9)


def _encode(model: SentenceTransformer, texts: Sequence[str]) -> torch.Tensor:
    features = model.preprocess([text[:MAX_CHARACTERS] for text in texts])
    device = next(model.parameters()).device
    cut = {
        name: value[:, :TRAINING_TOKENS].to(device) if torch.is_tensor(value) and value.ndim == 2 else value
        for name, value in features.items()
    }
    return torch.nn.functional.normalize(model(cut)["sentence_embedding"], dim=1)


@torch.no_grad()
def _held_out_loss(
    model: SentenceTransformer,
    texts: Sequence[str],
    triplets: NDArray[np.int64],
    weight: NDArray[np.floating],
    settings: TuningSettings,
) -> float:
    """Mean loss over batches of the training's size: it depends on the number of in-batch candidates."""
    model.eval()
    parts = np.array_split(np.arange(len(triplets)), -(-len(triplets) // settings.batch))
    each = [
        float(_loss(model, texts, triplets[rows], weight[rows], settings.temperature)) * weight[rows].sum()
        for rows in parts
    ]
    return float(sum(each) / max(weight.sum(), 1e-9))
