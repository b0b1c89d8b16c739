"""The version, importable by every room and readable without importing anything else (pyproject.toml)."""

__version__ = "0.1.0"
