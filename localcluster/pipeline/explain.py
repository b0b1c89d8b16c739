"""The stage of a run that makes a clustering readable: cards, map, and what placed each row."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from localcluster.embed import View
from localcluster.evidence import from_json, to_json
from localcluster.explain import explain_clusters, map_2d, nearest_exemplars, row_lens_words, top_two
from localcluster.models import Models
from localcluster.pipeline.workbench import Workbench
from localcluster.results import ClusterCard
from localcluster.store import RowEvidence, key_of
from localcluster.version import __version__


def explain(
    bench: Workbench,
    number: int,
    labels: NDArray[np.int64],
    confidence: NDArray[np.float32],
    vectors: NDArray[np.float32],
    proba: NDArray[np.float32],
    answers: View | None,
) -> tuple[list[ClusterCard], NDArray[np.float32], RowEvidence | None]:
    """Cards and map of one criterion, and what ``localcluster explain`` tells of each row.

    Parameters
    ----------
    number : int
        Place of the criterion among those asked for.
    labels : int64, shape (n_rows,)
    confidence : float32, shape (n_rows,)
    vectors : float32, shape (n_unique, d)
        Of the distinct items; what they were clustered by.
    proba : float32, shape (n_unique, k)
    answers : View or None
        What the language model would answer about each distinct item.

    Returns
    -------
    cards : list of ClusterCard
    map_xy : float32, shape (n_rows, 2)
    placed : RowEvidence or None
        None where no outputs are asked for.
    """
    config, items, models, folder = bench.config, bench.items, bench.models, bench.folder
    criterion = config.by[number]
    rows = [items.items[place] for place in items.inverse]
    every = None if answers is None else answers.of_rows(items.inverse)
    key = key_of(__version__, criterion, config.seed, labels, confidence, items.sha256, models_key(models))
    with bench.reporter.stage(f'Names, "{criterion}"') as advance:
        found = folder.json(
            f"cards-{key_of(criterion)[:16]}",
            key_of("with checked names", key),
            lambda: [
                to_json(card)
                for card in explain_clusters(
                    criterion,
                    items.read_texts,
                    labels,
                    confidence,
                    vectors[items.inverse],
                    models.namer,
                    advance,
                    rows=rows,
                    answers=every,
                    # A picture without a text is no text to an embedder.
                    embedder=models.embedder if models.writes_names and not items.has_images else None,
                )
            ],
        )
    cards = [from_json(ClusterCard, card) for card in found]
    with bench.reporter.stage(f'Map, "{criterion}"'):
        map_xy = folder.arrays(
            f"map-{key_of(criterion)[:16]}",
            key_of("map", key, vectors),
            lambda: {"xy": map_2d(vectors, config.seed)},
        )["xy"]
    placed = None
    if bench.outputs:
        shares, runner_up = top_two(proba[items.inverse], labels)
        said = None
        if answers is not None:
            words = row_lens_words(answers.vectors, answers.words)
            said = tuple(tuple(words[place]) for place in items.inverse)
        nearest = nearest_exemplars(vectors[items.inverse], cards)
        placed = RowEvidence(shares, runner_up, nearest, said)
    return cards, map_xy[items.inverse], placed


def models_key(models: Models) -> str:
    """What identifies the models of a run."""
    info = models.llm_info
    embedder = None if models.embedder is None else models.embedder.sha256
    return key_of(embedder, None if info is None else asdict(info), models.writes_names)
