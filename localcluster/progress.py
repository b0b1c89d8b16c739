"""Progress of long work: a rate and a time left on a terminal, a line in the log otherwise."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.text import Text

logger = logging.getLogger(__name__)

#: Seconds between two log lines where there is no terminal to draw on.
LOG_EVERY_S = 15.0

Advance = Callable[[int, int], None]


class _Rate(ProgressColumn):
    def render(self, task: RichTask) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


class Reporter:
    """Shows stages of a run; ``quiet`` shows none. One object per run, passed down to the stages."""

    def __init__(self, console: Console | None = None, quiet: bool = False) -> None:
        self.console = console or Console(stderr=True)
        self.quiet = quiet

    def say(self, message: str) -> None:
        """Tell the user one thing that happened, outside any bar."""
        logger.info(message)
        if not self.quiet:
            self.console.print(message, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Open a bar titled ``title``; the yielded callable takes ``(done, total)``."""
        if self.quiet or not self.console.is_terminal:
            yield self._logged(title)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console) as bars:
            task = bars.add_task(title, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)

    def _logged(self, title: str) -> Advance:
        start = last = time.monotonic()

        def advance(done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if done < total and now - last < LOG_EVERY_S:
                return
            rate = done / max(now - start, 1e-9)
            left = (total - done) / max(rate, 1e-9)
            if done < total or now - start > 2:
                self.say(f"{title}: {done:,} of {total:,} ({rate:,.1f}/s, {left:,.0f} s left)")
            last = now

        return advance


SILENT = Reporter(quiet=True)
