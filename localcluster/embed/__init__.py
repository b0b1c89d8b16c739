"""Rows of text (or images) as vectors: what the sentence embedder sees and what the criterion makes of it.

``sentence`` wraps the small embedder, ``criterion`` reads hidden states and answer distributions
of the local model under a criterion's prompts (ESMC), ``wordings`` holds those prompts, and every
result is a :class:`View`: unit vectors with a name that a report can show.
"""

from localcluster.embed.criterion import (
    PLACES,
    answer_logprobs,
    answer_view,
    candidate_layers,
    centre_rows,
    criterion_views,
    read_states,
    selector_of,
    state_views,
)
from localcluster.embed.fast_reader import CriterionReader, FastReader, reader_view
from localcluster.embed.reading import Question, read_questions
from localcluster.embed.sentence import Embedder, SentenceEmbedder, checked_vectors, sentence_view
from localcluster.embed.view import Place, View
from localcluster.embed.wordings import WORDINGS, Wording

__all__ = [
    "PLACES",
    "WORDINGS",
    "CriterionReader",
    "Embedder",
    "FastReader",
    "Place",
    "Question",
    "SentenceEmbedder",
    "View",
    "Wording",
    "answer_logprobs",
    "answer_view",
    "candidate_layers",
    "centre_rows",
    "checked_vectors",
    "criterion_views",
    "read_questions",
    "read_states",
    "reader_view",
    "selector_of",
    "sentence_view",
    "state_views",
]
