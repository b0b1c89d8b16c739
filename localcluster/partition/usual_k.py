"""How many clusters a criterion usually makes, by the criteria of labelled sets.

Words say something of a number: a sentiment has two or three values, an intent dozens. The silhouette does
not know it, and on texts its maximum may lie anywhere (3 for 93 research fields). So the number of classes of
criteria in like words is the expectation, the silhouette is what the rows say, and both together are a
distribution over k: a number and a range. ``scripts/train_reader/usual_k.py`` counted the classes and set the
two constants by maximum likelihood, each set judged without itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows
from localcluster.embed import Embedder, checked_vectors

#: Share of the distribution that the stated range holds.
RANGE_MASS = 0.9
#: Standard deviation of log k where all like criteria agree: they are few.
LEAST_SPREAD = 0.4


@dataclass(frozen=True)
class Counted:
    """A criterion of a labelled set: the phrases that people use for it, and its number of classes."""

    set: str
    phrases: tuple[str, ...]
    classes: int


@dataclass(frozen=True)
class Learnt:
    """What ``usual_k.json`` holds.

    Attributes
    ----------
    temperature : float
        Of the weights of criteria by how alike the words are (cosines in units of their spread).
    sharpness : float
        Weight of the silhouette.
    """

    counted: tuple[Counted, ...]
    temperature: float
    sharpness: float


@dataclass(frozen=True)
class UsualK:
    """Expected number of clusters, normal in its natural logarithm."""

    log_k: float
    spread: float


@cache
def learnt() -> Learnt:
    """The package's own counts and constants."""
    told = json.loads(files("localcluster.partition").joinpath("usual_k.json").read_text(encoding="utf-8"))
    counted = tuple(Counted(name, tuple(phrases), classes) for name, classes, phrases in told["counted"])
    return Learnt(counted, **told["constants"])


def usual_k(criterion: str, embedder: Embedder, known: Learnt | None = None) -> UsualK:
    """The number of clusters that criteria in like words have.

    Parameters
    ----------
    criterion : str
        In the user's words.
    embedder : Embedder
        Says which words are alike.
    known : Learnt, optional
        The package's own if not given.
    """
    known = known or learnt()
    phrases = list(dict.fromkeys(phrase for one in known.counted for phrase in one.phrases))
    texts = [*phrases, criterion]
    vectors = unit_rows(checked_vectors(embedder, texts, embedder.encode(texts)))
    alike = dict(zip(phrases, vectors[:-1] @ vectors[-1], strict=True))
    nearest = np.array([max(alike[phrase] for phrase in one.phrases) for one in known.counted])
    # In units of their spread: cosines of one embedder lie between 0 and 1, those of another near 0.8.
    standing = (nearest - nearest.max()) / max(float(nearest.std()), 1e-6)
    weights = np.exp(standing / known.temperature)
    weights /= weights.sum()
    log_k = np.log([one.classes for one in known.counted])
    mean = float(weights @ log_k)
    spread = float(np.sqrt(weights @ (log_k - mean) ** 2 + LEAST_SPREAD**2))
    return UsualK(mean, spread)


def posterior(
    ks: NDArray[np.int64], silhouettes: NDArray[np.float64], usual: UsualK, known: Learnt
) -> NDArray[np.float64]:
    """Probability of each number of clusters of a grid, float64, shape (len(ks),).

    Parameters
    ----------
    ks : int64, shape (m,)
        Ascending. A number stands for those nearer to it than to its neighbours.
    silhouettes : float64, shape (m,)
    """
    log_k = np.log(ks)
    edges = np.concatenate([[log_k[0]], (log_k[1:] + log_k[:-1]) / 2, [log_k[-1]]])
    # The first and the last stand for what is beyond them as far as they do for what is within.
    edges[0] -= max(edges[1] - log_k[0], 1e-3)
    edges[-1] += max(log_k[-1] - edges[-2], 1e-3)
    expected = -0.5 * ((log_k - usual.log_k) / usual.spread) ** 2
    logp = expected + known.sharpness * silhouettes + np.log(np.diff(edges))
    p = np.exp(logp - logp.max())
    return np.asarray(p / p.sum())


def ends_of_range(ks: NDArray[np.int64], p: NDArray[np.float64]) -> tuple[int, int, int]:
    """Low end, median and high end of a distribution over numbers of clusters."""
    below = p.cumsum()
    tail = (1 - RANGE_MASS) / 2
    low, middle, high = (
        int(ks[at]) for at in np.searchsorted(below, (tail, 0.5, 1 - tail)).clip(max=len(ks) - 1)
    )
    return low, middle, high
