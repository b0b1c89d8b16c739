"""The ways to ask a model, in one table; a new one is a class, and a line here.

What runs try, what ``ask_triplets(scorer=...)`` takes and what the report says of each follows from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from localcluster.backends.base import LocalModel
from localcluster.embed import View
from localcluster.oracle.choice import ChoiceScorer
from localcluster.oracle.examples import Example
from localcluster.oracle.likelihood import LikelihoodScorer
from localcluster.oracle.rows import Row, have_images
from localcluster.oracle.scorer import Scorer
from localcluster.oracle.vectors import AnswerScorer
from localcluster.oracle.yes_no import YesNoScorer

#: By name, in the order in which a run tries them.
SCORERS: dict[str, type[Scorer]] = {
    scorer.name: scorer for scorer in (AnswerScorer, LikelihoodScorer, YesNoScorer, ChoiceScorer)
}


def scorers_of(
    model: LocalModel,
    criterion: str,
    rows: Sequence[Row],
    answers: View,
    examples: Sequence[Example] = (),
) -> list[Scorer]:
    """Every scorer that can tell about these rows, none of which needs a further pass over all of them.

    Parameters
    ----------
    rows : sequence of str or Item
        Distinct rows.
    answers : View
        Answer distributions, read already.
    examples : sequence of Example
        Worked examples for scorers that ask about pairs of texts.
    """
    pictures = have_images(rows)
    return [
        scorer.about(model, criterion, rows, answers, examples)
        for scorer in SCORERS.values()
        if scorer.reads_images or not pictures
    ]
