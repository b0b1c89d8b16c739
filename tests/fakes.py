"""Stand-ins shared by the tests of the pipeline, the command line and the embedding room."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import localcluster.models
from localcluster.models import Models
from localcluster.testing import ScriptedModel

POSITIVE = ("great", "lovely", "superb", "fine", "splendid", "pleasant")
NEGATIVE = ("awful", "dreadful", "poor", "nasty", "terrible", "bleak")
KINDS = {
    "film": ("actor", "scene", "plot", "camera", "ending"),
    "food": ("soup", "waiter", "dessert", "table", "menu"),
    "gadget": ("battery", "screen", "charger", "button", "cable"),
}
LEXICON = {"sentiment": {**dict.fromkeys(POSITIVE, "positive"), **dict.fromkeys(NEGATIVE, "negative")}}

COLORS = ("red", "blue")
SHAPES = ("circle", "square", "triangle")
SEEN = {
    "color": {color: color for color in COLORS},
    "shape": {shape: shape for shape in SHAPES},
}


class WordEmbedder:
    """Bag of hashed word vectors, blind to sentiment words: an embedder that sees the topic only."""

    name = "word-embedder"
    sha256 = "0" * 64

    def __init__(self) -> None:
        self.calls = 0

    def encode(
        self, sentences: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        self.calls += 1
        out = np.zeros((len(sentences), 48), np.float32)
        for row, text in enumerate(sentences):
            for word in re.findall(r"\w+", text.lower()):
                if word in POSITIVE or word in NEGATIVE:
                    continue
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "little")
                out[row] += np.random.default_rng(seed).normal(size=48)
        return out


def reviews(n: int, seed: int = 0) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts with a sentiment (0, 1) and a kind (0, 1, 2), independent of each other."""
    rng = np.random.default_rng(seed)
    names = list(KINDS)
    texts, sentiment, kind = [], [], []
    while len(texts) < n:
        s, c = int(rng.integers(2)), int(rng.integers(3))
        nouns = rng.choice(KINDS[names[c]], 3, replace=False)
        feelings = rng.choice((NEGATIVE, POSITIVE)[s], 2, replace=False)
        text = f"{feelings[0]} {nouns[0]} and {feelings[1]} {nouns[1]} near {nouns[2]}"
        if text not in texts:
            texts.append(text)
            sentiment.append(s)
            kind.append(c)
    return texts, np.array(sentiment), np.array(kind)


def models() -> Models:
    """A scripted model that knows sentiment words, and an embedder that does not."""
    return Models(WordEmbedder(), ScriptedModel(LEXICON))


def give_models(make: Callable[..., Models], patch: pytest.MonkeyPatch | None = None) -> None:
    """From here on every command and function takes these models where it would load its own.

    The one place where the suite puts models without weights under the program. Tests use the fixture
    ``use_models``; fixtures that live longer than a test, and processes of their own, come here.

    Parameters
    ----------
    make : callable
        Called as ``make()``, and with what it has parameters for: ``texts``, whether all rows have a text,
        and ``config``, the settings that name the models.
    patch : pytest.MonkeyPatch, optional
        What takes it back; without one it stays, as fits a process of its own.
    """
    asks = inspect.signature(make).parameters

    def load(config: object = None, *_: object, texts: bool = True, **__: object) -> Models:
        given = {"texts": texts, "config": config}
        return make(**{name: value for name, value in given.items() if name in asks})

    if patch is None:
        localcluster.models.load_models = load
    else:
        patch.setattr(localcluster.models, "load_models", load)


def draw_pictures(folder: Path, n: int, seed: int = 0) -> tuple[dict[str, str], np.ndarray, np.ndarray]:
    """Write ``n`` small pictures; what each shows by file name, and its color (0, 1) and shape (0, 1, 2)."""
    rng = np.random.default_rng(seed)
    color, shape = rng.integers(len(COLORS), size=n), rng.integers(len(SHAPES), size=n)
    folder.mkdir(parents=True, exist_ok=True)
    shows = {}
    for i in range(n):
        picture = Image.new("RGB", (32, 32), (i % 256, 200, 200))
        corners = (0, 4, 3)[shape[i]]
        draw, at = ImageDraw.Draw(picture), (16, 16, 6 + i % 7)
        if corners:
            draw.regular_polygon(at, corners, fill=COLORS[color[i]])
        else:
            draw.circle(at[:2], at[2], fill=COLORS[color[i]])
        picture.save(folder / f"{i:03}.png")
        # What else there is to see: chance, and neither color nor shape.
        other = " ".join(f"mark{mark}" for mark in rng.integers(40, size=2))
        shows[f"{i:03}.png"] = f"{COLORS[color[i]]} {SHAPES[shape[i]]} {other}"
    return shows, color, shape


def seeing(shows: dict[str, str]) -> Models:
    """A scripted model that knows what pictures show, beside no embedder."""
    return Models(None, ScriptedModel(SEEN, pictures=shows))
