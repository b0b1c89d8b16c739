"""In which language a text is written: by its script, and in Latin letters by how its words are spelt.

A multinomial logistic regression on hashed pairs and triples of characters, fitted by
``scripts/languages/fit.py`` on open data sets; the file names them. It knows twelve languages. What is
written in another one goes to the one that is spelt most alike, and all of it to the same: for telling
languages apart that is enough.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from scipy.special import softmax

FILE = "weights.safetensors"
#: Characters of a text that are looked at.
MAX_CHARACTERS = 600
#: Probability from which a text is said to be in a language, and letters below which nothing is said.
SURE, MIN_LETTERS = 0.6, 8
UNKNOWN = ""
#: Hash buckets.
BUCKETS = 4096


def languages_of(texts: Sequence[str]) -> list[str]:
    """Name of the language of each text, or of its script where that is not Latin; ``""`` where unsure.

    Examples
    --------
    >>> languages_of(["Wo bleibt denn meine Rechnung?", "Where is my parcel?", "Где моя посылка?", "42"])
    ['German', 'English', 'Cyrillic', '']
    """
    return [_language(text[:MAX_CHARACTERS]) for text in texts]


def probabilities(text: str) -> NDArray[np.float64]:
    """Of each language that is written in Latin letters, float64, shape (n_languages,)."""
    _, weights, bias = _file()
    buckets, values = spelling(text)
    return np.asarray(softmax(values @ weights[buckets] + bias))


def spelling(text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Hashed pairs and triples of the characters of words, and the weight of each, of unit length.

    Returns
    -------
    buckets : int64, shape (m,)
    values : float64, shape (m,)
    """
    plain = "".join(
        sign if sign.isalpha() or sign == "'" else " " for sign in text[:MAX_CHARACTERS].casefold()
    )
    count: Counter[int] = Counter()
    for word in plain.split():
        for bucket in _of_word(word):
            count[bucket] += 1
    buckets = np.array(sorted(count), np.int64)
    values = np.sqrt([count[bucket] for bucket in buckets.tolist()])
    return buckets, values / max(float(np.linalg.norm(values)), 1e-9)


def about_weights() -> dict[str, Any]:
    """What the file says of itself: languages, sets, and how the constants were checked."""
    return _file()[0]


# Several runs of a process read the same texts: seeds of a benchmark, settings that are tried in turn.
@lru_cache(maxsize=20_000)
def _language(text: str) -> str:
    script = _script(text)
    if script != "Latin":
        return script
    scores = probabilities(text)
    best = int(scores.argmax())
    return str(about_weights()["languages"][best]) if scores[best] >= SURE else UNKNOWN


@lru_cache(maxsize=50_000)
def _of_word(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    pieces = [padded[i : i + n] for n in (2, 3) for i in range(len(padded) - n + 1)]
    if len(word) <= 4:
        # Short words are the ones that languages do not share: "the", "und", "que".
        pieces.append(padded)
    return tuple(crc32(piece.encode()) % BUCKETS for piece in pieces)


def _script(text: str) -> str:
    letters = [sign for sign in text if sign.isalpha()]
    if len(letters) < 2:
        return UNKNOWN
    count = Counter(_script_of(letter) for letter in letters)
    if count["Hiragana"] + count["Katakana"] >= 0.1 * len(letters):
        return "Japanese"
    script, most = count.most_common(1)[0]
    # Signs for whole words say as much as several letters.
    enough = MIN_LETTERS if script == "Latin" else 2
    return script if most >= 0.5 * len(letters) and len(letters) >= enough else UNKNOWN


@cache
def _script_of(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split()[0].capitalize()


@cache
def _file() -> tuple[dict[str, Any], NDArray[np.float64], NDArray[np.float64]]:
    with as_file(files("localcluster.languages").joinpath(FILE)) as path, safe_open(path, "numpy") as kept:
        about = json.loads(kept.metadata()["about"])
        weights, bias = kept.get_tensor("weights"), kept.get_tensor("bias")
    return about, weights.astype(np.float64), bias.astype(np.float64)
