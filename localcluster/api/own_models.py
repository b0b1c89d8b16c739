"""Models by name, by path, or as objects of the caller's own."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

import localcluster.models
from localcluster.backends.base import LocalModel
from localcluster.backends.open_model import Engine, open_model
from localcluster.config import DEFAULT_EMBEDDER, NO_LLM, RunConfig
from localcluster.embed import Embedder, SentenceEmbedder, checked_vectors
from localcluster.embed.view import unit_rows
from localcluster.errors import ConfigError
from localcluster.models import Models
from localcluster.progress import SILENT, Reporter
from localcluster.registry import resolve
from localcluster.store import key_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: In the settings, in place of a name: the model is an object, which has none that another machine knows.
NO_NAME = ""
#: Texts given to an object's ``encode`` at a time, between two progress reports.
CHUNK = 256
#: An object without a hash of its own is told from others by what it makes of these.
_PROBES = ("a", "The parcel came two days late.", "Grüße, 你好, привет", "0123456789")


class Encodes(Protocol):
    """Any object that turns texts into vectors, as sentence-transformers' do."""

    def encode(self, sentences: list[str], /) -> Any:
        """Vectors, shape (n, d)."""
        ...


Llm: TypeAlias = str | os.PathLike[str] | LocalModel | None
TextEmbedder: TypeAlias = str | os.PathLike[str] | Embedder | Encodes


def name_of(given: object) -> str:
    """What the settings of a run hold: a name or path, :data:`~localcluster.config.NO_LLM` for None."""
    if given is None:
        return NO_LLM
    if isinstance(given, os.PathLike):
        # A bare name would be looked up among the installed models.
        return str(Path(given).expanduser().absolute())
    return given if isinstance(given, str) else NO_NAME


def take_models(
    config: RunConfig, llm: Llm, embedder: TextEmbedder, reporter: Reporter = SILENT, *, texts: bool = True
) -> Models:
    """Load what is named and take objects as they are.

    Parameters
    ----------
    config : RunConfig
        With :func:`name_of` both models.
    llm, embedder : str, path or object
    reporter : Reporter
    texts : bool
        Whether any row has a text, which the sentence embedder is for.

    Raises
    ------
    ConfigError
        An object is not what is wanted.
    """
    own_llm = None if isinstance(llm, (str, os.PathLike)) or llm is None else language_model(llm)
    own_embedder = None if isinstance(embedder, (str, os.PathLike)) else text_embedder(embedder)
    named = config if own_llm is None else config.model_copy(update={"llm": NO_LLM})
    models = localcluster.models.load_models(named, reporter, texts=texts and own_embedder is None)
    if own_llm is not None:
        models = replace(models, llm=own_llm)
    if own_embedder is not None and texts:
        models = replace(models, embedder=own_embedder)
    return models


def load_llm(given: str | os.PathLike[str] | LocalModel, engine: Engine = "auto") -> LocalModel:
    """Open a language model by name or path; an object that is one is returned as it is.

    Parameters
    ----------
    given : str, path or LocalModel
        Name of an installed model, GGUF file, or Hugging Face folder.
    engine : {"auto", "gguf", "hf"}
        What runs a GGUF file.

    Raises
    ------
    RegistryError, ModelError
        No such model, or it cannot be run here.
    ConfigError
        The object lacks a method.
    """
    if isinstance(given, (str, os.PathLike)):
        return open_model(resolve(name_of(given), "llm"), engine)
    return language_model(given)


def load_embedder(given: str | os.PathLike[str] = DEFAULT_EMBEDDER) -> SentenceEmbedder:
    """Open a sentence embedder by name or path: ``load_embedder().encode(texts)`` gives unit vectors."""
    return SentenceEmbedder(resolve(name_of(given), "embedder"))


def language_model(given: object) -> LocalModel:
    """An object as a language model.

    Raises
    ------
    ConfigError
        It lacks a method of :class:`~localcluster.backends.base.LocalModel`.
    """
    if isinstance(given, LocalModel):
        return given
    if given is None:
        raise ConfigError("llm is None, and a model has to answer here. Give the name or path of one.")
    wanted = ("info", "score", "hidden_states", "generate", "logit_lens", "vocabulary", "close")
    missing = ", ".join(name for name in wanted if not hasattr(given, name))
    raise ConfigError(
        f"llm is a {type(given).__name__} without {missing}. Give the name or path of a model, None, or an "
        "object with all methods of localcluster.backends.base.LocalModel."
    )


def text_embedder(given: object) -> Embedder:
    """An object as a sentence embedder.

    Raises
    ------
    ConfigError
        It has no ``encode``.
    """
    library = sys.modules.get("sentence_transformers")
    if library is not None and isinstance(given, library.SentenceTransformer):
        return LoadedEmbedder(given)
    if not callable(getattr(given, "encode", None)) or isinstance(given, type):
        raise ConfigError(
            f"embedder is a {type(given).__name__} without encode. Give the name or path of a sentence "
            "embedder, or an object with encode(texts) that returns an array of shape (n, d)."
        )
    if all(isinstance(getattr(given, name, None), str) for name in ("name", "sha256")):
        return cast(Embedder, given)
    return EncodingObject(cast(Encodes, given))


class LoadedEmbedder(SentenceEmbedder):
    """A sentence-transformers object that was loaded already, known by its weights.

    Parameters
    ----------
    model : SentenceTransformer
    """

    def __init__(self, model: SentenceTransformer) -> None:
        self.name = type(model).__name__
        self._model = model
        digest = hashlib.sha256()
        for name, tensor in sorted(model.state_dict().items()):
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            # As bytes, because numpy has no bfloat16.
            digest.update(tensor.detach().cpu().contiguous().flatten().view(_bytes()).numpy().data)
        self.sha256 = digest.hexdigest()


class EncodingObject:
    """An :class:`~localcluster.embed.Embedder` made of an object that has nothing but ``encode``.

    Parameters
    ----------
    model : object with ``encode(texts)``
    """

    def __init__(self, model: Encodes) -> None:
        self.name = type(model).__name__
        self._encode_some = model.encode
        #: Of what it makes of a few texts, rounded: it need not give its weights.
        self.sha256 = key_of(self.name, np.round(self.encode(_PROBES), 3) + np.float32(0))

    def encode(
        self, sentences: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Unit vectors, float32, shape (n, d).

        Raises
        ------
        ModelError
            What the object returns is no array of one finite vector per text.
        """
        parts = []
        for start in range(0, len(sentences), CHUNK):
            texts = list(sentences[start : start + CHUNK])
            returned = self._encode_some(texts)
            on_cpu = returned.detach().cpu() if hasattr(returned, "detach") else returned
            parts.append(checked_vectors(self, texts, on_cpu))
            if progress is not None:
                progress(min(start + CHUNK, len(sentences)), len(sentences))
        return unit_rows(np.concatenate(parts))


def _bytes() -> Any:
    import torch

    return torch.uint8
