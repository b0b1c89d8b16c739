"""Models that transformers runs: a folder with safetensors, or a GGUF file unpacked.

``HFModel`` is the door. ``loading`` and ``placement`` decide before weights are read, ``decoder``
runs forward passes that share a prefix, ``answering`` scores and generates with it.
"""

from localcluster.backends.hf.model import HFModel

__all__ = ["HFModel"]
