"""The oracle: a local model's answers to "which is closer?" and "do these belong together?".

``questions`` words them, a scorer (one of :data:`SCORERS`) reads evidence from the model, ``calibration``
finds out on ``easy`` questions whether a scorer can be trusted, and :class:`Oracle` asks each question
once, in both orders, and gives :class:`Answers` with probabilities. ``ask_triplets`` and ``ask_pairs`` are
all of it for rows of a caller's own.
"""

from localcluster.oracle.answers import Answers, estimated_accuracy, joined
from localcluster.oracle.calibration import calibrate, choose_scorer
from localcluster.oracle.choice import ChoiceScorer
from localcluster.oracle.easy import easy_pairs, easy_triplets
from localcluster.oracle.examples import Example, read_examples
from localcluster.oracle.likelihood import LikelihoodScorer
from localcluster.oracle.oracle import Oracle
from localcluster.oracle.panel import Panel, hold_panel
from localcluster.oracle.scorer import ModelScorer
from localcluster.oracle.scorers import SCORERS, scorers_of
from localcluster.oracle.vectors import (
    VectorScorer,
    short_answer_vectors,
)
from localcluster.oracle.yes_no import YesNoScorer

__all__ = [
    "Answers",
    "ChoiceScorer",
    "Example",
    "LikelihoodScorer",
    "ModelScorer",
    "Oracle",
    "Panel",
    "SCORERS",
    "VectorScorer",
    "YesNoScorer",
    "calibrate",
    "choose_scorer",
    "easy_pairs",
    "easy_triplets",
    "estimated_accuracy",
    "hold_panel",
    "joined",
    "read_examples",
    "scorers_of",
    "short_answer_vectors",
]
