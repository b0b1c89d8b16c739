"""Models: are they here and whole, do they fit into memory and on the disk, and how fast are they?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil

from localcluster import registry
from localcluster.backends.engines import ENGINES, FOLDER, format_of
from localcluster.backends.memory import free_ram
from localcluster.backends.open_model import open_model, rate
from localcluster.backends.probe import WORKING_BYTES
from localcluster.config import DEFAULT_EMBEDDER, DEFAULT_LLM, NO_LLM
from localcluster.doctor.finding import Finding, gigabytes
from localcluster.doctor.machine import ask_torch
from localcluster.errors import LocalClusterError, RegistryError
from localcluster.progress import SILENT, Reporter
from localcluster.registry import InstalledModel, Verdict

#: Free disk below this is worth a warning: a run folder plus one small model.
LITTLE_DISK = 2_000_000_000
#: Prompts a second below which a warning is due: 10,000 texts then take three hours by each criterion.
SLOW = 1.0
#: What a speed is told of, so that it means something.
MANY_TEXTS = 10_000


def memory(llm: str = DEFAULT_LLM) -> Finding:
    """Free memory against what the language model and the embedder need together."""
    needed = _memory_of(llm) + _memory_of(DEFAULT_EMBEDDER)
    total = float(psutil.virtual_memory().total)
    free = free_ram()
    free = float(psutil.virtual_memory().available) if free is None else free
    who = DEFAULT_EMBEDDER if llm == NO_LLM else f"{llm} with {DEFAULT_EMBEDDER}"
    detail = f"{gigabytes(free)} free of {gigabytes(total)}; {who} needs about {gigabytes(needed)}"
    if needed <= free:
        return Finding("memory", "ok", detail)
    torch = ask_torch()
    on_cards = sum(card[1] for card in torch["cards"]) if isinstance(torch, dict) else 0
    if needed <= on_cards:
        return Finding("memory", "ok", f"{detail}; it fits on the GPU ({gigabytes(on_cards)} free)")
    entry = registry.read_manifest().get(llm)
    smaller = _largest_that_fits(free, "llm" if entry is None else entry.role)
    if needed > total:
        return Finding("memory", "fail", detail, f"It cannot run here. {smaller}")
    return Finding("memory", "warn", detail, f"Close other programs before a run. {smaller}")


def _memory_of(name: str) -> float:
    """Bytes that a model needs: as the manifest says, else its weights and room to work.

    Raises
    ------
    RegistryError
        The name is unknown, and no path.
    """
    if name == NO_LLM:
        return 0.0
    entry = registry.read_manifest().get(name)
    if entry is not None:
        return float(entry.memory)
    path = registry.resolve(name)
    weights = path.glob("*.safetensors") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in weights) + WORKING_BYTES


def _largest_that_fits(free: float, role: str) -> str:
    left = free - _memory_of(DEFAULT_EMBEDDER)
    fitting = [
        entry for entry in registry.read_manifest().model if entry.role == role and entry.memory <= left
    ]
    if not fitting:
        return "No model known by name fits into what is free."
    largest = max(fitting, key=lambda entry: entry.memory)
    return f"The largest known by name that fits into what is free: --llm {largest.name}"


def disk(llm: str = DEFAULT_LLM) -> Iterator[Finding]:
    """Free disk where models are kept and where runs are written, and whether both can be written to."""
    entry = registry.read_manifest().get(llm)
    to_come = entry.size if entry and not any(model.name == llm for model in registry.installed()) else 0
    places = (
        (registry.home(), to_come, "Free some, or set LOCALCLUSTER_HOME to another disk."),
        (Path.cwd(), 0, "Free some, or write runs to another disk: localcluster run ... --out DIR"),
    )
    for wanted, more, remedy in places:
        place = next(folder for folder in (wanted, *wanted.parents) if folder.exists())
        free = shutil.disk_usage(place).free
        needed = LITTLE_DISK + more
        if not os.access(place, os.W_OK):
            writable = remedy.replace("Free some, or", "Get the right to write there, or")
            yield Finding("disk", "fail", f"{place} cannot be written to", writable)
        elif free < needed:
            detail = f"{gigabytes(free)} free in {wanted}; {gigabytes(needed)} are a comfortable start"
            yield Finding("disk", "warn", detail, remedy)
        else:
            yield Finding("disk", "ok", f"{gigabytes(free)} free in {wanted}")


def models(llm: str = DEFAULT_LLM, verify: bool = False, reporter: Reporter = SILENT) -> Iterator[Finding]:
    """Each installed model with its files, and each model that a run would miss."""
    here = registry.installed()
    verdicts = registry.verify((), reporter) if verify and here else [_by_size(model) for model in here]
    checked = "all checksums match" if verify else "all sizes match (--verify compares checksums)"
    for verdict in verdicts:
        name = verdict.model.name
        if verdict.problems:
            yield Finding(name, "fail", "; ".join(verdict.problems), verdict.remedy)
        else:
            yield Finding(name, "ok", f"{verdict.model.path}, {checked}")
    for name, role in ((llm, "llm"), (DEFAULT_EMBEDDER, "embedder")):
        if name != NO_LLM and name not in {model.name for model in here}:
            yield _not_here(name, role)


def _by_size(model: InstalledModel) -> Verdict:
    """What is wrong at a glance: reading gigabytes for their checksums is asked for by ``--verify``."""
    found = []
    for file in model.files:
        path = model.root / file.path
        if not path.is_file():
            found.append(f"{file.path} is missing")
        elif (size := path.stat().st_size) != file.size:
            found.append(f"{file.path} has {size:,} bytes instead of {file.size:,}")
    return Verdict(model, tuple(found))


def _not_here(name: str, role: str) -> Finding:
    try:
        return Finding(name, "ok", f"{registry.resolve(name, role)}, a path: no checksum to compare with")
    except RegistryError as error:
        manifest = registry.read_manifest()
        entry = manifest.get(name)
        if entry is None:
            return Finding(name, "fail", str(error))
        target = manifest.group_of(name) or name
        return Finding(name, "warn", "not installed", f"Type: localcluster models install {target}")


def speed(llm: str, engine: str, reporter: Reporter = SILENT) -> Finding:
    """Prompts a second that an engine reads with a language model."""
    subject = f"speed, {engine}"
    if llm == NO_LLM:
        return Finding(subject, "ok", "no language model was named")
    try:
        path = registry.resolve(llm, "llm")
        if (form := format_of(path)) not in ENGINES[engine].formats:
            others = " or ".join(one.title for one in ENGINES.values() if form in one.formats)
            what = "a folder" if form == FOLDER else f"a .{form} file"
            return Finding(subject, "ok", f"not for this model: {what} runs with {others}")
        with reporter.stage(f"Measuring {ENGINES[engine].title}"):
            model = open_model(path, engine)
            try:
                prompts = rate(model)
            finally:
                model.close()
    except LocalClusterError as error:
        return Finding(subject, "warn", str(error))
    minutes = MANY_TEXTS / prompts / 60
    detail = (
        f"{prompts:,.1f} prompts a second: {MANY_TEXTS:,} texts by a criterion take {minutes:,.0f} minutes"
    )
    if prompts < SLOW:
        return Finding(subject, "warn", detail, "Take a smaller model, or a machine with a GPU.")
    return Finding(subject, "ok", detail)
