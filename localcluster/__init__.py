"""Clustering by any criterion you can put in words, with a local open-weight model, fully offline."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("localcluster")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"
