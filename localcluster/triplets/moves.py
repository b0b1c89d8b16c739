"""Move rows between clusters by what the oracle answered about them, and check the moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from localcluster.oracle import Answers, Oracle, joined
from localcluster.triplets.gate import Verdict, out_of_reach, support_of_moves, verdict
from localcluster.triplets.membership import Neighbourhood, assign, with_answers
from localcluster.triplets.sampling import exemplar_triplets, exemplars, least_sure

#: Triplets asked before memberships are looked at again: rows near the moved ones have become more or less
#: sure by then. Four looks instead of one gain 0.5 to 2 points of ACC at the same number of questions.
BATCH = 256
#: Second opinions asked before it is looked at whether the moves can still be accepted.
SECOND_BATCH = 8

Advance = Callable[[int, int], None]


@dataclass
class Evidence:
    """All triplet answers so far: those that move rows and those that check the moves."""

    training: list[Answers] = field(default_factory=list)
    held_out: list[Answers] = field(default_factory=list)

    @property
    def all(self) -> list[Answers]:
        """Both, for use once the check is over."""
        return [*self.training, *self.held_out]


@dataclass(frozen=True)
class Moves:
    """Where the answers put the rows.

    Attributes
    ----------
    labels : int64, shape (n,)
    posterior : float32, shape (n, k)
    """

    labels: NDArray[np.int64]
    posterior: NDArray[np.float32]

    def confidence(self) -> NDArray[np.float32]:
        """Posterior membership of each row in its cluster, float32, shape (n,)."""
        return self.posterior[np.arange(len(self.labels)), self.labels]


class Mover:
    """Places rows of one partition by neighbours and answers.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Of the partition; unit rows.
    labels : int64, shape (n,)
        Of the partition, ``0..k-1``.
    """

    def __init__(self, vectors: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> None:
        self.vectors, self.base, self.seed = vectors, labels, seed
        self._neighbourhood = Neighbourhood(vectors, seed)
        #: Exemplars of the partition before any answer: what the answers are about.
        self.representatives = exemplars(vectors, labels, self._neighbourhood.membership(labels, labels))

    def place(self, labels: NDArray[np.int64], answers: list[Answers]) -> Moves:
        """Posterior and labels, with neighbours counted where ``labels`` has them."""
        prior = self._neighbourhood.membership(labels, self.base)
        posterior = with_answers(prior, self.base, answers)
        return Moves(assign(posterior, self.base, self.representatives.ravel()), posterior)

    def ask(self, oracle: Oracle, n_triplets: int, seen: list[Answers], progress: Advance) -> list[Answers]:
        """Ask about the least sure rows, in batches, each after the last one's answers have been heard."""
        rng = np.random.default_rng(self.seed)
        asked: list[Answers] = []
        labels = self.base
        done = 0
        known = {_question(row) for batch in seen for row in batch.questions.tolist()}
        while done < n_triplets:
            batch = min(BATCH, n_triplets - done)
            now = self.place(labels, [*seen, *asked])
            labels = now.labels
            queries, clusters = least_sure(now.posterior, batch)
            triplets = exemplar_triplets(queries, clusters, self.representatives, rng)
            triplets = triplets[[_question(row) not in known for row in triplets.tolist()]]
            known |= {_question(row) for row in triplets.tolist()}
            asked.append(oracle.ask_triplets(triplets, _from(progress, done, n_triplets)))
            done += batch
        return asked

    def second_opinions(self, moves: Moves, answers: list[Answers], n_triplets: int) -> NDArray[np.int64]:
        """Questions about moved rows with exemplars that no answer has used: int64, shape (m, 3).

        Choice 1 stands for the cluster a row moved to, choice 2 for the one it left.
        """
        rng = np.random.default_rng(self.seed + 1)
        moved = rng.permutation(np.flatnonzero(moves.labels != self.base))[:n_triplets]
        used: dict[int, set[int]] = {}
        for batch in answers:
            for query, first, second in batch.questions.tolist():
                used.setdefault(query, set()).update((first, second))
        found = []
        for row in moved.tolist():
            ends = []
            for cluster in (moves.labels[row], self.base[row]):
                taken = {row, *used.get(row, ())}
                fresh = [int(r) for r in self.representatives[cluster] if r not in taken]
                ends.append(fresh[rng.integers(len(fresh))] if fresh else -1)
            if min(ends) >= 0:
                found.append((row, *ends))
        return np.array(found, dtype=np.int64).reshape(-1, 3)


def check_moves(
    mover: Mover, moves: Moves, training: list[Answers], oracle: Oracle, n_triplets: int
) -> tuple[Answers, Verdict]:
    """Ask second opinions about a sample of the moved rows; their support for the moves.

    They are asked a few at a time, and no more once the moves cannot be accepted any longer; none at all
    where there are fewer than the gate needs.
    """
    questions = mover.second_opinions(moves, training, n_triplets)
    answers = oracle.ask_triplets(questions[:0])
    while len(answers) < len(questions):
        left = len(questions) - len(answers)
        if out_of_reach(support_of_moves(answers), left):
            return answers, replace(verdict(support_of_moves(answers)), stopped=True)
        stop = len(answers) + SECOND_BATCH
        answers = joined([answers, oracle.ask_triplets(questions[len(answers) : stop])])
    return answers, verdict(support_of_moves(answers))


def _question(triplet: list[int]) -> tuple[int, int, int]:
    """The triplet whatever the order of its choices: asked again, its answer would count twice."""
    query, one, two = triplet
    return query, min(one, two), max(one, two)


def _from(progress: Advance, start: int, total: int) -> Advance:
    """Progress of one batch as progress of all."""
    return lambda done, _: progress(start + done, total)
