"""Settings of a run, checked before anything is read or loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from localcluster.backends.engines import AUTO, ENGINES, engine_choices
from localcluster.errors import ConfigError
from localcluster.papers import TRIPLETS

#: A criterion is a phrase, not an essay: it stands in every question put to the model.
MAX_CRITERION_WORDS = 40
#: Names resolved by the registry when the user names no model.
DEFAULT_LLM = "smollm2-135m-instruct"
DEFAULT_EMBEDDER = "all-minilm-l6-v2"
#: Fewest and most clusters considered where k is to be found.
K_BOUNDS = (2, 200)
#: What ``k`` may be: a number, a range, or None for all of :data:`K_BOUNDS`.
K: TypeAlias = int | tuple[int, int] | None
#: One number for all criteria (an int, a range, or None), or a list with one for each.
Clusters: TypeAlias = K | Sequence[K]
RandomState: TypeAlias = int | np.random.RandomState | None

_MAX_SEED = 2**32 - 1
#: Whose reading the clusters are made from.
ViewChoice: TypeAlias = Literal["auto", "sentence", "criterion", "both"]
#: ``--llm none``: no language model, one embedding, names from words.
NO_LLM = "none"
#: ``--adapter none``: texts are read by the models as they are; ``auto``: with ours, where they have any.
NO_ADAPTER, AUTO_ADAPTERS = "none", "auto"


@dataclass(frozen=True)
class AdaptationWay:
    """One way to adapt the sentence embedding to answers.

    Attributes
    ----------
    words : str
        What the report says of it.
    fine_tunes : bool
        Whether it trains the embedder's own weights.
    """

    words: str
    fine_tunes: bool


#: What ``--adapt`` may name besides ``auto`` and ``none``; ``triplets/adaptation.py`` does it.
ADAPTATIONS = {
    "head": AdaptationWay("a light layer on the frozen embedding", fine_tunes=False),
    "lora": AdaptationWay("small added weights (LoRA)", fine_tunes=True),
    "full": AdaptationWay("full fine-tuning", fine_tunes=True),
}
FINE_TUNING = tuple(name for name, way in ADAPTATIONS.items() if way.fine_tunes)
ADAPT_CHOICES = (AUTO, "none", *ADAPTATIONS)


def listed(words: Sequence[str]) -> str:
    """``"a, b or c"``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


#: What ``--help`` says may follow ``--engine``.
ENGINE_WORDS = listed([AUTO, *(f"{engine.name} ({engine.title})" for engine in ENGINES.values())])


class RunConfig(BaseModel):
    """Everything that decides the result of ``localcluster run``.

    Attributes
    ----------
    source : str
        Path of a table or text file, of a folder of pictures, or ``"-"`` for standard input.
    by : list of str
        Criteria in plain words, one clustering each.
    k : tuple of (int, (int, int) or None)
        Number of clusters: one for all criteria, or one per criterion in their order. A range lets the
        oracle, or a label-free rule, choose within it; None lets it choose freely.
    text_column : tuple of str or None
        Columns with the text, read together in this order. None means: found in the table.
    id_column, image_column : str or None
        None means: found in the table. ``image_column="none"`` leaves the table's pictures out.
    llm, embedder : str
        Registry name or path. ``llm="none"`` runs without a language model.
    engine : {"auto", "gguf", "hf"}
        Which backend runs a GGUF file.
    seed : int
        Of every random choice.
    rounds : int
        Most rounds of triplet questions (ClusterLLM, stage 1); 0 asks none.
    triplets : int
        Triplets asked per round, at most; the paper's number.
    adapt : {"auto", "none", "head", "lora", "full"}
        How the sentence embedding is adapted to the answers.
    examples : Path or None
        Worked examples for the questions about pairs and triplets of texts.
    answers : Path or None
        File that runs share the model's answers in; one in the run folder if not given.
    keep_all : bool
        Read texts whole. By default parts that recur over rows and tell none apart (salutations, signatures,
        footers) are left out of reading, the output keeps them, and texts in several languages are compared
        within their language.
    adapter : str
        ``"auto"`` reads with those of ours that are on by default, where they belong to the models, and
        ``"none"`` with the models as they are. Beside the former, the name of another of ours, or the path
        of one that ``scripts/train_reader`` made: of the language model, of the sentence embedder, or a
        fast reader on top of that.
    view : {"auto", "sentence", "criterion", "both"}
        Whose reading the clusters are made from: the sentence embedder's, the language model's by the
        criterion, or both together. ``"auto"`` chooses.
    known : Path or None
        Rows whose class is known; they help to choose the reading.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    by: tuple[str, ...]
    k: tuple[K, ...] = (None,)
    text_column: tuple[str, ...] | None = None
    id_column: str | None = None
    image_column: str | None = None
    llm: str = DEFAULT_LLM
    embedder: str = DEFAULT_EMBEDDER
    engine: str = AUTO
    seed: int = 0
    rounds: int = Field(default=1, ge=0)
    triplets: int = Field(default=TRIPLETS, ge=1)
    adapt: str = AUTO
    examples: Path | None = None
    answers: Path | None = None
    keep_all: bool = False
    adapter: str = AUTO_ADAPTERS
    view: ViewChoice = "auto"
    known: Path | None = None
    out: Path | None = None

    @field_validator("engine", "adapt", mode="before")
    @classmethod
    def _in_a_table(cls, given: object, field: ValidationInfo) -> object:
        known = engine_choices() if field.field_name == "engine" else ADAPT_CHOICES
        if given not in known:
            words = listed([repr(name) for name in known])
            raise ValueError(f'{field.field_name} is "{given}": Input should be {words}')
        return given

    @field_validator("text_column", mode="before")
    @classmethod
    def _text_columns(cls, named: object) -> object:
        # One name may be given bare, as in the records of earlier versions.
        return (named,) if isinstance(named, str) else named or None

    @field_validator("by")
    @classmethod
    def _criteria(cls, by: tuple[str, ...]) -> tuple[str, ...]:
        if not by:
            raise ValueError('no criterion was given. Add one, for example: --by "topic"')
        clean = []
        for criterion in by:
            words = criterion.split()
            if not words:
                raise ValueError('a criterion is empty. Say in a few words what to cluster by: --by "topic"')
            if len(words) > MAX_CRITERION_WORDS:
                raise ValueError(
                    f"a criterion has {len(words)} words; at most {MAX_CRITERION_WORDS} work, "
                    "because it stands in every question to the model. Shorten it, for example: "
                    '"what the customer wants".'
                )
            clean.append(" ".join(words))
        if len({c.casefold() for c in clean}) < len(clean):
            raise ValueError("the same criterion was given twice. Name each --by once.")
        return tuple(clean)

    @model_validator(mode="after")
    def _clusters(self) -> RunConfig:
        for k in self.k:
            if isinstance(k, tuple):
                if not 2 <= k[0] < k[1]:
                    raise ValueError(
                        f"-k is {k[0]}:{k[1]}; a range goes from at least 2 up to a larger number. "
                        "For example: -k 5:50"
                    )
            elif k is not None and k < 2:
                raise ValueError(
                    f"-k is {k}; a clustering needs at least 2 clusters. Use -k 2 or more, or -k auto."
                )
        if len(self.k) not in (1, len(self.by)):
            raise ValueError(
                f"-k was given {len(self.k)} times for {len(self.by)} criteria. "
                "Give it once for all, or once after each --by."
            )
        return self

    def k_of(self, criterion: int) -> K:
        """What was asked of the number of clusters by the criterion at this position."""
        return self.k[0] if len(self.k) == 1 else self.k[criterion]

    @classmethod
    def checked(cls, **settings: object) -> RunConfig:
        """Build a config; a bad setting raises :class:`ConfigError` with one plain sentence."""
        try:
            return cls.model_validate(settings)
        except ValidationError as error:
            first = error.errors()[0]
            message = str(first["msg"]).removeprefix("Value error, ")
            where = ".".join(str(p) for p in first["loc"])
            ours = str(first["msg"]).startswith("Value error")
            raise ConfigError(message if ours else f'{where} is "{first["input"]}": {message}') from error


def criteria_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """One criterion or several as a tuple.

    Raises
    ------
    ConfigError
        For none, an empty one, one given twice, or what is no string.
    """
    given = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, (list, tuple)) else ()
    if not given or not all(isinstance(criterion, str) and criterion.strip() for criterion in given):
        raise ConfigError(
            f"by={by!r} is not a criterion. Say in a few words what to cluster by, or give a list of such "
            'phrases: by="topic", by=["topic", "mood of the writer"].'
        )
    if len({" ".join(criterion.split()).casefold() for criterion in given}) < len(given):
        raise ConfigError(f"by={by!r} names a criterion twice. Name each once.")
    return given


def criterion_of(by: str) -> str:
    """The one criterion of a stage; :class:`ConfigError` for several, none, or what is no string."""
    if not isinstance(by, str) or not by.strip():
        raise ConfigError(
            f'by={by!r} is not one criterion. Say in a few words what to cluster by: by="topic".'
        )
    return by


def clusters_of(n_clusters: Clusters, n_criteria: int) -> tuple[K, ...]:
    """Numbers of clusters as the settings hold them: one for all, or one for each criterion.

    A tuple of two is a range, a list has one entry per criterion.

    >>> clusters_of((5, 50), 2), clusters_of([2, (3, 9)], 2)
    (((5, 50),), (2, (3, 9)))

    Raises
    ------
    ConfigError
        For another type, fewer than 2 clusters, an empty range, or a list of another length.
    """
    if isinstance(n_clusters, list):
        if len(n_clusters) != n_criteria:
            raise ConfigError(
                f"n_clusters has {len(n_clusters)} entries for {n_criteria} criteria. Give one for each, or "
                "one for all: n_clusters=5, n_clusters=(5, 50) or n_clusters=None."
            )
        return tuple(_clusters(entry) for entry in n_clusters)
    return (_clusters(n_clusters),)


def _clusters(given: Any) -> K:
    if given is None:
        return None
    if _is_int(given) and given >= 2:
        return int(given)
    if isinstance(given, tuple) and len(given) == 2 and all(map(_is_int, given)):
        low, high = int(given[0]), int(given[1])
        if 2 <= low < high:
            return low, high
    raise ConfigError(
        f"n_clusters={given!r} is not a number of clusters. Give a whole number of at least 2, a range such "
        "as (5, 50), or None to have it found. For several criteria give one for all, or a list with one for "
        "each."
    )


def _is_int(given: object) -> bool:
    return isinstance(given, Integral) and not isinstance(given, bool)


def seed_of(random_state: object) -> int:
    """A seed from what scikit-learn calls a random state; None draws one.

    Raises
    ------
    ConfigError
        For anything that scikit-learn would not take either.
    """
    if isinstance(random_state, Integral) and 0 <= int(random_state) <= _MAX_SEED:
        return int(random_state)
    # Imported late: scikit-learn takes longer than a command that refuses a wrong option should.
    from sklearn.utils import check_random_state

    try:
        return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    except ValueError as error:
        raise ConfigError(
            f"random_state={random_state!r} is not a seed. Give a whole number from 0 to {_MAX_SEED}, a "
            "numpy RandomState, or None for another result each time."
        ) from error
