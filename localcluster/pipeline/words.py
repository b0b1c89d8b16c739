"""Which words of a row placed it in its cluster: leave one out, read again, compare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from localcluster.boilerplate.units import plain_text
from localcluster.items import Items
from localcluster.languages import languages_of
from localcluster.models import Models
from localcluster.pipeline.predict import read_vectors
from localcluster.pipeline.predictor import Predictor
from localcluster.progress import SILENT, Reporter

#: Words that are left out one at a time; each costs a reading of the row.
MAX_WORDS = 80

_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class WordInfluence:
    """A word and what the row loses without it.

    Attributes
    ----------
    influence : float
        Log odds (nats) of the row's cluster against the runner-up, with the word minus without it: above zero
        for a word that speaks for the cluster.
    """

    word: str
    influence: float


def word_influences(
    predictor: Predictor,
    text: str,
    cluster: int,
    runner_up: int,
    models: Models,
    reporter: Reporter = SILENT,
) -> list[WordInfluence]:
    """Influence of each word of a text, in the order of the text.

    Parameters
    ----------
    predictor : Predictor
        Of the criterion.
    text : str
        As the run read it; nothing more is left out of it. Words beyond the first :data:`MAX_WORDS` are
        always left in.
    models : Models
        Those of the run.

    Returns
    -------
    list of WordInfluence
        Empty for a text of fewer than two words, which leaves nothing to read.
    """
    spans = [match.span() for match in _WORD.finditer(text)]
    if len(spans) < 2:
        return []
    spans = spans[:MAX_WORDS]
    without = [f"{text[:start]}{text[stop:].lstrip(' ')}" for start, stop in spans]
    items = Items.from_texts([text, *without])
    # A word less makes it no text of another language, and nothing that is to be trimmed anew.
    spoken = languages_of([text]) * len(items.items) if predictor.languages else []
    (vectors,) = read_vectors([predictor], items, models, reporter, rows=items.items, spoken=spoken)
    # From the scores, not from probabilities, which round to 0 and 1 where a row is clear.
    scores = predictor.head.logits(vectors).astype(np.float64) / predictor.head.temperature
    odds = (scores[:, cluster] - scores[:, runner_up])[items.inverse]
    return [
        WordInfluence(text[start:stop], float(odds[0] - left))
        for (start, stop), left in zip(spans, odds[1:], strict=True)
    ]


def words_not_read(text: str, read: str) -> list[str]:
    """Runs of words of a text that are not in what was read of it, in order.

    >>> words_not_read("Hi Ann, my card is lost. Kind regards", "my card is lost.")
    ['Hi Ann,', 'Kind regards']
    """
    words, kept = plain_text(text).split(), plain_text(read).split()
    matched = SequenceMatcher(None, words, kept, autojunk=False).get_opcodes()
    return [" ".join(words[start:stop]) for tag, start, stop, _, _ in matched if tag in ("delete", "replace")]
