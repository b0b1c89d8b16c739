"""Which triplets to ask: about rows that the clustering is unsure of (ClusterLLM section 3.1).

The paper draws random members of two clusters as choices. Where clusters are impure, many such triplets have
no right answer; choices that are exemplars of their clusters, our own strategy, have one more often, and
what is answered about them holds for the cluster (``benchmarks/quality/triplets.py strategies``).

All strategies are vectorized and linear in rows; none holds anything quadratic. (The released code tests
membership in a Python list and copies the cluster list at each step; ``benchmarks/speed/sampling_cost.py``.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from localcluster.arrays import check_choice, numbered, unit_vectors
from localcluster.papers import TRIPLETS, UNCERTAIN_SHARE
from localcluster.triplets.membership import membership_of
from localcluster.triplets.uncertainty import BLOCK, Uncertainty, centres_of, uncertainty

#: One of :data:`STRATEGIES`.
Strategy: TypeAlias = str
#: Rows that stand for a cluster in ``"exemplar"`` triplets. More than one, so that a doubtful exemplar does
#: not decide alone and a second opinion can be asked with others.
EXEMPLARS = 5
#: Draws per wanted triplet before giving up on distinct ones: small data sets run out.
MAX_DRAWS = 8


def sample_triplets(
    vectors: ArrayLike,
    labels: ArrayLike,
    n_triplets: int = TRIPLETS,
    *,
    strategy: Strategy = "exemplar",
    random_state: int = 0,
    membership: NDArray[np.floating] | None = None,
) -> NDArray[np.int64]:
    """Draw triplets about rows that a clustering is unsure of (ClusterLLM section 3.1).

    ``"exemplar"``, ours: queries are the rows with the smallest difference between their two strongest
    memberships, the least sure first, each once; the choices are exemplars of these two clusters.
    ``"entropy"``, the paper's: queries are the 20% of rows with the highest entropy over their closest
    clusters, in random order; two of those clusters are drawn, and a random member of each is a choice.
    ``"margin"``: queries are the 20% with the smallest difference between the nearest and the second
    cluster, and these two give the choices. ``"random"``: query and choices are any three rows.

    Parameters
    ----------
    vectors : shape (n, d)
        Any embedding; rows are scaled to unit length.
    labels : shape (n,)
        Any clustering of the rows.
    n_triplets : int
        At most so many: fewer where the data has not as many distinct ones.
    strategy : {"exemplar", "entropy", "margin", "random"}
    random_state : int
    membership : shape (n, k), optional
        How strongly each row belongs to each cluster, for ``"exemplar"``; by its neighbours' votes
        (:func:`~localcluster.triplets.membership.membership_of`) if not given.

    Returns
    -------
    int64, shape (m, 3)
        Row numbers: query, choice 1, choice 2. The three differ, and no two triplets ask the same in either
        order of the choices.

    Raises
    ------
    ConfigError
        An unknown strategy.
    InputError
        Vectors that are no finite numbers, or labels of another number of rows.
    """
    check_choice("strategy", strategy, STRATEGIES)
    points = unit_vectors(vectors)
    known = numbered(labels, len(points))
    if n_triplets <= 0 or len(points) < 3 or known.max() < 1:
        return np.empty((0, 3), np.int64)
    wanted = _Wanted(points, known, n_triplets, np.random.default_rng(random_state), membership)
    return STRATEGIES[strategy](wanted)


class _Wanted(NamedTuple):
    """What triplets are drawn from, and how many."""

    vectors: NDArray[np.float32]
    labels: NDArray[np.int64]
    n: int
    rng: np.random.Generator
    membership: NDArray[np.floating] | None


def _by_exemplars(wanted: _Wanted) -> NDArray[np.int64]:
    vectors, labels, n, rng, membership = wanted
    if membership is None:
        membership = membership_of(vectors, labels)
    queries, pair = least_sure(membership, n)
    return exemplar_triplets(queries, pair, exemplars(vectors, labels, membership), rng)


def _by_entropy(wanted: _Wanted) -> NDArray[np.int64]:
    unsure = uncertainty(wanted.vectors, wanted.labels)
    return _about_unsure(wanted, unsure, -unsure.entropy, any_two=True)


def _by_margin(wanted: _Wanted) -> NDArray[np.int64]:
    unsure = uncertainty(wanted.vectors, wanted.labels)
    return _about_unsure(wanted, unsure, unsure.margin, any_two=False)


def _at_random(wanted: _Wanted) -> NDArray[np.int64]:
    n_rows = len(wanted.vectors)
    return _distinct(lambda count: wanted.rng.integers(n_rows, size=(count, 3)), wanted.n)


#: Name of a strategy -> its sampler. The public function, its error and docs/python.md know these.
STRATEGIES: dict[str, Callable[[_Wanted], NDArray[np.int64]]] = {
    "exemplar": _by_exemplars,
    "entropy": _by_entropy,
    "margin": _by_margin,
    "random": _at_random,
}


def _about_unsure(
    wanted: _Wanted, unsure: Uncertainty, rank: NDArray[np.floating], *, any_two: bool
) -> NDArray[np.int64]:
    """Triplets about the rows that rank first; the choices are of any two of their closest clusters, or of
    the first two.
    """
    queries = np.argsort(rank, kind="stable")[: max(1, round(UNCERTAIN_SHARE * len(wanted.labels)))]
    members, rng = _Members(wanted.labels), wanted.rng

    def draw(count: int) -> NDArray[np.int64]:
        rounds = -(-count // len(queries))
        chosen = np.concatenate([rng.permutation(queries) for _ in range(rounds)])[:count]
        pair = _two_closest(unsure, chosen, rng, random=any_two)
        choices = [members.draw(pair[:, side], rng) for side in (0, 1)]
        return np.stack([chosen, *choices], axis=1)

    return _distinct(draw, wanted.n)


def least_sure(
    membership: NDArray[np.floating], n_queries: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows whose two strongest memberships differ least, and the two clusters.

    Returns
    -------
    queries : int64, shape (m,)
        Least sure first.
    clusters : int64, shape (m, 2)
        Strongest first.
    """
    two = np.argpartition(-membership, 1, axis=1)[:, :2]
    strength = np.take_along_axis(membership, two, axis=1)
    order = np.lexsort((two, -strength), axis=1)
    two, strength = np.take_along_axis(two, order, axis=1), np.take_along_axis(strength, order, axis=1)
    queries = np.argsort(strength[:, 0] - strength[:, 1], kind="stable")[:n_queries]
    return queries.astype(np.int64), two[queries].astype(np.int64)


def exemplars(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], membership: NDArray[np.floating]
) -> NDArray[np.int64]:
    """The rows that stand for each cluster: strongest membership, then nearest the centre.

    Returns
    -------
    int64, shape (k, EXEMPLARS)
        Clusters with fewer rows repeat theirs.
    """
    centres = centres_of(vectors, labels)
    own = membership[np.arange(len(labels)), labels].round(3)
    near = np.empty(len(labels))
    for start in range(0, len(labels), BLOCK):
        block = slice(start, start + BLOCK)
        near[block] = np.einsum("ij,ij->i", vectors[block], centres[labels[block]], dtype=np.float64)
    order = np.lexsort((-near, -own, labels))
    sizes = np.bincount(labels)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    offset = np.arange(EXEMPLARS)[None, :] % np.minimum(sizes, EXEMPLARS)[:, None]
    return np.asarray(order[starts[:, None] + offset], dtype=np.int64)


def exemplar_triplets(
    queries: NDArray[np.int64],
    clusters: NDArray[np.int64],
    representatives: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """One triplet per query: a random exemplar of either cluster, the two in random order.

    Parameters
    ----------
    queries : int64, shape (m,)
    clusters : int64, shape (m, 2)
    representatives : int64, shape (k, EXEMPLARS)
        From :func:`exemplars`.

    Returns
    -------
    int64, shape (at most m, 3)
        Without queries that would be their own choice.
    """
    m = len(queries)
    order = rng.random((m, 2)).argsort(axis=1)
    sides = np.take_along_axis(clusters, order, axis=1)
    choices = representatives[sides, rng.integers(representatives.shape[1], size=(m, 2))]
    triplets = np.concatenate([queries[:, None], choices], axis=1)
    own_choice = (choices == queries[:, None]).any(axis=1)
    return np.asarray(triplets[~own_choice])


def _two_closest(
    unsure: Uncertainty, queries: NDArray[np.int64], rng: np.random.Generator, random: bool
) -> NDArray[np.int64]:
    """Two different clusters per query in random order, int64, shape (m, 2)."""
    closest = unsure.closest[queries]
    order = rng.random(closest.shape if random else (len(queries), 2)).argsort(axis=1)[:, :2]
    return np.take_along_axis(closest, order, axis=1)


class _Members:
    """Random members of clusters, drawn for many clusters at once."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        self.sizes = np.bincount(labels)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        self.rows = np.argsort(labels, kind="stable")

    def draw(self, clusters: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """One row of each cluster, int64, shape (m,)."""
        offset = (rng.random(len(clusters)) * self.sizes[clusters]).astype(np.int64)
        return np.asarray(self.rows[self.starts[clusters] + offset], dtype=np.int64)


def _distinct(draw: Callable[[int], NDArray[np.int64]], n_triplets: int) -> NDArray[np.int64]:
    """Draw until enough distinct triplets of three different rows are found, or draws run out."""
    found = np.empty((0, 3), np.int64)
    for _ in range(MAX_DRAWS):
        missing = n_triplets - len(found)
        if missing <= 0:
            break
        new = draw(missing)
        query, one, two = new.T
        new = new[(query != one) & (query != two) & (one != two)]
        found = _without_repeats(np.concatenate([found, new]))
    return found[:n_triplets]


def _without_repeats(triplets: NDArray[np.int64]) -> NDArray[np.int64]:
    key = triplets.copy()
    key[:, 1:].sort(axis=1)
    first = np.unique(key, axis=0, return_index=True)[1]
    return triplets[np.sort(first)]
