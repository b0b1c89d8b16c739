"""Clustering by any criterion you can put in words, with a local open-weight model, fully offline.

``LocalCluster`` is the whole as a scikit-learn estimator; the functions are its stages, each by itself
(docs/python.md). They are imported when they are first used: ``import localcluster`` itself stays fast.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from localcluster.version import __version__

# Read by torch's threads when torch is first imported, so it stands here. By default they wait for each
# other at full load, which on cores shared with another program made scoring 2 to 10 times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from localcluster.estimator import LocalCluster as LocalCluster
    from localcluster.explain.names import name_clusters as name_clusters
    from localcluster.granularity.choice import choose_granularity as choose_granularity
    from localcluster.heads.fit import fit_head as fit_head
    from localcluster.models import load_embedder as load_embedder
    from localcluster.models import load_llm as load_llm
    from localcluster.oracle.asking import ask_pairs as ask_pairs
    from localcluster.oracle.asking import ask_triplets as ask_triplets
    from localcluster.triplets.adaptation import adapt_embedder as adapt_embedder
    from localcluster.triplets.sampling import sample_triplets as sample_triplets

#: Public name -> module that defines it.
_PUBLIC = {
    "LocalCluster": "localcluster.estimator",
    "adapt_embedder": "localcluster.triplets.adaptation",
    "ask_pairs": "localcluster.oracle.asking",
    "ask_triplets": "localcluster.oracle.asking",
    "choose_granularity": "localcluster.granularity.choice",
    "fit_head": "localcluster.heads.fit",
    "load_embedder": "localcluster.models",
    "load_llm": "localcluster.models",
    "name_clusters": "localcluster.explain.names",
    "sample_triplets": "localcluster.triplets.sampling",
}

__all__ = [
    "LocalCluster",
    "__version__",
    "adapt_embedder",
    "ask_pairs",
    "ask_triplets",
    "choose_granularity",
    "fit_head",
    "load_embedder",
    "load_llm",
    "name_clusters",
    "sample_triplets",
]


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
