"""The check of the wheel notices what is missing; .ci/run takes the whole of it."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_SPEC = importlib.util.spec_from_file_location("wheel_check", ROOT / "scripts" / "wheel_check.py")
wheel_check = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(wheel_check)

DATA = [
    "localcluster/boilerplate/weights.safetensors",
    "localcluster/py.typed",
    "localcluster/registry/manifest.toml",
    "localcluster/report/templates/report.html.j2",
]


def files():
    folder = ROOT / "localcluster"
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def wheel_without(folder, *left_out):
    wheel = folder / "localcluster.whl"
    names = [path.relative_to(ROOT).as_posix() for path in files()]
    assert set(left_out) <= set(names)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in names:
            if name not in left_out:
                archive.writestr(name, "")
    return wheel


def test_a_whole_wheel_passes(tmp_path):
    assert wheel_check.check_contents(wheel_without(tmp_path)) == len(files())


@pytest.mark.parametrize("name", DATA)
def test_a_file_that_was_not_packed_is_named(tmp_path, name):
    with pytest.raises(wheel_check.CheckError, match=name):
        wheel_check.check_contents(wheel_without(tmp_path, name))


def test_no_file_of_the_package_is_a_link():
    assert [path for path in files() if path.is_symlink()] == []
