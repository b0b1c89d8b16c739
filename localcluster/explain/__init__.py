"""What a cluster is about: its words, exemplars, name and sentence, and its place on a flat map.

``explain_clusters`` makes the cards that the report shows, ``cluster_words`` tells clusters apart by words,
``map_2d`` draws the map. ``top_two`` and ``nearest_exemplars`` make what a run keeps about every row, and
``row`` tells it.
"""

from localcluster.explain.cards import explain_clusters
from localcluster.explain.evidence import nearest_exemplars, top_two
from localcluster.explain.keywords import cluster_words
from localcluster.explain.lens_words import row_lens_words
from localcluster.explain.mapping import map_2d

__all__ = ["cluster_words", "explain_clusters", "map_2d", "nearest_exemplars", "row_lens_words", "top_two"]
