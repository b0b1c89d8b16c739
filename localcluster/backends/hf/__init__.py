"""Models that transformers runs: a folder with safetensors, or a GGUF file unpacked.

``HFModel`` is the door. ``loading``, ``placement`` and ``processors`` decide before weights are read,
``decoder`` runs forward passes that share a prefix, ``answering`` scores and generates with it. For models
that read pictures, ``pictures`` computes what they see once per picture, and ``shared_items`` decodes what
prompts about one item share once per item.
"""

from localcluster.backends.hf.model import HFModel

__all__ = ["HFModel"]
