"""The wheels of localcluster itself and of all it needs, as they are installed here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from localcluster.errors import RegistryError
from localcluster.progress import Reporter
from localcluster.registry.wheels import PIP_LINES

#: Installing tools: present in every environment, wanted in none.
_TOOLS = {"pip", "setuptools", "wheel"}


def fetch_wheels(folder: Path, reporter: Reporter) -> str:
    """Let pip, with whatever index it is set up for, put every wheel needed into ``folder``.

    ``pip wheel`` and not ``pip download``, because some packages (llama-cpp-python) are published as source
    only, and the machine without a network is the worst place to compile them. Versions are those installed
    here, so only code that this environment has taken in already is built.

    Returns
    -------
    str
        The Python and the platform that the wheels fit.

    Raises
    ------
    RegistryError
        If pip is missing or fails; its last lines are in the message.
    """
    own = _own_requirement()
    reporter.say(f"Collecting the wheels of {own} through pip; what has no wheel is compiled ...")
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch) / "constraints.txt"
        constraints.write_text("\n".join(_constraints(distributions())), "utf-8")
        options = ["--no-input", "--disable-pip-version-check", "-q", "-c", str(constraints)]
        command = [sys.executable, "-m", "pip", "wheel", *options, "-w", str(folder), own]
        environment = {**os.environ, "DIST_EXTRA_CONFIG": str(_build_elsewhere(Path(scratch)))}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        last = "\n".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-PIP_LINES:])
        raise RegistryError(
            f"pip could not collect the wheels of {own}; it said:\n{last}\n"
            "Check pip's index settings, or collect them yourself: pip wheel -w wheels ..., and pack with "
            "--wheels-from wheels"
        )
    return f"{sys.version_info[0]}.{sys.version_info[1]} on {sysconfig.get_platform()}"


def wheels_in(folder: Path) -> list[str]:
    """Names of the wheels in ``folder``, sorted.

    Raises
    ------
    RegistryError
        If there are none.
    """
    names = sorted(path.name for path in folder.glob("*.whl"))
    if not names:
        raise RegistryError(
            f"{folder} holds no wheel (.whl). Give a folder that pip wheel or pip download filled."
        )
    return names


def pinned_requirements(hashes: Mapping[str, str]) -> bytes:
    """Lines for ``pip install --require-hashes``, from the SHA-256 of each wheel by its file name.

    >>> print(pinned_requirements({"a_b-1.0-py3-none-any.whl": "00ff"}).decode(), end="")
    a-b==1.0 --hash=sha256:00ff

    Raises
    ------
    RegistryError
        If a wheel is not named as wheels are, or two versions of a package are there.
    """
    builds: dict[str, dict[str, list[str]]] = {}
    for file, sha256 in sorted(hashes.items()):
        try:
            name, version, *_ = parse_wheel_filename(file)
        except InvalidWheelFilename as error:
            raise RegistryError(f"{file} is not named like a wheel. Delete it, or fetch it again.") from error
        builds.setdefault(name, {}).setdefault(str(version), []).append(sha256)
    lines = []
    for package, versions in sorted(builds.items()):
        if len(versions) > 1:
            raise RegistryError(
                f"There are several versions of {package}: {', '.join(sorted(versions))}. Keep one."
            )
        [(only, sums)] = versions.items()
        lines.append(f"{package}=={only} {' '.join(f'--hash=sha256:{sha256}' for sha256 in sums)}\n")
    return "".join(lines).encode()


def _own_requirement() -> str:
    """What to ask pip for: the folder that localcluster was installed from, or its release."""
    try:
        own = distribution("localcluster")
    except PackageNotFoundError as error:
        raise RegistryError(
            "localcluster is not installed here, only imported, so its wheels are not known. "
            "Type: pip install ."
        ) from error
    origin = _origin(own)
    if "dir_info" not in origin:
        return _requirement(own)
    folder = url2pathname(urlsplit(origin["url"]).path)
    if not Path(folder).is_dir():
        raise RegistryError(
            f"localcluster was installed from {folder}, which is gone. Install it from where it is now."
        )
    return folder


def _constraints(found: Iterable[Distribution]) -> list[str]:
    """Lines that keep pip to the versions installed here."""
    lines = {
        _requirement(one)
        for one in found
        if canonicalize_name(one.metadata["Name"]) not in {*_TOOLS, "localcluster"}
        and "dir_info" not in _origin(one)
    }
    return sorted(lines)


def _requirement(one: Distribution) -> str:
    """Return the release of a package, or the archive it was installed from if that was named."""
    origin, name = _origin(one), one.metadata["Name"]
    if "vcs_info" in origin:
        return f"{name} @ {origin['vcs_info']['vcs']}+{origin['url']}@{origin['vcs_info']['commit_id']}"
    if "archive_info" in origin and not _gone(origin["url"]):
        return f"{name} @ {origin['url']}"
    return f"{name}=={one.version}"


def _gone(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "file" and not Path(unquote(parts.path)).exists()


def _origin(one: Distribution) -> dict[str, Any]:
    """Where pip says it was told to find the package (PEP 610); empty for one from an index."""
    return dict(json.loads(one.read_text("direct_url.json") or "{}"))


def _build_elsewhere(scratch: Path) -> Path:
    """Settings that keep setuptools from building in the folder that localcluster was installed from."""
    settings = scratch / "setup.cfg"
    settings.write_text(
        f"[build]\nbuild_base = {scratch / 'build'}\n[egg_info]\negg_base = {scratch}\n", "utf-8"
    )
    return settings
