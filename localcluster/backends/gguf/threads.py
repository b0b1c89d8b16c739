"""How many threads to decode with, learned while decoding.

llama.cpp's threads wait for each other after every operation without sleeping. On a machine that is
busy otherwise the slowest holds up all: with two busy cores, one thread was measured 3 to 10 times as
fast as two. The number of threads does not change a result, so it may follow the machine's load.
"""

from __future__ import annotations

import os
from collections.abc import Callable

#: A neighbouring number of threads is tried again after so many batches, times how much slower it was.
RETRY_AFTER = 32
#: Batches below this many tokens (generation) are bound by memory, and judged apart.
_SMALL_BATCH = 64
#: A machine with more runnable processes per core than this is busy.
_BUSY = 1.5


def machine_is_busy(cores: int) -> bool:
    """Whether so much runs already that more threads can only wait for each other."""
    try:
        return os.getloadavg()[0] > _BUSY * cores
    except OSError:
        return False


class ThreadTuner:
    """Hill climbing by the tokens per second of each number of threads, in steps of two.

    Parameters
    ----------
    cores : int
        Most threads. They are tried first, or half of them on a busy machine.
    busy : callable
        Whether the machine is busy; replaced in tests.
    """

    def __init__(self, cores: int, busy: Callable[[int], bool] = machine_is_busy) -> None:
        self._cores = cores
        self._busy = busy
        self._kinds: dict[bool, _Kind] = {}

    def choose(self, tokens: int) -> int:
        """Return the number of threads for a batch of ``tokens``."""
        return self._kind(tokens).choose()

    def learn(self, tokens: int, threads: int, seconds: float) -> None:
        """Take note of how long a batch took."""
        self._kind(tokens).learn(threads, tokens / max(seconds, 1e-9))

    def _kind(self, tokens: int) -> _Kind:
        return self._kinds.setdefault(tokens < _SMALL_BATCH, _Kind(self._cores, self._busy))


class _Kind:
    """Rates of batches of about the same size."""

    def __init__(self, cores: int, busy: Callable[[int], bool]) -> None:
        self._cores = cores
        self._busy = busy
        self._batches = 0
        self._rates: dict[int, float] = {}
        self._tried: dict[int, int] = {}

    def choose(self) -> int:
        if not self._rates:
            return max(1, self._cores // 2) if self._busy(self._cores) else self._cores
        best = max(self._rates, key=lambda n: self._rates[n])
        fewer, more = max(1, best // 2), min(self._cores, best * 2)
        if fewer not in self._rates:
            return fewer
        for neighbour in {fewer, more} - {best}:
            slower = self._rates[best] / self._rates.get(neighbour, self._rates[best])
            due = self._batches - self._tried.get(neighbour, 0) >= RETRY_AFTER * slower
            # Each wait of a thread that gets no core costs a time slice, hundreds of times per batch.
            if due and (neighbour < best or not self._busy(self._cores)):
                return neighbour
        return best

    def learn(self, threads: int, rate: float) -> None:
        self._batches += 1
        self._tried[threads] = self._batches
        self._rates[threads] = (self._rates.get(threads, rate) + rate) / 2
