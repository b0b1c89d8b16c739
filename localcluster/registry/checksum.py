"""Checksums of files that may be several gigabytes long."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

BLOCK = 1 << 20


def sha256_of(path: Path, advance: Callable[[int], None] | None = None) -> str:
    """SHA-256 of a file in hexadecimal; ``advance`` is told the size of each block read."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            if advance:
                advance(len(block))
    return digest.hexdigest()


def sha256_of_weights(files: Sequence[Path]) -> str:
    """What identifies a model of one or several weight files: theirs, in the order given."""
    return joined_sha256([sha256_of(file) for file in files])


def joined_sha256(hashes: Sequence[str]) -> str:
    """One hash for several, and the hash itself for one."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
