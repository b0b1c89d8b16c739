"""Contact sheets: which rows' pictures a page shows, embedded in the page itself."""

from __future__ import annotations

import base64

from localcluster.results import CriterionResult

#: Pictures on a card: typical ones, and the least sure.
TYPICAL, LEAST_SURE = 8, 4
#: With more clusters than :data:`MAX_OPEN_CARDS` cards start folded, and fewer pictures keep the file small.
TYPICAL_FOLDED, LEAST_SURE_FOLDED = 4, 2
#: With more clusters than this, cards start folded.
MAX_OPEN_CARDS = 12


def sheet_sizes(k: int) -> tuple[int, int]:
    """How many typical and least sure pictures a card shows where there are ``k`` clusters."""
    return (TYPICAL, LEAST_SURE) if k <= MAX_OPEN_CARDS else (TYPICAL_FOLDED, LEAST_SURE_FOLDED)


def rows_shown(criteria: list[CriterionResult]) -> list[int]:
    """Rows whose pictures the page shows: those that a run needs thumbnails of, in ascending order."""
    rows: set[int] = set()
    for criterion in criteria:
        typical, least = sheet_sizes(criterion.k)
        for card in criterion.clusters:
            rows.update(card.exemplars[:typical], card.least_confident[:least])
    return sorted(rows)


def data_uri(jpeg: bytes) -> str:
    """A JPEG as the address of an ``<img>``: inside the page, so that nothing is loaded.

    Whatever the bytes are, a browser decodes them as a picture and never runs them.
    """
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
