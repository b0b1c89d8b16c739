"""Opens a model with the engine that is faster on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from localcluster.arrays import check_choice
from localcluster.backends.base import Item, LocalModel, Prompt
from localcluster.backends.encoding import MAX_TOKENS_PER_PROMPT
from localcluster.backends.engines import (
    AUTO,
    ENGINES,
    FOLDER,
    GGUF,
    Engine,
    Opening,
    engine_choices,
    format_of,
)
from localcluster.backends.findings import Findings, machine_id, versions
from localcluster.backends.gguf.header import Header, read_header
from localcluster.backends.lora import Lora
from localcluster.backends.memory import UNPACKING_BYTES, free_ram
from localcluster.errors import ConfigError, ModelError
from localcluster.progress import SILENT, Reporter
from localcluster.registry.home import home

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


@dataclass(frozen=True)
class EngineChoice:
    """Which engine runs a model, and why.

    Attributes
    ----------
    engine : str
        Its name in :data:`~localcluster.backends.engines.ENGINES`.
    why : str
        One sentence.
    rates : dict
        Prompts per second of each engine that was measured.
    """

    engine: str
    why: str
    rates: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As JSON-ready types."""
        return asdict(self)


def open_model(
    path: Path, engine: str = AUTO, *, max_tokens_per_prompt: int = MAX_TOKENS_PER_PROMPT
) -> LocalModel:
    """The model of :func:`open_with_choice`, where nobody asks why it runs with that engine."""
    return open_with_choice(path, engine, max_tokens_per_prompt=max_tokens_per_prompt)[0]


def open_with_choice(
    path: Path,
    engine: str = AUTO,
    *,
    reporter: Reporter | None = None,
    device: str | None = None,
    max_tokens_per_prompt: int = MAX_TOKENS_PER_PROMPT,
    findings: Findings | None = None,
    lora: Lora | None = None,
) -> tuple[LocalModel, EngineChoice]:
    """Open a GGUF file or the folder of a Hugging Face model; the engine that runs it, and why.

    Parameters
    ----------
    engine : {"auto", "gguf", "hf"}
        ``"auto"`` measures the engines that can run it, once per machine, and takes the fastest.
    reporter : Reporter, optional
        Is told which engine was taken.
    device : str, optional
        ``"cpu"``, ``"cuda:0"``...; the engine's own choice by default.
    max_tokens_per_prompt : int
        Longer prompts have their items shortened.
    lora : Lora, optional
        Adapter that hidden states are read with.

    Raises
    ------
    ConfigError
        ``engine="gguf"`` with a folder.
    ModelError
        The model cannot be run here.
    """
    check_choice("engine", engine, engine_choices())
    how = Opening(device, max_tokens_per_prompt, findings or Findings(home()), lora)
    opener = _Opener(Path(path), how, reporter or SILENT)
    form = format_of(opener.path)
    able = [one for one in ENGINES.values() if form in one.formats]
    if engine != AUTO and ENGINES[engine] not in able:
        raise ConfigError(_cannot_read(opener.path, form, ENGINES[engine], able))
    # Whatever the engine, a file that is damaged or no GGUF is refused here, in the same words.
    header = read_header(opener.path) if form == GGUF else None
    if len(able) == 1:
        only = "a folder in Hugging Face format" if form == FOLDER else f"only it runs .{form} files"
        return able[0].open(opener.path, how), EngineChoice(able[0].name, only)
    if engine != AUTO:
        return ENGINES[engine].open(opener.path, how), EngineChoice(engine, "asked for")
    model, choice = opener.fastest(able, header)
    opener.reporter.say(f"{opener.path.name} runs with {ENGINES[choice.engine].title}: {choice.why}.")
    return model, choice


def _cannot_read(path: Path, form: str, engine: Engine, able: list[Engine]) -> str:
    """Why an engine that was asked for cannot open this, and what can."""
    is_a, runs = ("folder", "files") if form == FOLDER else (f".{form} file", "others")
    give = " or ".join("a folder" if one == FOLDER else f"a .{one} file" for one in engine.formats)
    use = " or ".join(one.option for one in able)
    return f"{path} is a {is_a}, and engine {engine.name} runs {runs}. Give {give}, or use {use}."


@dataclass(frozen=True)
class _Opener:
    """One file and how it is to be opened."""

    path: Path
    how: Opening
    reporter: Reporter

    def fastest(self, able: list[Engine], header: Header | None) -> tuple[LocalModel, EngineChoice]:
        """Open it with the engine that was the fastest here; measured once."""
        findings = self.how.findings
        packages = versions("localcluster", *(package for one in able for package in one.packages))
        key = f"engine {findings.checksum(self.path)} {packages} {machine_id()} {self.how.device}"
        known = findings.get(key)
        if known is not None and known.get("engine") in ENGINES:
            choice = EngineChoice(known["engine"], str(known.get("why", "")), dict(known.get("rates", {})))
            return ENGINES[choice.engine].open(self.path, self.how), choice
        model, choice = self._compare(able, header)
        findings.remember(key, choice.to_json())
        return model, choice

    def _compare(self, able: list[Engine], header: Header | None) -> tuple[LocalModel, EngineChoice]:
        too_large = "" if header is None else _too_large_to_unpack(header)
        fitting = [one for one in able if not (one.unpacks and too_large)] or able
        if len(fitting) == 1:
            unpacking = next(one for one in able if one not in fitting)
            why = f"{unpacking.title} {too_large}"
            return fitting[0].open(self.path, self.how), EngineChoice(fitting[0].name, why)
        several = "both" if len(fitting) == 2 else len(fitting)
        self.reporter.say(f"Measuring {several} engines on {self.path.name}, once for this machine ...")
        opened: dict[str, LocalModel] = {}
        errors: dict[str, ModelError] = {}
        for one in fitting:
            try:
                opened[one.name] = one.open(self.path, self.how)
            except ModelError as error:
                errors[one.name] = error
        if not opened:
            first, *others = errors.values()
            raise ModelError(str(first)) from (others[-1] if others else first)
        failed = "; ".join(f"{ENGINES[name].title} cannot run it ({error})" for name, error in errors.items())
        if len(opened) == 1:
            ((taken, model),) = opened.items()
            return model, EngineChoice(taken, failed)
        rates = {name: rate(model) for name, model in opened.items()}
        taken = max(rates, key=rates.__getitem__)
        for name, model in opened.items():
            if name != taken:
                model.close()
        slower = " and ".join(
            f"{rates[name]:.1f} with {ENGINES[name].title}" for name in rates if name != taken
        )
        why = f"{rates[taken]:.1f} prompts per second against {slower}{'; ' if failed else ''}{failed}"
        return opened[taken], EngineChoice(taken, why, rates)


def _too_large_to_unpack(header: Header) -> str:
    needed, free = header.n_parameters * UNPACKING_BYTES, free_ram()
    if free is None or needed <= free:
        return ""
    return f"would unpack it to {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free"


def rate(model: LocalModel, clock: Callable[[], float] = time.perf_counter) -> float:
    """Prompts per second of reading hidden states of the last layer, the best of about a second.

    Parameters
    ----------
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
