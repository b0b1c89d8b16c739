"""The engines that run a language model, in one table; a new one is a class, and a line here.

Which ``--engine`` there is, its help, what opens which file, what is measured and what ``doctor --speed``
tells of follow from it. Nothing heavy is imported before an engine opens a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from localcluster.backends.base import LocalModel
    from localcluster.backends.findings import Findings
    from localcluster.backends.lora import Lora

#: Measures the engines that can run a file, and takes the fastest.
AUTO = "auto"
#: What a folder in Hugging Face format is called beside the endings of files.
FOLDER = "folder"
#: Taken for the format of a file whose ending no engine claims.
GGUF = "gguf"


@dataclass(frozen=True)
class Opening:
    """How a model is to be opened.

    Attributes
    ----------
    device : str or None
        ``"cpu"``, ``"cuda:0"``...; None leaves it to the engine.
    max_tokens : int
        Longer prompts have their items shortened.
    findings : Findings
        What is known of files on this machine.
    lora : Lora or None
        Adapter that hidden states are read with.
    """

    device: str | None
    max_tokens: int
    findings: Findings
    lora: Lora | None = None


class Opens(Protocol):
    """A class of models that opens itself."""

    @classmethod
    def open(cls, path: Path, how: Opening) -> LocalModel:
        """Open a file or folder; :class:`~localcluster.errors.ModelError` where it cannot be run here."""
        ...


@dataclass(frozen=True)
class Engine:
    """One engine.

    Attributes
    ----------
    name : str
        As ``--engine`` has it.
    title : str
        As sentences have it.
    model : class with ``open``, or str
        Its models; ``"module:Class"`` is imported when it is first used.
    formats : tuple of str
        What it opens: endings of files without the dot, and ``"folder"``.
    packages : tuple of str
        Whose versions decide how fast it is.
    unpacks : bool
        Whether it unpacks quantized weights, which then need more memory than their file.
    """

    name: str
    title: str
    model: type[Opens] | str
    formats: tuple[str, ...]
    packages: tuple[str, ...] = ()
    unpacks: bool = False

    @property
    def option(self) -> str:
        """How to ask for it."""
        return f"{self.title} (--engine {self.name}, engine='{self.name}')"

    def open(self, path: Path, how: Opening) -> LocalModel:
        """Open a model with this engine."""
        model = self.model
        if isinstance(model, str):
            module, _, name = model.partition(":")
            model = getattr(import_module(module), name)
        return model.open(path, how)


#: By name; of two that are equally fast, the first is taken.
ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine(
            "gguf",
            "llama.cpp",
            "localcluster.backends.gguf.model:GGUFModel",
            formats=(GGUF,),
            packages=("llama_cpp_python",),
        ),
        Engine(
            "hf",
            "transformers",
            "localcluster.backends.hf.model:HFModel",
            formats=(GGUF, FOLDER),
            packages=("torch", "transformers"),
            unpacks=True,
        ),
    )
}


def engine_choices() -> list[str]:
    """What a setting may name."""
    return [AUTO, *ENGINES]


def format_of(path: Path) -> str:
    """``"folder"``, an ending that some engine claims, or ``"gguf"``, whose reader says what is wrong."""
    if path.is_dir():
        return FOLDER
    ending = path.suffix.lstrip(".").lower()
    return ending if any(ending in engine.formats for engine in ENGINES.values()) else GGUF
