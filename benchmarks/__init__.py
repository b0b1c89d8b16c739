"""Measurements of localcluster. ``python -m benchmarks`` lists them."""
