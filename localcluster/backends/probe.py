"""Tries a GGUF file in a child process before it is loaded into this one.

llama.cpp is native code: what it cannot bear kills the process it runs in. So a file is first
checked by its header (milliseconds), against the free memory, and then, once per file, version
and CPU, exercised in a child (seconds). The outcome is remembered.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcluster.backends.findings import Findings, machine_id, versions
from localcluster.backends.gguf.cpu import has_amx
from localcluster.backends.gguf.header import Header, read_header
from localcluster.backends.memory import free_ram
from localcluster.errors import LocalClusterError, ModelError

#: Memory beside the weights: libraries, the context and its buffers at the default prompt length.
WORKING_BYTES = 400e6
#: A slow disk still reads this fast; with it the patience for a child grows with the file.
_SLOWEST_DISK = 20e6
_PATIENCE_S = 180.0
#: Exit code of a child that could say what is wrong.
_REFUSED = 9
_EXTRA_BUFFERS = "--extra-buffers"

#: Builds the command line of the child from the file and whether to use extra buffers.
Command = Callable[[Path, bool], Sequence[str]]


@dataclass(frozen=True)
class Probed:
    """A file that llama.cpp can run here.

    Attributes
    ----------
    extra_buffers : bool
        Whether it was run with weights repacked for this CPU, and may be again.
    """

    header: Header
    sha256: str
    extra_buffers: bool


def child_command(path: Path, extra_buffers: bool) -> list[str]:
    """Return the command line that exercises ``path`` in a process of its own."""
    return [sys.executable, "-m", __name__, str(path), *([_EXTRA_BUFFERS] if extra_buffers else [])]


def probe(path: Path, findings: Findings, *, command: Command = child_command) -> Probed:
    """Make sure that ``path`` can be loaded into this process.

    Parameters
    ----------
    findings : Findings
        Where outcomes are kept.
    command : callable
        See :data:`Command`.

    Raises
    ------
    ModelError
        The file is missing, damaged, no GGUF file, too large for the free memory, or llama.cpp
        refuses it, crashes on it or hangs.
    """
    header = read_header(path)
    check_memory(path.stat().st_size, path.name)
    sha256 = findings.checksum(path)
    key = f"probe {sha256} {versions('llama_cpp_python')} {machine_id()}"
    known = findings.get(key)
    if known is None:
        known = _try(path, command)
        findings.remember(key, known)
    if "error" in known:
        raise ModelError(str(known["error"]))
    return Probed(header, sha256, bool(known.get("extra_buffers")))


def check_memory(needed: float, name: str) -> None:
    """Refuse weights of ``needed`` bytes that would not fit beside what runs already.

    Raises
    ------
    ModelError
    """
    free = free_ram()
    if free is not None and needed + WORKING_BYTES > free:
        raise ModelError(
            f"{name} needs about {(needed + WORKING_BYTES) / 1e9:.1f} GB of memory, but {free / 1e9:.1f} GB "
            "are free. Close other programs, or choose a smaller model: localcluster models list"
        )


def _try(path: Path, command: Command) -> dict[str, object]:
    # Repacked weights are faster for some quantizations, and deadly on CPUs with AMX.
    attempts = [False] if has_amx() else [True, False]
    code, said = 0, ""
    for extra_buffers in attempts:
        code, said = _run(path, command(path, extra_buffers))
        if code == 0:
            return {"extra_buffers": extra_buffers}
        if code == _REFUSED:
            return {"error": said}
    return {"error": _crash(path.name, code, said)}


def _run(path: Path, command: Sequence[str]) -> tuple[int, str]:
    """Exit code of a child, and the last line it wrote."""
    patience = _PATIENCE_S + path.stat().st_size / _SLOWEST_DISK
    # The child must find this very package, wherever the parent was started from.
    package = str(Path(__file__).parents[2])
    search = os.pathsep.join(p for p in (package, os.environ.get("PYTHONPATH", "")) if p)
    try:
        child = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
            env={**os.environ, "PYTHONPATH": search},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        # Raised, not returned: a busy machine is no property of the file, so it is not remembered.
        raise ModelError(
            f"llama.cpp did not answer within {patience:.0f} s in a trial of {path.name}. "
            "Try again when the machine is less busy, choose a smaller model, or use "
            "transformers (--engine hf, engine='hf')."
        ) from error
    if child.returncode == _REFUSED:
        return _REFUSED, str(json.loads(child.stdout.splitlines()[-1])["error"])
    lines = child.stderr.strip().splitlines()
    return child.returncode, lines[-1] if lines else ""


#: Signals by which native code dies of its own mistake; others come from outside and say nothing of the file.
_FAULTS = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT, signal.SIGFPE})


def _crash(name: str, code: int, said: str) -> str:
    if code == -signal.SIGKILL:
        raise ModelError(
            f"The system stopped the trial run of {name}, most likely for lack of memory. "
            "Close other programs, or choose a smaller model."
        )
    if -code not in _FAULTS and code < 0:
        raise ModelError(f"The trial run of {name} was stopped ({signal.Signals(-code).name}). Try again.")
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return (
        f"llama.cpp crashed on {name} in a trial run ({how}{': ' + said if said else ''}), so it is not "
        "loaded. Use transformers (--engine hf, engine='hf'), another quantization of the model, "
        "or a newer llama-cpp-python."
    )


def exercise(path: Path, *, extra_buffers: bool) -> None:
    """Load a file and use each kind of call once, in this process.

    Raises
    ------
    ModelError
        llama.cpp refuses something.
    """
    from localcluster.backends.base import Item, Prompt
    from localcluster.backends.gguf.model import GGUFModel

    # The checksum is of no use here, and takes longer than the rest for a large file.
    model = GGUFModel(path, extra_buffers=extra_buffers, max_tokens_per_prompt=256, sha256="-")
    prompts = [Prompt.ask("Text: ", Item(text), answer="It is") for text in ("cold food", "a warm day")]
    model.score(prompts, [[" good", " not so good at all"]] * len(prompts))
    model.hidden_states(prompts, [max(1, model.info.n_layers // 2), model.info.n_layers])
    model.close()


def main(arguments: Sequence[str]) -> int:
    """Entry point of the child: exit code 0, or an error as one line of JSON."""
    try:
        exercise(Path(arguments[0]), extra_buffers=_EXTRA_BUFFERS in arguments)
    except LocalClusterError as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
