"""Doubles for tests and benchmarks, shipped so that others can use them; no run may import them.

:class:`ScriptedModel` is a local model without weights, :class:`SimulatedScorer` answers an oracle's
questions from known labels.
"""

from localcluster.testing.scripted import ScriptedModel
from localcluster.testing.simulated import SimulatedScorer

__all__ = ["ScriptedModel", "SimulatedScorer"]
