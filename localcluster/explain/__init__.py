"""What a cluster is about: its words, exemplars, name and sentence, and its place on a flat map.

``explain_clusters`` makes the cards that the report shows; ``map_2d`` draws the map.
"""
