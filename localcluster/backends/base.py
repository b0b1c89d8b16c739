"""The protocol between localcluster and any local model, and the prompt it speaks.

Everything above this module is independent of llama.cpp and torch. A :class:`Prompt` is a
sequence of chat turns; the backend applies the model's own chat template. Text a user brought
is wrapped in an :class:`Item`, which a backend may shorten so that the prompt fits; plain strings
(the question) are never shortened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from localcluster.errors import ConfigError
from localcluster.items.item import Item as Item

Role = Literal["system", "user", "assistant"]

#: Called by long backend loops as ``progress(done, total)``, counted in prompts.
ProgressCallback = Callable[[int, int], None]


Part = str | Item


@dataclass(frozen=True)
class Turn:
    """One chat turn; its parts are joined without a separator."""

    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Prompt:
    """Chat turns as the model's own chat template will render them.

    When the last turn is the assistant's, it is an answer begun that the model continues
    (ESMC's "The color of the fruit is"); otherwise the template's generation prompt is added.
    """

    turns: tuple[Turn, ...]

    @classmethod
    def ask(cls, *question: Part, answer: str = "") -> Prompt:
        """One user turn, and the start of the assistant's answer if one is given.

        >>> Prompt.ask("What is the topic of this text? ", Item("..."), answer="The topic is")
        ... # doctest: +SKIP
        """
        turns = [Turn("user", tuple(question))]
        if answer:
            turns.append(Turn("assistant", (answer,)))
        return cls(tuple(turns))


@dataclass(frozen=True)
class TokenSelector:
    """Which token positions of a prompt :meth:`LocalModel.hidden_states` returns.

    Parameters
    ----------
    places : tuple of (int or str)
        An int counts from the end of the prompt (-1 is the last token). A string is a keyword:
        the last token of its last occurrence in the text after the item (ESMC section 3,
        keyword-guided localization); the last token where the keyword does not occur.
        ``"<item>"`` is the mean over the tokens of the item.
    """

    places: tuple[int | str, ...] = (-1,)


ITEM_MEAN = "<item>"
LAST_TOKEN = TokenSelector()


@dataclass(frozen=True)
class ModelInfo:
    """What a run records about a model so that its result can be reproduced.

    Attributes
    ----------
    name : str
        File or folder name, never an absolute path.
    sha256 : str
        Of the weights (of all weight files, in name order, for a folder).
    engine : str
        ``"gguf"``, ``"hf"`` or ``"scripted"``.
    n_layers : int
        Number of blocks. Layer ``l`` in ``1..n_layers`` is the residual stream after block ``l``;
        layer ``n_layers`` is taken after the final norm, as transformers' ``hidden_states`` does.
    width : int
        Size of a hidden state.
    context_length : int
        Longest prompt, in tokens, that this backend will be given.
    modalities : tuple of str
        ``("text",)`` or ``("text", "image")``.
    quantization : str
        As the file states it, e.g. ``"Q4_1"``, ``"nf4"``, ``"bfloat16"``.
    device : str
        ``"cpu"``, ``"cuda:0"``, ``"metal"``.
    adapter : str
        SHA-256 of the adapter that hidden states are read with; ``""`` without one.
    """

    name: str
    sha256: str
    engine: str
    architecture: str
    n_layers: int
    width: int
    n_vocab: int
    context_length: int
    modalities: tuple[str, ...] = ("text",)
    quantization: str = ""
    device: str = "cpu"
    adapter: str = ""


@runtime_checkable
class LocalModel(Protocol):
    """A language model that runs on this machine.

    Implementations batch, order prompts by length, decode the prefix shared by a batch once,
    and give results in the order of the input. They never truncate a question; an
    :class:`Item` is shortened (its end is dropped, "..." marks it) when a prompt would not fit,
    and :class:`~localcluster.errors.ModelError` is raised when even an empty item does not fit.
    Results do not depend on how prompts are batched beyond floating-point rounding.
    """

    info: ModelInfo

    def score(
        self,
        prompts: Sequence[Prompt],
        continuations: Sequence[Sequence[str]],
        *,
        progress: ProgressCallback | None = None,
    ) -> list[NDArray[np.float64]]:
        """Log-probability (nats, summed over tokens) of each continuation after its prompt.

        Returns one float64 array per prompt, of shape ``(len(continuations[i]),)``.
        """
        ...

    def hidden_states(
        self,
        prompts: Sequence[Prompt],
        layers: Sequence[int],
        at: TokenSelector = LAST_TOKEN,
        *,
        progress: ProgressCallback | None = None,
    ) -> NDArray[np.float32]:
        """Hidden states, float32, shape ``(n_prompts, n_places, n_layers_asked, width)``."""
        ...

    def generate(
        self,
        prompts: Sequence[Prompt],
        max_tokens: int,
        *,
        progress: ProgressCallback | None = None,
    ) -> list[str]:
        """Greedy continuation of each prompt, without special tokens."""
        ...

    def logit_lens(self, states: NDArray[np.float32], layer: int) -> NDArray[np.float32]:
        """Logits over the vocabulary that ``states`` of ``layer`` decode to.

        The final norm is applied first unless ``layer == info.n_layers`` (already normed).

        Parameters
        ----------
        states : float32, shape (n, width)

        Returns
        -------
        float32, shape (n, n_vocab)
        """
        ...

    def vocabulary(self) -> list[str]:
        """Text of each token id, length ``n_vocab``; ``""`` for special tokens. A leading space is kept."""
        ...

    def close(self) -> None:
        """Free the weights. The model cannot be used afterwards."""
        ...


def check_continuations(prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]]) -> None:
    """Refuse lists of continuations of which there is not one for each prompt."""
    if len(prompts) != len(continuations):
        raise ConfigError(
            f"{len(prompts)} prompts came with continuations for {len(continuations)}; "
            "give one list per prompt."
        )
