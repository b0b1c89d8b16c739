"""Triplets: triplet questions about uncertain rows improve the clustering (ClusterLLM's first stage).

``uncertainty`` and ``sampling`` pick what to ask, ``membership`` and ``moves`` place rows by the answers,
``adaptation`` trains the sentence embedding on them (``linear_map``, ``finetune``; ``keeping``: not twice),
``gate`` keeps what held-out answers support, and ``improve`` is the loop.
"""

from localcluster.triplets.adaptation import adapt_embedder
from localcluster.triplets.loop import Round, improve
from localcluster.triplets.membership import membership_of, with_answers
from localcluster.triplets.sampling import STRATEGIES, sample_triplets
from localcluster.triplets.uncertainty import uncertainty

__all__ = [
    "STRATEGIES",
    "Round",
    "adapt_embedder",
    "improve",
    "membership_of",
    "sample_triplets",
    "uncertainty",
    "with_answers",
]
