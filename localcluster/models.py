"""The two models of a run, and what they cannot do.

Whoever needs a run's models calls ``localcluster.models.load_models``, by that name: one place to put others
in its stead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcluster.backends.base import LocalModel, ModelInfo
from localcluster.backends.open_model import EngineChoice, open_with_choice
from localcluster.config import NO_LLM, RunConfig
from localcluster.embed import Embedder, SentenceEmbedder
from localcluster.errors import ConfigError
from localcluster.items import Items
from localcluster.progress import SILENT, Reporter
from localcluster.registry import resolve

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


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
    """

    embedder: Embedder | None
    llm: LocalModel | None
    engine: EngineChoice | None = None
    writes_names: bool = True

    @property
    def llm_info(self) -> ModelInfo | None:
        """What identifies the language model."""
        return None if self.llm is None else self.llm.info

    @property
    def trainable(self) -> SentenceTransformer | None:
        """The embedder's weights, where it has any that can be fine-tuned."""
        return self.embedder.model if isinstance(self.embedder, SentenceEmbedder) else None

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
    if config.view in ("criterion", "both") and models.llm is None:
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
    if asks and config.adapt in ("full", "lora") and models.trainable is None:
        embedder = models.embedder
        found = "not every row has a text" if embedder is None else f"{embedder.name} has no weights to train"
        raise ConfigError(
            f'Adapting by "{config.adapt}" fine-tunes the sentence embedder, but {found}. Use "head" or '
            '"none" (--adapt, adapt).'
        )


def load_models(config: RunConfig, reporter: Reporter = SILENT, *, texts: bool = True) -> Models:
    """Resolve names to files and load them; fails before any folder is made.

    Parameters
    ----------
    config : RunConfig
    reporter : Reporter
    texts : bool
        Whether every row has a text, which the sentence embedder is for.
    """
    embedder_path = resolve(config.embedder, "embedder") if texts else None
    llm_path = None if config.llm == NO_LLM else resolve(config.llm, "llm")
    embedder = None if embedder_path is None else SentenceEmbedder(embedder_path)
    if llm_path is None:
        return Models(embedder, None)
    return Models(embedder, *open_with_choice(llm_path, config.engine, reporter=reporter))
