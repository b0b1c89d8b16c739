"""The two models of a run, by name, by path or as objects of the caller's own; and what they cannot do.

Whoever needs a run's models calls ``localcluster.models.load_models``, by that name: one place to put others
in its stead.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from localcluster.adapters import adapters_for
from localcluster.arrays import unit_rows
from localcluster.backends.base import LocalModel, ModelInfo
from localcluster.backends.findings import Findings
from localcluster.backends.lora import Lora
from localcluster.backends.open_model import EngineChoice, open_model, open_with_choice
from localcluster.config import DEFAULT_EMBEDDER, FINE_TUNING, NO_LLM, RunConfig
from localcluster.embed import CriterionReader, Embedder, FastReader, SentenceEmbedder, checked_vectors
from localcluster.embed.sentence import weights_sha256
from localcluster.errors import ConfigError
from localcluster.items import Items
from localcluster.progress import SILENT, Reporter
from localcluster.registry import resolve
from localcluster.registry.home import home
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


@dataclass
class Models:
    """The models of a run and what identifies them.

    Attributes
    ----------
    embedder : Embedder or None
        None where a row has no text.
    llm : LocalModel or None
        None runs without a language model: one embedding, names from words.
    engine : EngineChoice or None
        Why this engine runs it, for the run's record.
    writes_names : bool
        Let the language model name clusters. Where nobody reads the names (a benchmark), words do, and
        minutes are saved where clusters are many.
    reader : CriterionReader or None
        Reads texts by a criterion, fast; None without an adapter.
    """

    embedder: Embedder | None
    llm: LocalModel | None
    engine: EngineChoice | None = None
    writes_names: bool = True
    reader: CriterionReader | None = None

    @property
    def llm_info(self) -> ModelInfo | None:
        """What identifies the language model."""
        return None if self.llm is None else self.llm.info

    @property
    def trainable(self) -> SentenceTransformer | None:
        """The embedder's weights, where it has any that can be fine-tuned."""
        return self.embedder.model if isinstance(self.embedder, SentenceEmbedder) else None

    @property
    def embedder_adapter(self) -> str:
        """SHA-256 of the adapter that the embedder reads with; objects of the caller's own have none."""
        return str(getattr(self.embedder, "adapter", ""))

    @property
    def namer(self) -> LocalModel | None:
        """Who names clusters; None leaves it to the words that set them apart."""
        return self.llm if self.writes_names else None


def check_models(config: RunConfig, models: Models, items: Items) -> None:
    """Refuse settings that these models cannot follow, before minutes are spent.

    Raises
    ------
    ConfigError
        When an embedder without weights is to be fine-tuned, or pictures meet a model that reads text only.
    """
    if items.has_images:
        info = models.llm_info
        if info is None:
            raise ConfigError(
                f"{items.source} holds pictures, which only a language model that reads images can cluster. "
                "Name one (--llm, llm)."
            )
        if "image" not in info.modalities:
            raise ConfigError(
                f"{items.source} holds pictures, and {info.name} reads text only. Name a model that reads "
                "images, for example a folder of SmolVLM, Qwen2.5-VL or LLaVA (--llm, llm)."
            )
    if config.view in ("criterion", "both") and models.llm is None and models.reader is None:
        raise ConfigError(
            f'The view "{config.view}" is a language model\'s reading, and there is none. Name a model '
            '(--llm, llm), or take the view "sentence" or "auto" (--view, view).'
        )
    if config.view in ("sentence", "both") and models.embedder is None:
        raise ConfigError(
            f'The view "{config.view}" needs a text in every row for the sentence embedder. Take the view '
            '"criterion" or "auto" (--view, view).'
        )
    asks = models.llm is not None and config.rounds > 0
    if asks and config.adapt in FINE_TUNING and models.trainable is None:
        embedder = models.embedder
        found = "not every row has a text" if embedder is None else f"{embedder.name} has no weights to train"
        raise ConfigError(
            f'Adapting by "{config.adapt}" fine-tunes the sentence embedder, but {found}. Use "head" or '
            '"none" (--adapt, adapt).'
        )


def load_models(
    config: RunConfig,
    reporter: Reporter = SILENT,
    *,
    texts: bool = True,
    llm: Llm = None,
    embedder: TextEmbedder | None = None,
    some_models: bool = False,
) -> Models:
    """Load what is named and take objects as they are; fails before any folder is made.

    Parameters
    ----------
    config : RunConfig
        Names both models; for an object, :func:`name_of` it.
    texts : bool
        Whether every row has a text, which the sentence embedder is for.
    llm, embedder : object, optional
        Models that the caller has opened; names and paths are taken from ``config``.
    some_models : bool
        Models that read nothing here were left out, and their adapters with them.

    Raises
    ------
    ConfigError
        An object is not what is wanted.
    """
    own_llm = None if _is_named(llm) else language_model(llm)
    own_embedder = None if _is_named(embedder) else text_embedder(embedder)
    # Both are looked up before either is loaded.
    embedder_path = resolve(config.embedder, "embedder") if texts and own_embedder is None else None
    llm_path = None if own_llm is not None or config.llm == NO_LLM else resolve(config.llm, "llm")
    embedder_sha256 = "" if embedder_path is None else weights_sha256(embedder_path)
    # An object, a folder and no model at all have no file that an adapter could belong to.
    llm_file = llm_path if llm_path is not None and llm_path.is_file() else None
    llm_sha256 = "" if llm_file is None else Findings(home()).checksum(llm_file)
    adapters = adapters_for(config.adapter, embedder_sha256, llm_sha256, some_models=some_models)
    used, reader = own_embedder, None
    if embedder_path is not None:
        used = SentenceEmbedder(embedder_path, adapter=adapters.embedder)
        if adapters.reader is not None:
            reader = FastReader.open(embedder_path, adapters.reader)
    lora = None if adapters.llm is None else Lora.read(adapters.llm)
    used = used if texts else None
    if llm_path is None:
        return Models(used, own_llm, reader=reader)
    opened, engine = open_with_choice(llm_path, config.engine, reporter=reporter, lora=lora)
    return Models(used, opened, engine, reader=reader)


def take_embedder(given: TextEmbedder) -> Embedder:
    """A sentence embedder by name, by path or as an object."""
    return load_embedder(given) if isinstance(given, (str, os.PathLike)) else text_embedder(given)


def _is_named(given: object) -> bool:
    return given is None or isinstance(given, (str, os.PathLike))


def name_of(given: object) -> str:
    """What the settings of a run hold: a name or path, :data:`~localcluster.config.NO_LLM` for None."""
    if given is None:
        return NO_LLM
    if isinstance(given, os.PathLike):
        # A bare name would be looked up among the installed models.
        return str(Path(given).expanduser().absolute())
    return given if isinstance(given, str) else NO_NAME


def load_llm(given: str | os.PathLike[str] | LocalModel, engine: str = "auto") -> LocalModel:
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
    """A sentence-transformers object that was loaded already, known by its weights."""

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
    """An :class:`~localcluster.embed.Embedder` made of an object that has nothing but ``encode``."""

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
