"""How many threads to decode with, learned while decoding.

llama.cpp's threads wait for each other after every operation without sleeping. On a machine that is
busy otherwise the slowest holds up all: with two busy cores, one thread was measured 3 times as fast
as two. The number of threads does not change a result, so it may follow the machine's load.
"""

from __future__ import annotations

#: A neighbouring number of threads is tried again once in so many batches of a kind.
RETRY_EVERY = 32
#: Batches below this many tokens (generation) are bound by memory, and judged apart.
_SMALL_BATCH = 64


class ThreadTuner:
    """Hill climbing over 1, 2, 4, ... ``cores`` by the tokens per second of each.

    Parameters
    ----------
    cores : int
        Most threads.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._kinds: dict[bool, _Kind] = {}

    def choose(self, tokens: int) -> int:
        """Return the number of threads for a batch of ``tokens``."""
        return self._kind(tokens).choose()

    def learn(self, tokens: int, threads: int, seconds: float) -> None:
        """Take note of how long a batch took."""
        self._kind(tokens).learn(threads, tokens / max(seconds, 1e-9))

    def _kind(self, tokens: int) -> _Kind:
        return self._kinds.setdefault(tokens < _SMALL_BATCH, _Kind(self._cores))


class _Kind:
    """Rates of batches of about the same size."""

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._rates: dict[int, float] = {}
        self._batches = 0

    def choose(self) -> int:
        if not self._rates:
            return self._cores
        best = max(self._rates, key=lambda n: self._rates[n])
        fewer, more = max(1, best // 2), min(self._cores, best * 2)
        if fewer not in self._rates:
            return fewer
        turn, rest = divmod(self._batches, RETRY_EVERY)
        if rest:
            return best
        return fewer if turn % 2 else more

    def learn(self, threads: int, rate: float) -> None:
        self._batches += 1
        old = self._rates.get(threads, rate)
        self._rates[threads] = (old + rate) / 2
