"""Settings of a run, checked before anything is read or loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

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
#: Whose reading the clusters are made from.
ViewChoice: TypeAlias = Literal["auto", "sentence", "criterion", "both"]
#: ``--llm none``: no language model, one embedding, names from words.
NO_LLM = "none"


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
        footers) are left out of reading; the output keeps them.
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
    engine: Literal["auto", "gguf", "hf"] = "auto"
    seed: int = 0
    rounds: int = Field(default=1, ge=0)
    triplets: int = Field(default=TRIPLETS, ge=1)
    adapt: Literal["auto", "none", "head", "lora", "full"] = "auto"
    examples: Path | None = None
    answers: Path | None = None
    keep_all: bool = False
    view: ViewChoice = "auto"
    known: Path | None = None
    out: Path | None = None

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
