"""Confidence: how probably a row is in the right cluster, and whether it belongs in any.

``readings`` are other partitions of the same rows, ``features`` what they and the neighbours say of a row,
``calibration`` the one fixed function from features to a probability, ``estimate_confidence`` all three.
``Surroundings`` knows what the rows of a run are like, and flags those, of the run and new, that fit nowhere.
``how_sure`` gives both for the rows of a run; ``Transfer`` carries confidence over to new rows.
"""

from localcluster.confidence.estimate import estimate_confidence
from localcluster.confidence.nowhere import Surroundings, empty
from localcluster.confidence.sureness import RowSureness, bounded, how_sure
from localcluster.confidence.transfer import Transfer

__all__ = [
    "RowSureness",
    "Surroundings",
    "Transfer",
    "bounded",
    "empty",
    "estimate_confidence",
    "how_sure",
]
