"""Which adapters a run reads with: ours, where they belong to its models, and one that the user names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from localcluster.config import AUTO_ADAPTERS, NO_ADAPTER
from localcluster.embed.weight_change import EMBEDDER, FAST_READER, base_of, role_of
from localcluster.errors import ConfigError
from localcluster.registry.shipped import adapter_named, adapter_of


@dataclass(frozen=True)
class Adapters:
    """Files of adapters, each None where there is none.

    Attributes
    ----------
    embedder : Path or None
        What the sentence embedder was taught.
    reader : Path or None
        What makes a fast reader of the embedder, beside it.
    llm : Path or None
        What the language model reads with.
    """

    embedder: Path | None = None
    reader: Path | None = None
    llm: Path | None = None


def adapters_for(named: str, embedder_sha256: str, llm_sha256: str, *, some_models: bool = False) -> Adapters:
    """The adapters of a run.

    Parameters
    ----------
    named : str
        ``"none"``, ``"auto"`` (ours that are on by default), the name of one of ours, or a path. What is
        named goes before ours for the same model.
    embedder_sha256, llm_sha256 : str
        Of the models; ``""`` where there is none, or none that lies in a file: no adapter belongs to it.

    some_models : bool
        Models that nothing is read with were left out; what is named may belong to one of them.

    Raises
    ------
    ConfigError
        What is named belongs to another model.
    ModelError
        It is no adapter.
    """
    if named == NO_ADAPTER:
        return Adapters()
    ours = Adapters(embedder=adapter_of(embedder_sha256), llm=adapter_of(llm_sha256))
    if named == AUTO_ADAPTERS:
        return ours
    path = adapter_named(named) or Path(named).expanduser()
    role, base = role_of(path), base_of(path)
    reads_sentences = role in (EMBEDDER, FAST_READER)
    of = embedder_sha256 if reads_sentences else llm_sha256
    kind, option = ("embedder", "--embedder") if reads_sentences else ("language model", "--llm")
    if not of and some_models:
        return ours
    if not of:
        raise ConfigError(
            f"The adapter {path} changes the weights of a {kind} in a file, and this run has none. Name the "
            f"{kind} ({option}), or go without the adapter: --adapter none"
        )
    if base != of:
        raise ConfigError(
            f"The adapter {path} was trained on another {kind} than this run has. Name that one ({option}), "
            "or go without the adapter: --adapter none"
        )
    if role == EMBEDDER:
        return replace(ours, embedder=path)
    return replace(ours, reader=path) if role == FAST_READER else replace(ours, llm=path)
