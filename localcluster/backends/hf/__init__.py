"""Models that transformers runs: a folder with safetensors, or a GGUF file unpacked.

``HFModel`` is the door. ``loading`` and ``placement`` decide before weights are read, ``decoder``
runs forward passes that share a prefix, ``answering`` scores and generates with it.
"""

import os

# Read by torch's threads when torch is first imported. By default they wait for each other at full load, and
# on cores shared with another program that made scoring 2 to 10 times slower (benchmarks/throughput.py).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from localcluster.backends.hf.model import HFModel

__all__ = ["HFModel"]
