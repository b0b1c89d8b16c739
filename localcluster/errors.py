"""The one exception family: every error a user can cause or meet derives from :class:`LocalClusterError`.

A message states what happened, with which numbers, and what to type next. The command line
prints the message alone and exits with the class's ``exit_code``; a traceback means a bug.
"""

from __future__ import annotations


class LocalClusterError(Exception):
    """Base class of all errors raised on purpose by localcluster."""

    exit_code: int = 1


class ConfigError(LocalClusterError):
    """A setting (criterion, number of clusters, option) is out of range or contradicts another."""

    exit_code = 2


class InputError(LocalClusterError):
    """The data to cluster cannot be read or cannot be clustered as asked."""

    exit_code = 3


class ModelError(LocalClusterError):
    """A model file cannot be loaded, does not fit, or failed while answering."""

    exit_code = 4


class RegistryError(LocalClusterError):
    """A model name is unknown, not installed, or its files do not match their checksums."""

    exit_code = 5


class RunFolderError(LocalClusterError):
    """A run folder cannot be written, is not one of ours, or does not fit the command."""

    exit_code = 6


class OfflineError(LocalClusterError):
    """Code tried to open a network connection while localcluster was offline."""

    exit_code = 7


class StoreError(LocalClusterError):
    """An answer store is absent, damaged, not one of ours, of a newer version, or cannot be written."""

    exit_code = 8
