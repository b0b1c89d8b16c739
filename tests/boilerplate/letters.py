"""Letters with a frame, and an embedder that knows words and nothing else."""

from __future__ import annotations

import hashlib
import re

import numpy as np

from localcluster.embed.view import unit_rows

EMBEDDER = "f" * 64
THINGS = ("invoice", "printer", "password", "parcel", "keyboard", "calendar", "parking", "lamp", "badge")
DEEDS = (
    "was never delivered to our house",
    "broke again after two days",
    "shows the wrong amount since Monday",
    "cannot be opened by anybody here",
    "needs a new owner before summer",
    "makes a strange noise at night",
    "disappeared from the shared folder",
)
NAMES = [
    first + last for first in ("Ann", "Bob", "Cid", "Dor", "Em", "Fay", "Gus", "Hal") for last in "abefilmort"
]
SIGNATURE = "Example Widgets Ltd, 12 Harbour Street, company number 123456"


def word_vectors(sentences, dimensions=48):
    """Unit bags of hashed words; the same text gives the same vector in any company."""
    out = np.zeros((len(sentences), dimensions), np.float32)
    for row, text in enumerate(sentences):
        for word in re.findall(r"\w+", text.lower()):
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "little")
            out[row] += np.random.default_rng(seed).normal(size=dimensions)
    return unit_rows(out)


def contents(n):
    """Sentences of which no two are the same, up to 63."""
    return [f"The {THINGS[i % len(THINGS)]} {DEEDS[(i // len(THINGS)) % len(DEEDS)]}." for i in range(n)]


def letters(n):
    """Texts with the same salutation and signature, and what each is about."""
    about = contents(n)
    texts = [
        f"Dear team,\n{text}\nKind regards\n{NAMES[i % len(NAMES)]}, {SIGNATURE}"
        for i, text in enumerate(about)
    ]
    return texts, about
