"""What the stages of a run work with: settings, items, models, the run folder, progress, a clock."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localcluster.backends.base import LocalModel, ModelInfo
from localcluster.backends.engine import EngineChoice, open_with_choice
from localcluster.config import NO_LLM, RunConfig
from localcluster.embed import Embedder, SentenceEmbedder
from localcluster.errors import ConfigError
from localcluster.items import Items
from localcluster.items.known import KnownRows
from localcluster.oracle import Example
from localcluster.progress import SILENT, Reporter
from localcluster.registry import resolve
from localcluster.store import AnswerStore, RunFolder

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


@dataclass
class Clock:
    """Seconds spent per stage, for the report."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the block to ``stage``."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


@dataclass
class Workbench:
    """Everything that a stage may need.

    Attributes
    ----------
    config : RunConfig
    items : Items
    models : Models
    folder : RunFolder
    answers : AnswerStore or None
        None where no model is asked.
    examples : tuple of Example
        Worked examples for the oracle's questions.
    known : dict of str to KnownRows
        By criterion, rows whose class the user knows; their places are those of ``items``.
    reporter : Reporter
    clock : Clock
    """

    config: RunConfig
    items: Items
    models: Models
    folder: RunFolder
    answers: AnswerStore | None = None
    examples: tuple[Example, ...] = ()
    known: Mapping[str, KnownRows] = field(default_factory=dict)
    reporter: Reporter = SILENT
    clock: Clock = field(default_factory=Clock)


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
