"""What is known of a criterion beside the views: the user's choice, rows with a class, a contrast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, roc_auc_score

from localcluster.config import ViewChoice
from localcluster.items.known import KnownRows
from localcluster.partition.contrast import Contrast

#: Resamples of the known rows, and standard errors by which one reading must be better to be taken for it.
RESAMPLES, BETTER_BY = 200, 1.0


@dataclass(frozen=True)
class Guidance:
    """What guides the choice between readings.

    Attributes
    ----------
    view : {"auto", "sentence", "criterion", "both"}
        Whose reading the user wants.
    known : KnownRows or None
        Places count the rows of the views.
    contrast : Contrast or None
        None where nobody looked.
    """

    view: ViewChoice = "auto"
    known: KnownRows | None = None
    contrast: Contrast | None = None

    def of_rows(self, rows: NDArray[np.int64]) -> Guidance:
        """The same for some of the rows, ascending; known rows that are not among them are left out."""
        if self.known is None:
            return self
        at = np.searchsorted(rows, self.known.places)
        at = np.minimum(at, len(rows) - 1)
        here = rows[at] == self.known.places
        kept = KnownRows(at[here].astype(np.int64), self.known.classes[here], self.known.names)
        return Guidance(self.view, kept, self.contrast)


def known_scores(
    known: KnownRows,
    vectors: Mapping[str, NDArray[np.float32]],
    labels: Mapping[str, NDArray[np.int64]],
    seed: int,
) -> tuple[dict[str, float], dict[str, NDArray[np.float64]]]:
    """How well each reading agrees with known classes.

    The mean of two measures from -1 to 1: how well cosines tell pairs of one class from pairs of two (area
    under the curve, doubled, less one), and the adjusted Rand index of the reading's partition.

    Parameters
    ----------
    vectors : mapping of str to float32, shape (n, d)
        Unit rows, by the name of the reading.
    labels : mapping of str to int64, shape (n,)
        Its partition.

    Returns
    -------
    scores : dict of str to float
    resampled : dict of str to float64, shape (RESAMPLES,)
        The same on random halves of the known rows, the same halves for every reading.
    """
    halves = _halves(known.classes, seed)
    whole = {name: _score(known, vectors[name], labels[name], slice(None)) for name in vectors}
    drawn = {
        name: np.array([_score(known, vectors[name], labels[name], half) for half in halves])
        for name in vectors
    }
    return whole, drawn


def clearly_better(
    scores: Mapping[str, float], drawn: Mapping[str, NDArray[np.float64]], default: str
) -> str:
    """The reading that known rows support beyond noise; ``default`` where none is."""
    best = max(scores, key=lambda name: scores[name])
    gain = drawn[best] - drawn[default]
    # Halves vary about as the whole's estimate does: twice the variance of the mean, half of the rows shared.
    if best == default or scores[best] - scores[default] <= BETTER_BY * max(float(gain.std()), 1e-9):
        return default
    return best


def _halves(classes: NDArray[np.int64], seed: int) -> list[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    found: list[NDArray[np.int64]] = []
    for _ in range(RESAMPLES):
        half = rng.permutation(len(classes))[: max(len(classes) // 2, 3)]
        found.append(half)
    return found


def _score(
    known: KnownRows,
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    chosen: NDArray[np.int64] | slice,
) -> float:
    places, classes = known.places[chosen], known.classes[chosen]
    first, second = np.triu_indices(len(places), 1)
    same = classes[first] == classes[second]
    rand = float(adjusted_rand_score(classes, labels[places]))
    if same.all() or not same.any():
        return rand
    cosine = (vectors[places[first]] * vectors[places[second]]).sum(axis=1)
    return (2 * float(roc_auc_score(same, cosine)) - 1 + rand) / 2
