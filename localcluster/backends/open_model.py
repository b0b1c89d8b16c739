"""Opens a model with the engine that is faster on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from localcluster.backends.base import Item, LocalModel, Prompt
from localcluster.backends.encoding import MAX_TOKENS_PER_PROMPT
from localcluster.backends.findings import Findings, machine_id, versions
from localcluster.backends.gguf.header import Header, read_header
from localcluster.backends.memory import UNPACKING_BYTES, free_ram
from localcluster.backends.probe import probe
from localcluster.errors import ConfigError, ModelError
from localcluster.progress import SILENT, Reporter
from localcluster.registry.home import home

Engine = Literal["auto", "gguf", "hf"]

#: Seconds each engine is measured for.
_MEASURE_S = 1.0
#: Lengths differ as those of real texts do.
_TEXT = (
    "The parcel came two days late and the box was open, but everything was inside and the support answered "
    "within an hour, so I would order here again if prices stay as they are. "
)
_PROMPTS = tuple(
    Prompt.ask("Text: ", Item(_TEXT[: 20 + 9 * i]), "\nWhat is this text about?", answer="It is about")
    for i in range(16)
)

_NAMES = {"gguf": "llama.cpp", "hf": "transformers"}


@dataclass(frozen=True)
class EngineChoice:
    """Which engine runs a model, and why.

    Attributes
    ----------
    engine : {"gguf", "hf"}
    why : str
        One sentence.
    rates : dict
        Prompts per second of each engine that was measured.
    """

    engine: Literal["gguf", "hf"]
    why: str
    rates: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As JSON-ready types."""
        return asdict(self)


def open_model(
    path: Path,
    engine: Engine = "auto",
    *,
    reporter: Reporter | None = None,
    device: str | None = None,
    max_tokens_per_prompt: int = MAX_TOKENS_PER_PROMPT,
) -> LocalModel:
    """Open a GGUF file or the folder of a Hugging Face model.

    Parameters
    ----------
    path : Path
    engine : {"auto", "gguf", "hf"}
        ``"auto"`` measures both engines on a GGUF file, once per machine, and takes the faster.
    reporter : Reporter, optional
        Is told which engine was taken.
    device : str, optional
        ``"cpu"``, ``"cuda:0"``...; the engine's own choice by default.
    max_tokens_per_prompt : int
        Longer prompts have their items shortened.

    Raises
    ------
    ConfigError
        ``engine="gguf"`` with a folder.
    ModelError
        The model cannot be run here.
    """
    return open_with_choice(
        path, engine, reporter=reporter, device=device, max_tokens_per_prompt=max_tokens_per_prompt
    )[0]


def open_with_choice(
    path: Path,
    engine: Engine = "auto",
    *,
    reporter: Reporter | None = None,
    device: str | None = None,
    max_tokens_per_prompt: int = MAX_TOKENS_PER_PROMPT,
    findings: Findings | None = None,
) -> tuple[LocalModel, EngineChoice]:
    """Like :func:`open_model`, with the choice and its evidence for the run's record."""
    reporter = reporter or SILENT
    opener = _Opener(Path(path), device, max_tokens_per_prompt, findings or Findings(home()), reporter)
    if opener.path.is_dir():
        if engine == "gguf":
            raise ConfigError(
                f"{path} is a folder, and engine gguf runs files. Give a .gguf file, or use "
                "transformers (--engine hf, engine='hf')."
            )
        return opener.hf(), EngineChoice("hf", "a folder in Hugging Face format")
    # Whatever the engine, a file that is damaged or no GGUF is refused here, in the same words.
    header = read_header(opener.path)
    if engine == "gguf":
        return opener.gguf(), EngineChoice("gguf", "asked for")
    if engine == "hf":
        return opener.hf(), EngineChoice("hf", "asked for")
    model, choice = opener.faster(header)
    reporter.say(f"{opener.path.name} runs with {_NAMES[choice.engine]}: {choice.why}.")
    return model, choice


@dataclass(frozen=True)
class _Opener:
    """One file and how it is to be opened."""

    path: Path
    device: str | None
    max_tokens: int
    findings: Findings
    reporter: Reporter

    def gguf(self) -> LocalModel:
        probed = probe(self.path, self.findings)
        # llama_cpp takes a second to import: not for those who use the other engine.
        from localcluster.backends.gguf.model import GGUFModel

        return GGUFModel(
            self.path,
            extra_buffers=probed.extra_buffers,
            device=self.device,
            max_tokens_per_prompt=self.max_tokens,
            sha256=probed.sha256,
        )

    def hf(self) -> LocalModel:
        from localcluster.backends.hf import HFModel

        return HFModel(self.path, device=self.device, max_tokens_per_prompt=self.max_tokens)

    def faster(self, header: Header) -> tuple[LocalModel, EngineChoice]:
        packages = versions("localcluster", "llama_cpp_python", "torch", "transformers")
        key = f"engine {self.findings.checksum(self.path)} {packages} {machine_id()} {self.device}"
        known = self.findings.get(key)
        if known is not None and known.get("engine") in _NAMES:
            choice = EngineChoice(known["engine"], str(known.get("why", "")), dict(known.get("rates", {})))
            return (self.gguf() if choice.engine == "gguf" else self.hf()), choice
        model, choice = self._compare(header)
        self.findings.remember(key, choice.to_json())
        return model, choice

    def _compare(self, header: Header) -> tuple[LocalModel, EngineChoice]:
        too_large = _too_large_to_unpack(header)
        if too_large:
            return self.gguf(), EngineChoice("gguf", too_large)
        self.reporter.say(f"Measuring both engines on {self.path.name}, once for this machine ...")
        gguf, gguf_error = _attempt(self.gguf)
        hf, hf_error = _attempt(self.hf)
        if gguf is None or hf is None:
            if gguf is not None:
                return gguf, EngineChoice("gguf", f"transformers cannot run it ({hf_error})")
            if hf is not None:
                return hf, EngineChoice("hf", f"llama.cpp cannot run it ({gguf_error})")
            raise ModelError(str(gguf_error)) from hf_error
        rates = {"gguf": rate(gguf), "hf": rate(hf)}
        faster, slower, taken, left = (
            (gguf, hf, "gguf", "hf") if rates["gguf"] >= rates["hf"] else (hf, gguf, "hf", "gguf")
        )
        slower.close()
        why = f"{rates[taken]:.1f} prompts per second against {rates[left]:.1f} with {_NAMES[left]}"
        return faster, EngineChoice("gguf" if faster is gguf else "hf", why, rates)


def _attempt(opens: Callable[[], LocalModel]) -> tuple[LocalModel | None, ModelError | None]:
    try:
        return opens(), None
    except ModelError as error:
        return None, error


def _too_large_to_unpack(header: Header) -> str:
    needed, free = header.n_parameters * UNPACKING_BYTES, free_ram()
    if free is None or needed <= free:
        return ""
    return f"transformers would unpack it to {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free"


def rate(model: LocalModel, clock: Callable[[], float] = time.perf_counter) -> float:
    """Prompts per second of reading hidden states of the last layer, the best of about a second.

    Parameters
    ----------
    model : LocalModel
    clock : callable
        Seconds; replaced in tests.
    """
    layers = [model.info.n_layers]
    model.hidden_states(_PROMPTS[:2], layers)  # the first call allocates
    best, spent = float("inf"), 0.0
    while spent < _MEASURE_S:
        start = clock()
        model.hidden_states(_PROMPTS, layers)
        took = max(clock() - start, 1e-9)
        best, spent = min(best, took), spent + took
    return len(_PROMPTS) / best
