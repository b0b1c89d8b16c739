"""ClusterLLM's questions as functions, for rows and models of a caller's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from localcluster.arrays import check_choice, questions_about, unit_vectors
from localcluster.backends.base import LocalModel
from localcluster.config import criterion_of
from localcluster.errors import ModelError
from localcluster.models import load_llm
from localcluster.oracle.answers import Answers
from localcluster.oracle.choice import ChoiceScorer
from localcluster.oracle.examples import Example
from localcluster.oracle.oracle import Oracle
from localcluster.oracle.panel import hold_panel
from localcluster.oracle.rows import Row, have_images, rows_of
from localcluster.oracle.scorer import Scorer
from localcluster.oracle.scorers import SCORERS
from localcluster.store import AnswerStore, Kind

Advance = Callable[[int, int], None]


def ask_triplets(
    rows: Sequence[Row],
    triplets: ArrayLike,
    by: str,
    llm: str | PathLike[str] | LocalModel,
    *,
    scorer: str | None = None,
    vectors: ArrayLike | None = None,
    examples: Sequence[Example] = (),
    answers: str | PathLike[str] | None = None,
    random_state: int = 0,
    progress: Advance | None = None,
) -> Answers:
    """Ask a language model which choice of each triplet is closer to its query, in both orders.

    Parameters
    ----------
    rows : sequence of str or Item
        What the triplets number.
    triplets : int64, shape (m, 3)
    by : str
        The criterion.
    llm : str, path or LocalModel
        A name is loaded anew at each call; load a model that is used often with :func:`load_llm`.
    scorer : {"choice tokens", "yes or no", "likelihood"}, optional
        How to ask. Without it, the ways are tried on easy questions and the best is taken, which needs
        ``vectors``; without these, ``"choice tokens"``, the paper's question.
    vectors : shape (n, d), optional
        An embedding of the rows, whose near and far rows make easy questions. The answers' probabilities are
        calibrated on these, and a model that only guesses is refused.
    examples : sequence of Example
        Worked examples shown before each question.
    answers : path, optional
        SQLite file that remembers every reading: what stands there is not asked again.
    random_state : int
        Of the easy questions.
    progress : callable, optional
        ``progress(done, total)`` in questions.

    Returns
    -------
    Answers
        With ``probability`` of choice 1, ``abstained``, and both readings of each question.

    Raises
    ------
    ModelError
        With ``vectors``: no way of asking was clearly better than guessing.
    ConfigError
        No criterion, no model, or an unknown scorer.
    InputError
        A row that is no text, or questions that number rows which are not there.
    """
    known = rows_of(rows)
    asked = questions_about(known, triplets, 3)
    return _ask("triplet", known, asked, by, llm, scorer, vectors, examples, answers, random_state, progress)


def ask_pairs(
    rows: Sequence[Row],
    pairs: ArrayLike,
    by: str,
    llm: str | PathLike[str] | LocalModel,
    *,
    scorer: str | None = None,
    vectors: ArrayLike | None = None,
    examples: Sequence[Example] = (),
    answers: str | PathLike[str] | None = None,
    random_state: int = 0,
    progress: Advance | None = None,
) -> Answers:
    """Ask a language model whether the two rows of each pair belong together; else as :func:`ask_triplets`.

    Returns
    -------
    Answers
        With ``probability`` of "same".
    """
    known = rows_of(rows)
    asked = questions_about(known, pairs, 2)
    return _ask("pair", known, asked, by, llm, scorer, vectors, examples, answers, random_state, progress)


def _ask(
    kind: Kind,
    rows: Sequence[Row],
    questions: NDArray[np.int64],
    by: str,
    llm: str | PathLike[str] | LocalModel,
    scorer: str | None,
    vectors: ArrayLike | None,
    examples: Sequence[Example],
    store: str | PathLike[str] | None,
    seed: int,
    progress: Advance | None,
) -> Answers:
    by = criterion_of(by)
    model = load_llm(llm)
    geometry = None if vectors is None else unit_vectors(vectors, len(rows))
    ways = _ways(scorer, kind, rows, geometry)
    scorers = [way.about(model, by, rows, None, examples) for way in ways]
    with nullcontext() if store is None else AnswerStore.open(Path(store)) as opened:
        oracle: Oracle | None = Oracle(scorers[0], rows, opened)
        if geometry is not None:
            panel = hold_panel(kind, scorers, rows, [geometry], seed, store=opened)
            oracle = panel.oracle
            if oracle is None:
                raise ModelError(
                    f"{panel.why} To get the answers anyway, name a scorer and leave out vectors: "
                    f"scorer={scorers[0].name!r}."
                )
        assert oracle is not None
        return (oracle.ask_triplets if kind == "triplet" else oracle.ask_pairs)(questions, progress)


def _ways(
    scorer: str | None, kind: Kind, rows: Sequence[Row], geometry: NDArray[np.float32] | None
) -> list[type[Scorer]]:
    """The ways to ask that are tried: the one named; else all that can tell, on trial; else the paper's."""
    # The paper's question first: of two ways that do alike, the first is taken.
    asking = {name: way for name, way in reversed(SCORERS.items()) if not way.per_item}
    if scorer is not None:
        check_choice("scorer", scorer, asking)
        return [asking[scorer]]
    if geometry is None:
        return [ChoiceScorer]
    pictures = have_images(rows)
    return [
        way
        for way in asking.values()
        if (kind == "triplet" or way.knows_same) and (way.reads_images or not pictures)
    ]
