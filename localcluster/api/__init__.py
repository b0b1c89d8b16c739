"""What the Python API adds to the rooms: a notebook's rows, a caller's own models, and every stage by itself.

``rows`` reads lists, arrays, Series and paths of pictures; ``settings`` turns parameters into the settings
of a run; ``own_models`` takes models that are objects. :class:`localcluster.LocalCluster` is made of these.
``asking``, ``learning`` and ``naming`` have the stages of a run as functions of plain ``arrays``.
"""
