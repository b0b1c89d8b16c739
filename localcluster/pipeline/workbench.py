"""What the stages of a run work with: settings, items, models, the run folder, progress, a clock."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from localcluster.boilerplate import Trimmer
from localcluster.config import RunConfig
from localcluster.embed import View
from localcluster.embed.view import ViewKind
from localcluster.items import Items
from localcluster.items.known import KnownRows
from localcluster.languages import LanguageGroups
from localcluster.models import Models
from localcluster.oracle import Example
from localcluster.progress import SILENT, Reporter
from localcluster.store import AnswerStore, RunFolder, key_of


@dataclass
class Clock:
    """Seconds spent per stage, for the report."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the block to ``stage``."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


@dataclass
class Workbench:
    """Everything that a stage may need.

    Attributes
    ----------
    answers : AnswerStore or None
        None where no model is asked.
    examples : tuple of Example
        Worked examples for the oracle's questions.
    languages : dict of str to LanguageGroups
        By criterion, the languages that rows are compared within; no entry where they are compared as they
        are.
    known : dict of str to KnownRows
        By criterion, rows whose class the user knows; their places are those of ``items``.
    trimmer : Trimmer or None
        What leaves out of new rows what was left out of these; None where nothing was.
    outputs : bool
        Whether the folder gets the results beside the checkpoints: what is shown to people, and what the
        commands ``predict`` and ``explain`` read.
    """

    config: RunConfig
    items: Items
    models: Models
    folder: RunFolder
    answers: AnswerStore | None = None
    examples: tuple[Example, ...] = ()
    known: Mapping[str, KnownRows] = field(default_factory=dict)
    languages: Mapping[str, LanguageGroups] = field(default_factory=dict)
    reporter: Reporter = SILENT
    clock: Clock = field(default_factory=Clock)
    trimmer: Trimmer | None = None
    outputs: bool = True


def view_of(views: Sequence[View], kind: ViewKind) -> View:
    """The view of a kind that there is one of: the sentence embedder's, or the answer distributions."""
    return next(view for view in views if view.kind == kind)


def stored_as(what: str, *of: object) -> str:
    """Name of a stored value in the run folder: a criterion may hold any character."""
    return f"{what}-{key_of(*of)[:16]}"
