"""Which files of a model we take, and what is wrong with the ones we have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from localcluster.progress import Reporter
from localcluster.registry.checksum import sha256_of
from localcluster.registry.manifest import ModelFile

#: Beside every set of weights.
DOCUMENTS = ("LICENSE*", "README.md")
#: Weights without code, settings, tokenizers. Never pickle (.bin, .pt) nor Python.
FOLDER_FILES = ("*.safetensors", "*.json", "*.txt", "*.jinja", "*.model", *DOCUMENTS)
#: The same weights again, for other programs.
OTHER_FORMATS = ("onnx/*", "openvino/*", "original/*", "coreml/*", ".*")


def patterns(weights: str | None) -> tuple[str, ...]:
    """Names to take for a model opened by its GGUF file ``weights``, or as a folder if that is None."""
    return (weights, *DOCUMENTS) if weights else FOLDER_FILES


def wanted_files(folder: Path, weights: str | None) -> list[str]:
    """Relative names, with forward slashes, of the files in ``folder`` that belong to the model."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(
        name
        for name in names
        if any(fnmatchcase(name, wanted) for wanted in patterns(weights))
        and not any(fnmatchcase(name, other) for other in OTHER_FORMATS)
    )


def describe(folder: Path, names: Iterable[str], title: str, reporter: Reporter) -> tuple[ModelFile, ...]:
    """Size and checksum of each named file."""
    names = list(names)
    sizes = [(folder / name).stat().st_size for name in names]
    with byte_bar(title, sum(sizes), reporter) as advance:
        hashes = [sha256_of(folder / name, advance) for name in names]
    return tuple(ModelFile(*described) for described in zip(names, sizes, hashes, strict=True))


def problems(folder: Path, files: Iterable[ModelFile], title: str, reporter: Reporter) -> list[str]:
    """One sentence per file that is missing, has another size or another content; empty if all is well."""
    files = list(files)
    found = []
    with byte_bar(title, sum(file.size for file in files), reporter) as advance:
        for file in files:
            path = folder / file.path
            if not path.is_file():
                found.append(f"{file.path} is missing")
            elif (size := path.stat().st_size) != file.size:
                found.append(f"{file.path} has {size:,} bytes instead of {file.size:,}")
            elif (digest := sha256_of(path, advance)) != file.sha256:
                found.append(f"{file.path} has SHA-256 {digest[:12]}... instead of {file.sha256[:12]}...")
    return found


@contextmanager
def byte_bar(title: str, total: int, reporter: Reporter) -> Iterator[Callable[[int], None]]:
    """Open a progress bar in mebibytes that is fed with bytes."""
    done = shown = 0
    last = max(1, total >> 20)
    with reporter.stage(f"{title} (MiB)") as show:

        def advance(size: int) -> None:
            nonlocal done, shown
            done += size
            # The last step is shown once, however many small files end it.
            step = last if done >= total else min(done >> 20, last - 1)
            if step != shown:
                shown = step
                show(step, last)

        yield advance
