"""What a cluster is about: its words, exemplars, name and sentence, and its place on a flat map.

``explain_clusters`` makes the cards that the report shows; ``map_2d`` draws the map.
"""

from localcluster.explain.cards import explain_clusters
from localcluster.explain.mapping import map_2d

__all__ = ["explain_clusters", "map_2d"]
