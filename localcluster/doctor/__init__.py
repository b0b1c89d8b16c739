"""What this machine has and lacks, one finding per subject, each with what to do about it.

``machine`` looks at the interpreter, the engines and the guard, ``weights`` at models and whether they fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from localcluster.backends.engines import ENGINES
from localcluster.config import DEFAULT_LLM
from localcluster.doctor.finding import Finding, Status
from localcluster.doctor.machine import amx, compiler, llama_cpp, offline, python, torch_build
from localcluster.doctor.weights import disk, memory, models, speed
from localcluster.errors import LocalClusterError
from localcluster.progress import SILENT, Reporter

__all__ = ["Finding", "Status", "examine", "look"]


def examine(
    reporter: Reporter = SILENT,
    *,
    llm: str = DEFAULT_LLM,
    verify: bool = False,
    measure: bool = False,
) -> list[Finding]:
    """Look at everything a run needs, in the order a person would fix it. Never raises.

    Parameters
    ----------
    llm : str
        Name or path of the language model that is to run here; ``"none"`` for no model.
    verify : bool
        Read every file of the installed models and compare it with its checksum; else sizes are compared.
    measure : bool
        Also load the language model in both engines and time it (about a minute).
    """
    looks: list[tuple[str, Callable[[], Finding | Iterable[Finding]]]] = [
        ("Python", python),
        ("C++ compiler", compiler),
        ("torch", torch_build),
        ("llama-cpp-python", llama_cpp),
        ("AMX", amx),
        ("memory", partial(memory, llm)),
        ("disk", partial(disk, llm)),
        ("models", partial(models, llm, verify, reporter)),
        ("offline", offline),
    ]
    if measure:
        looks += [(f"speed, {engine}", partial(speed, llm, engine, reporter)) for engine in ENGINES]
    return [finding for subject, examined in looks for finding in look(subject, examined)]


def look(subject: str, examined: Callable[[], Finding | Iterable[Finding]]) -> list[Finding]:
    """What one look found; where it fails itself, that is the finding."""
    found: list[Finding] = []
    try:
        result = examined()
        # One by one: what was found before a failure is worth telling.
        found.extend([result] if isinstance(result, Finding) else result)
    except LocalClusterError as error:
        # Their messages end with what to type.
        found.append(Finding(subject, "fail", str(error)))
    except Exception as error:  # noqa: BLE001 - whatever is broken, the rest is worth looking at
        what = f"cannot be looked at ({type(error).__name__}: {error})"
        found.append(Finding(subject, "fail", what, "If this line does not help you, report it as a bug."))
    return found
