"""A cluster on the page: the run's card with what has to be looked up or counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from localcluster.report.palette import cluster_colours
from localcluster.report.payload import shortened
from localcluster.report.pictures import data_uri, sheet_sizes
from localcluster.results import ClusterCard, CriterionResult, RunResult

#: Characters of a row on a card; the whole text is a click away.
_CARD_CHARS = 240
#: Texts on a card, typical and least sure each.
_TEXTS = 5


@dataclass(frozen=True)
class Example:
    """A row on a card.

    Attributes
    ----------
    text : str
        Its beginning; "" for a picture, whose name says the same.
    image : str or None
        Name of the picture; None for a row without one.
    source : str or None
        Address of the picture inside the page; None where it cannot be shown.
    """

    row: int
    text: str
    confidence: float
    image: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Card:
    """A cluster on the page."""

    card: ClusterCard
    colour: str
    share: float
    confidence: float
    exemplars: list[Example]
    least_confident: list[Example]


def cards(criterion: CriterionResult, result: RunResult) -> list[Card]:
    """The cards of one criterion, in label order."""
    colours = cluster_colours(criterion.k)
    n = max(len(criterion.labels), 1)
    sums = np.bincount(criterion.labels, weights=criterion.confidence, minlength=criterion.k)
    counts = np.bincount(criterion.labels, minlength=criterion.k)
    typical, least = (_TEXTS, _TEXTS) if result.images is None else sheet_sizes(criterion.k)
    return [
        Card(
            card=card,
            colour=colours[c],
            share=card.size / n,
            confidence=float(sums[c] / max(counts[c], 1)),
            exemplars=[_example(row, criterion, result) for row in card.exemplars[:typical]],
            least_confident=[_example(row, criterion, result) for row in card.least_confident[:least]],
        )
        for c, card in enumerate(criterion.clusters)
    ]


def _example(row: int, criterion: CriterionResult, result: RunResult) -> Example:
    text, image = result.texts[row], None if result.images is None else result.images[row]
    jpeg = result.thumbnails.get(row)
    return Example(
        row,
        "" if image == text else shortened(text, _CARD_CHARS),
        float(criterion.confidence[row]),
        image,
        None if jpeg is None else data_uri(jpeg),
    )
