"""Read the pool once: python scripts/confidence/read.py POOL [--cache FOLDER]."""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from pathlib import Path

from pool import SENTENCE_ONLY, WITH_MODEL, draw

from localcluster.config import RunConfig
from localcluster.models import load_models
from localcluster.offline import go_offline

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.lib.confidence_rows import read
from benchmarks.lib.record import limited

CACHE = Path(".localcluster/confidence-pool")


def every(pool: Path, models, cache: Path = CACHE, kept_only: bool = False):
    """Each set's rows, what is drawn of it, and whether the language model has read it."""
    # In an order of no meaning, so that a reading cut short is a fair part of the whole.
    every = sorted((*WITH_MODEL, *SENTENCE_ONLY), key=lambda pair: zlib.crc32(repr(pair).encode()))
    for file, criterion in every:
        drawn = draw(pool, file, criterion)
        asked = drawn.criterion if (file, criterion) in WITH_MODEL else None
        texts = drawn.texts + drawn.bad + drawn.fresh
        try:
            rows = read(texts, asked, drawn.wording, models, cache, kept_only)
        except FileNotFoundError:
            continue
        yield drawn, rows


def main() -> None:
    """Read everything, one thread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    arguments = parser.parse_args()
    go_offline()
    with limited(1):
        models = load_models(RunConfig.checked(source="-", by=("topic",)))
        start, total = time.perf_counter(), 0
        for drawn, rows in every(arguments.pool, models, arguments.cache):
            total += len(rows.texts)
            print(f"{time.perf_counter() - start:6.0f} s {total:6} {drawn.name} k={drawn.k}", flush=True)


if __name__ == "__main__":
    main()
