"""Build the wheel, install it in an empty environment, and use what was installed.

    python scripts/wheel_check.py

The environment has pip, the wheel and nothing else of its own. What localcluster depends on comes from the
environment of this Python, whose folder is added to the end of the search path: nothing is fetched, and
nothing is compiled. An editable install there stays out of sight, because ``.pth`` files are read in an
environment's own folder only; that the wheel's copy is what runs is checked all the same.

Checked are: every file of the package is in the wheel; ``localcluster --version``; the names of models; one
whole run with models that need no weights. Exit code: 0 if all is well, 1 otherwise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "localcluster"
#: What the build reads. A copy of it is built: the checkout keeps no build folder, whose leftovers a later
#: build would pack.
SOURCES = ("pyproject.toml", "README.md", "LICENSE", PACKAGE)
#: Files that a wheel leaves out.
NOT_PACKED = shutil.ignore_patterns("__pycache__", "*.py[co]")
#: Runs in the new environment: the command, with a scripted model and an embedder that counts letters.
SCRIPTED = """
import sys
from collections import Counter

import numpy as np

import localcluster.models
from localcluster.cli import main
from localcluster.models import Models
from localcluster.testing import ScriptedModel


class Letters:
    name, sha256 = "letters", "0" * 64

    def encode(self, sentences, progress=None):
        counts = [Counter(text.lower()) for text in sentences]
        return np.array([[c[letter] + 0.1 for letter in "abcdefghiklmnoprstuwy"] for c in counts], np.float32)


lexicon = {"mood": {"glad": "good", "happy": "good", "sad": "bad", "angry": "bad"}}
localcluster.models.load_models = lambda *_, **__: Models(Letters(), ScriptedModel(lexicon))
sys.argv = ["localcluster", "run", "rows.txt", "--by", "mood", "-k", "2", "--out", "out", "--quiet"]
main()
"""
#: What a run leaves.
WRITTEN = ("report.html", "clusters.csv", "run.json", "items.parquet", "rows.parquet")
FEELINGS, THINGS = ("glad", "happy", "sad", "angry"), ("soup", "film", "phone", "train", "house", "garden")


class CheckError(Exception):
    """Something is not as it should be; the message says what."""


def build(folder: Path) -> Path:
    """The wheel of this checkout, in ``folder``."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in SOURCES:
        given = ROOT / name
        if given.is_dir():
            shutil.copytree(given, source / name, ignore=NOT_PACKED, symlinks=True)
        else:
            shutil.copy2(given, source / name)
    quiet = ("-q", "--disable-pip-version-check", "--no-deps", "--no-index")
    run((sys.executable, "-m", "pip", "wheel", *quiet, "--no-build-isolation", "-w", folder, source), folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def check_contents(wheel: Path) -> int:
    """Number of the package's files; every one that the checkout has must be in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    if missing := sorted(ours - packed):
        raise CheckError(f"{wheel.name} lacks {', '.join(missing)}: see package-data in pyproject.toml.")
    return len(ours)


def install(wheel: Path, folder: Path) -> Path:
    """An environment with the wheel; returns where its programs are."""
    venv.create(folder, with_pip=True, symlinks=True)
    programs = folder / "bin"
    quiet = ("-q", "--disable-pip-version-check", "--no-deps", "--no-index")
    run((programs / "python", "-m", "pip", "install", *quiet, wheel), folder)
    (own,) = folder.glob("lib/python*/site-packages")
    theirs = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (own / "dependencies.pth").write_text("".join(f"{folder}\n" for folder in theirs))
    return programs


def check_installed(programs: Path, folder: Path) -> None:
    """Use the installed package in an empty working directory."""
    python = programs / "python"
    where = run((python, "-c", f"import {PACKAGE}; print({PACKAGE}.__file__)"), folder).strip()
    if not Path(where).is_relative_to(programs.parent):
        raise CheckError(f"{where} was imported, which is not the wheel's copy.")
    said = run((programs / PACKAGE, "--version"), folder).strip()
    told = run((python, "-c", f"from importlib.metadata import version; print(version('{PACKAGE}'))"), folder)
    if told.strip() not in said:
        raise CheckError(f"localcluster --version says {said!r}, and the wheel is {told.strip()}.")
    print(f"{said}, from {Path(where).parent.relative_to(programs.parent)}")
    if "smollm2" not in run((programs / PACKAGE, "models", "list"), folder):
        raise CheckError("localcluster models list names no starter model.")
    rows = [f"{feeling} about the {thing}" for feeling in FEELINGS for thing in THINGS]
    (folder / "rows.txt").write_text("\n".join(rows) + "\n")
    run((python, "-c", SCRIPTED), folder)
    if missing := [name for name in WRITTEN if not (folder / "out" / name).is_file()]:
        raise CheckError(f"The run wrote no {', '.join(missing)}.")
    print(f"One run of {len(rows)} rows wrote {', '.join(WRITTEN)}.")


def run(command: Sequence[str | Path], folder: Path) -> str:
    """What a command prints; without this environment's own search path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["LOCALCLUSTER_HOME"] = str(folder / "home")
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        shown = " ".join(Path(str(word)).name for word in command[:4])
        raise CheckError(
            f"{shown} ended with exit code {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}"
        )
    return done.stdout


def main() -> int:
    """Entry point; the exit code."""
    with tempfile.TemporaryDirectory(prefix="wheel-check-") as name:
        folder = Path(name)
        work = folder / "work"
        work.mkdir()
        try:
            wheel = build(folder / "wheel")
            print(f"{wheel.name} has all {check_contents(wheel)} files of the package.")
            check_installed(install(wheel, folder / "environment"), work)
        except CheckError as error:
            print(error)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
