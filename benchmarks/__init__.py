"""Benchmarks. The modules here are run as scripts; tests import :mod:`benchmarks.messy`."""
