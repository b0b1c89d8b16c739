"""Clustering by any criterion you can put in words, with a local open-weight model, fully offline."""

import os
from importlib.metadata import PackageNotFoundError, version

# Read by torch's threads when torch is first imported, so it stands here. By default they wait for each
# other at full load, which on cores shared with another program made scoring 2 to 10 times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

try:
    __version__ = version("localcluster")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"
