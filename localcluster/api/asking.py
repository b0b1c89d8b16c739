"""ClusterLLM's questions as functions: which to ask, what the model answers, how many clusters follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from localcluster import granularity
from localcluster.api.arrays import check_choice, numbered, questions_about, rows_of, unit_vectors
from localcluster.api.own_models import load_llm
from localcluster.api.settings import criterion_of
from localcluster.backends.base import LocalModel
from localcluster.errors import InputError, ModelError
from localcluster.granularity import Granularity, Method, build_hierarchy, sample_pairs
from localcluster.oracle import (
    Answers,
    ChoiceScorer,
    Example,
    LikelihoodScorer,
    Oracle,
    Scorer,
    YesNoScorer,
    hold_panel,
)
from localcluster.oracle.oracle import MIN_CONFIDENCE
from localcluster.oracle.rows import Row, have_images
from localcluster.papers import (
    GRANULARITY_K_MAX,
    GRANULARITY_K_MIN,
    GRANULARITY_PAIRS_PER_STEP,
    TRIPLETS,
)
from localcluster.store import AnswerStore, Kind
from localcluster.triplets import Strategy, sampling

#: The ways to ask, by the names that reports call them.
_SCORERS: dict[str, type[ChoiceScorer | YesNoScorer | LikelihoodScorer]] = {
    scorer.name: scorer for scorer in (ChoiceScorer, YesNoScorer, LikelihoodScorer)
}
ScorerName = Literal["choice tokens", "yes or no", "likelihood"]
Advance = Callable[[int, int], None]


def sample_triplets(
    vectors: ArrayLike,
    labels: ArrayLike,
    n_triplets: int = TRIPLETS,
    *,
    strategy: Strategy = "exemplar",
    random_state: int = 0,
) -> NDArray[np.int64]:
    """Draw triplets about rows that a clustering is unsure of (ClusterLLM section 3.1).

    Parameters
    ----------
    vectors : shape (n, d)
        Any embedding; rows are scaled to unit length.
    labels : shape (n,)
        Any clustering of the rows.
    n_triplets : int
        At most so many.
    strategy : {"exemplar", "entropy", "margin", "random"}
        ``"entropy"`` is the paper's; :func:`localcluster.triplets.sample_triplets` says what each does.
    random_state : int

    Returns
    -------
    int64, shape (m, 3)
        Row numbers: query, choice 1, choice 2.

    Raises
    ------
    ConfigError
        An unknown strategy.
    InputError
        Vectors that are no finite numbers, or labels of another number of rows.
    """
    check_choice("strategy", strategy, get_args(Strategy))
    points = unit_vectors(vectors)
    return sampling.sample_triplets(points, numbered(labels, len(points)), n_triplets, random_state, strategy)


def ask_triplets(
    rows: Sequence[Row],
    triplets: ArrayLike,
    by: str,
    llm: str | PathLike[str] | LocalModel,
    *,
    scorer: ScorerName | None = None,
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
    scorer: ScorerName | None = None,
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


def choose_granularity(
    vectors: ArrayLike,
    same: Callable[[NDArray[np.int64]], Answers | ArrayLike],
    *,
    k_min: int = GRANULARITY_K_MIN,
    k_max: int = GRANULARITY_K_MAX,
    per_step: int = GRANULARITY_PAIRS_PER_STEP,
    method: Method = "change point",
    random_state: int = 0,
) -> Granularity:
    """Choose the number of clusters by answers about pairs over a hierarchy (ClusterLLM section 3.2).

    Parameters
    ----------
    vectors : shape (n, d)
        Any embedding; Ward's hierarchy is built on it.
    same : callable
        Is given pairs of row numbers, int64, shape (m, 2), once, and returns :class:`Answers`
        (:func:`ask_pairs`) or the probability that each is the same, shape (m,); NaN for no answer.
    k_min, k_max : int
        Fewest and most clusters to consider.
    per_step : int
        Pairs per merge between them.
    method : {"change point", "F-beta", "expected F-beta"}
        ``"F-beta"`` is the paper's.
    random_state : int

    Returns
    -------
    Granularity
        ``k`` with its plausible range ``low`` to ``high`` and the ``curve`` over all k.

    Raises
    ------
    InputError
        ``same`` does not give one probability per pair.
    ConfigError
        An unknown method, or a range of k that the rows cannot have.
    """
    check_choice("method", method, get_args(Method))
    points = unit_vectors(vectors)
    hierarchy = build_hierarchy(points, random_state)
    k_max = min(k_max, hierarchy.n_leaves)
    sample = sample_pairs(hierarchy, k_min, k_max, per_step, random_state, vectors=points)
    given = same(sample.pairs)
    if isinstance(given, Answers):
        probability, abstained = given.probability, given.abstained
    else:
        probability = np.asarray(given, dtype=np.float32)
        if probability.shape != (len(sample),):
            raise InputError(
                f"same() was given {len(sample):,} pairs and returned shape {probability.shape}; return the "
                "probability of each."
            )
        abstained = np.isnan(probability)
        if ((probability < 0) | (probability > 1)).any():
            raise InputError("same() returned probabilities outside 0 to 1.")
    return granularity.choose_granularity(
        sample, probability, abstained, k_min, k_max, method=method, seed=random_state
    )


def as_answers(triplets: ArrayLike, probability: ArrayLike, n: int) -> Answers:
    """Answers of any oracle to triplets about ``n`` rows, from the probability of choice 1; NaN for none."""
    asked = questions_about(n, triplets, 3)
    p = np.asarray(probability, dtype=np.float32)
    if p.shape != (len(asked),) or ((p < 0) | (p > 1)).any():
        raise InputError(
            f"{len(asked):,} triplets came with probabilities of shape {p.shape}; give one from 0 to 1 "
            "for each."
        )
    abstained = ~(np.abs(2 * p - 1) >= MIN_CONFIDENCE)
    p = np.where(np.isnan(p), np.float32(0.5), p)
    clipped = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    score = np.log(clipped / (1 - clipped)).astype(np.float32)
    return Answers(asked, np.stack([score, score], axis=1), p, abstained)


def _ask(
    kind: Kind,
    rows: Sequence[Row],
    questions: NDArray[np.int64],
    by: str,
    llm: str | PathLike[str] | LocalModel,
    scorer: ScorerName | None,
    vectors: ArrayLike | None,
    examples: Sequence[Example],
    store: str | PathLike[str] | None,
    seed: int,
    progress: Advance | None,
) -> Answers:
    by = criterion_of(by)
    model = load_llm(llm)
    geometry = None if vectors is None else unit_vectors(vectors, len(rows))
    scorers = [_scorer(name, model, by, rows, examples) for name in _names(scorer, kind, rows, geometry)]
    if store is None:
        return _answer(kind, rows, questions, scorers, geometry, None, seed, progress)
    with AnswerStore.open(Path(store)) as opened:
        return _answer(kind, rows, questions, scorers, geometry, opened, seed, progress)


def _answer(
    kind: Kind,
    rows: Sequence[Row],
    questions: NDArray[np.int64],
    scorers: Sequence[Scorer],
    geometry: NDArray[np.float32] | None,
    store: AnswerStore | None,
    seed: int,
    progress: Advance | None,
) -> Answers:
    oracle: Oracle | None = Oracle(scorers[0], rows, store)
    if geometry is not None:
        panel = hold_panel(kind, scorers, rows, [geometry], seed, store=store)
        oracle = panel.oracle
        if oracle is None:
            raise ModelError(
                f"{panel.why} To have the answers all the same, name a scorer and leave out vectors: "
                f"scorer={scorers[0].name!r}."
            )
    assert oracle is not None
    return (oracle.ask_triplets if kind == "triplet" else oracle.ask_pairs)(questions, progress)


def _names(
    scorer: ScorerName | None, kind: Kind, rows: Sequence[Row], geometry: NDArray[np.float32] | None
) -> list[str]:
    """The ways to ask that are tried: the one named; else all that can tell, on trial; else the paper's."""
    if scorer is not None:
        return [scorer]
    if geometry is None:
        return [ChoiceScorer.name]
    # A likelihood only orders pairs, and pictures have none.
    without = kind == "pair" or have_images(rows)
    return [name for name in _SCORERS if not (without and name == LikelihoodScorer.name)]


def _scorer(
    name: str, model: LocalModel, by: str, rows: Sequence[Row], examples: Sequence[Example]
) -> Scorer:
    if name == LikelihoodScorer.name:
        return LikelihoodScorer(model, by, rows)
    check_choice("scorer", name, list(_SCORERS))
    return _SCORERS[name](model, by, rows, examples)
