"""How strongly each row belongs to each cluster: its neighbours' votes, then what the oracle said.

The paper spends its answers on the embedder alone. They are also evidence about the very rows that were
asked about, and by Bayes' rule they move a row from one cluster to another as far as the oracle's
calibrated accuracy carries: a coin flip moves nothing, whatever it says. On the starter models this gains
more than fine-tuning does and never needs a gradient (``benchmarks/quality/triplets.py``).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from localcluster.oracle import Answers
from localcluster.partition import MAX_FITTED_ROWS
from localcluster.partition.graph import neighbours
from localcluster.partition.vote import VOTERS

#: Weight of a row's own cluster beside its neighbours' votes (which sum to 1): the partition has seen more
#: than the neighbours show. Between 0.5 and 1 nothing changes by more than a point of ACC (banking77, massive
#: intent, simulated accuracies 1.0, 0.85 and 0.7).
OWN_WEIGHT = 0.5
#: Above this many rows a sample votes, as it does when a partition is fitted: cost is linear in rows.
MAX_VOTING_ROWS = MAX_FITTED_ROWS
#: Added before the logarithm: no cluster is out of the question for any row.
FLOOR = 0.01
#: Likeliest wrong that an answer can be taken for: two certain ones that disagree would leave no cluster.
SUREST = 1e-6


class Neighbourhood:
    """Every row's nearest rows, found once; the votes change with the labels, the neighbours do not.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        Unit rows.
    seed : int
        Of the sample whose rows vote where there are more than :data:`MAX_VOTING_ROWS`.
    """

    def __init__(self, vectors: NDArray[np.float32], seed: int = 0) -> None:
        n = len(vectors)
        rows = np.arange(n)
        if n > MAX_VOTING_ROWS:
            rows = np.sort(np.random.default_rng(seed).choice(n, MAX_VOTING_ROWS, replace=False))
        self._near = np.empty((n, min(VOTERS, len(rows) - 1)), np.int64)
        self._strength = np.empty(self._near.shape, np.float32)
        rest = np.setdiff1d(np.arange(n), rows)
        for asked in (rows, rest):
            if len(asked):
                queries = None if asked is rows else vectors[asked]
                near, similarity = neighbours(vectors[rows], self._near.shape[1], queries)
                self._near[asked] = rows[near]
                strength = np.maximum(similarity, 1e-6)
                self._strength[asked] = strength / strength.sum(axis=1, keepdims=True)

    def membership(self, labels: NDArray[np.int64], own: NDArray[np.int64]) -> NDArray[np.float32]:
        """Share of each cluster among a row's neighbours and its own label, float32, shape (n, k).

        Parameters
        ----------
        labels : int64, shape (n,)
            Of the neighbours, ``0..k-1``.
        own : int64, shape (n,)
            The row's own cluster before any answer.
        """
        n, k = len(labels), int(labels.max()) + 1
        shares = np.zeros((n, k), np.float32)
        np.add.at(shares, (np.arange(n)[:, None], labels[self._near]), self._strength)
        shares[np.arange(n), own] += np.float32(OWN_WEIGHT)
        return shares / np.float32(1 + OWN_WEIGHT)


def membership_of(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Membership of a partition as it stands, float32, shape (n, k); rows sum to 1."""
    return Neighbourhood(vectors).membership(labels, labels)


def with_answers(
    membership: NDArray[np.floating], labels: NDArray[np.int64], answers: Iterable[Answers]
) -> NDArray[np.float32]:
    """Posterior membership after triplet answers, float32, shape (n, k); rows sum to 1.

    An answer that says with probability p that the query belongs with choice 1 multiplies the query's
    membership in the cluster of choice 1 by 2p and in that of choice 2 by 2 (1 - p). It says nothing
    about other clusters, and nothing at all where both choices are in one cluster.

    Parameters
    ----------
    membership : shape (n, k)
        Prior, from :func:`membership_of`.
    labels : int64, shape (n,)
        Clusters of the choices.
    answers : iterable of Answers
        To triplets.
    """
    log = np.log(membership.astype(np.float64) + FLOOR)
    for batch in answers:
        query, first, second = batch.questions.T
        told = ~batch.abstained & (labels[first] != labels[second])
        p = batch.probability[told].astype(np.float64).clip(SUREST, 1 - SUREST)
        np.add.at(log, (query[told], labels[first[told]]), np.log(2 * p))
        np.add.at(log, (query[told], labels[second[told]]), np.log(2 * (1 - p)))
    log -= log.max(axis=1, keepdims=True)
    posterior = np.exp(log)
    return np.asarray(posterior / posterior.sum(axis=1, keepdims=True), dtype=np.float32)


def assign(
    posterior: NDArray[np.float32], labels: NDArray[np.int64], fixed: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The likeliest cluster of each row, int64, shape (n,).

    Parameters
    ----------
    posterior : float32, shape (n, k)
    labels : int64, shape (n,)
        Kept by the rows in ``fixed``: exemplars, which the answers were about, so no cluster empties.
    """
    moved: NDArray[np.int64] = posterior.argmax(axis=1).astype(np.int64)
    moved[fixed] = labels[fixed]
    return moved
