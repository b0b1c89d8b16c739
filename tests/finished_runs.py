"""Runs that several tests begin with, made once in a process and copied to where each goes on."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class FinishedRuns:
    """What runs gave, and their folders, by a name of all that they depend on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._given: dict[str, object] = {}

    def get(self, name: str, out: Path, make: Callable[[], T]) -> T:
        """What ``make`` gives, with its run folder at ``out``: made the first time, copied from then on.

        Parameters
        ----------
        name : str
            The same only where ``make`` would do the same.
        out : Path
            Where nothing is yet.
        make : callable
            Writes the folder at ``out`` and no other; what it returns can be copied.
        """
        if name not in self._given:
            given = make()
            shutil.copytree(out, self._folder / str(len(self._given)))
            self._given[name] = copy.deepcopy(given)
            return given
        shutil.copytree(self._folder / str(list(self._given).index(name)), out)
        return copy.deepcopy(self._given[name])  # type: ignore[return-value]
