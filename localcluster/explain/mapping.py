"""A flat map of an embedding, for looking at only: no distance or gap in it is evidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

#: Rows that t-SNE places itself; it is slower than linear, so the others are placed between these.
MAX_TSNE_ROWS = 2_500
_PCA_DIMS = 50
_PERPLEXITY = 30
#: Half of scikit-learn's default; the picture has settled by then.
_TSNE_STEPS = 500
#: Fewer distinct rows than this have no neighbourhoods worth t-SNE.
_MIN_TSNE_ROWS = 8
_PLACING_NEIGHBOURS = 5
#: Rows placed in one go, so that memory does not grow with neighbours times rows.
_PLACING_CHUNK = 10_000


def map_2d(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Place rows on a plane so that near neighbours stay near.

    PCA to at most 50 dimensions, then t-SNE (van der Maaten and Hinton 2008) of the distinct rows.
    Above :data:`MAX_TSNE_ROWS` a seeded sample is placed so, and every other row at the weighted
    mean of its nearest sampled neighbours. Rows that coincide are spread a little, or hundreds of
    copies would look like one point.

    Parameters
    ----------
    vectors : float32, shape (n, d)
        At least one row.

    Returns
    -------
    float32, shape (n, 2)
        Centred, largest coordinate 1 in magnitude (0 for a single row). The same input and seed
        give the same map.
    """
    rng = np.random.default_rng(seed)
    reduced = _reduce(np.asarray(vectors, dtype=np.float32), seed)
    distinct, copy_of = np.unique(reduced.round(6), axis=0, return_inverse=True)
    copy_of = copy_of.reshape(-1)
    if len(distinct) < _MIN_TSNE_ROWS:
        placed = _first_two(distinct)
    elif len(distinct) <= MAX_TSNE_ROWS:
        placed = _tsne(distinct, seed)
    else:
        sample = np.sort(rng.choice(len(distinct), MAX_TSNE_ROWS, replace=False))
        placed = _place_between(distinct, sample, _tsne(distinct[sample], seed), rng)
    flat = _unit(placed)[copy_of]
    _, first = np.unique(copy_of, return_index=True)
    is_copy = np.ones(len(flat), dtype=bool)
    is_copy[first] = False
    flat[is_copy] += rng.normal(scale=0.01, size=(int(is_copy.sum()), 2))
    return _unit(flat).astype(np.float32)


def _reduce(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    scale = float(np.abs(vectors).max()) or 1.0
    n_dims = min(_PCA_DIMS, *vectors.shape)
    if len(vectors) == 1:
        return np.zeros((1, 2), dtype=np.float32)
    with np.errstate(invalid="ignore"):  # explained variance ratio of identical rows is 0 / 0
        pca = PCA(n_components=n_dims, random_state=seed)
        return np.asarray(pca.fit_transform(vectors / scale), dtype=np.float32)


def _tsne(points: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    perplexity = min(_PERPLEXITY, (len(points) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", max_iter=_TSNE_STEPS, random_state=seed, n_jobs=1)
    # One thread: the same map on any number of cores, and on a busy machine t-SNE's threads spend
    # their time waiting for one another (240 rows took 25 s instead of 1).
    with threadpool_limits(limits=1):
        return np.asarray(tsne.fit_transform(points), dtype=np.float64)


def _place_between(
    points: NDArray[np.float32],
    sample: NDArray[np.intp],
    sample_xy: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Rows outside the sample go to the mean of their sampled neighbours, the nearest counting most."""
    index = NearestNeighbors(n_neighbors=_PLACING_NEIGHBOURS).fit(points[sample])
    placed = np.empty((len(points), 2))
    for start in range(0, len(points), _PLACING_CHUNK):
        chunk = slice(start, start + _PLACING_CHUNK)
        distance, neighbour = index.kneighbors(points[chunk])
        # Nearness relative to the closest: a mean of equals would pull border rows into the gaps.
        weight = (distance[:, :1] + 1e-9) ** 4 / (distance + 1e-9) ** 4
        weight /= weight.sum(axis=1, keepdims=True)
        placed[chunk] = np.einsum("nk,nkd->nd", weight, sample_xy[neighbour])
    # The typical gap between sampled rows on the map is the size of what this placing cannot know.
    gaps, _ = NearestNeighbors(n_neighbors=2).fit(sample_xy).kneighbors(sample_xy)
    placed += rng.normal(scale=float(np.median(gaps[:, 1])), size=placed.shape)
    placed[sample] = sample_xy
    return placed


def _first_two(points: NDArray[np.float32]) -> NDArray[np.float64]:
    padded = np.zeros((len(points), 2))
    padded[:, : min(2, points.shape[1])] = points[:, :2]
    return padded


def _unit(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = xy - xy.mean(axis=0)
    extent = float(np.abs(centred).max()) or 1.0
    return np.asarray(centred / extent, dtype=np.float64)
