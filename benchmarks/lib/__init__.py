"""What several benchmarks share, and studies that no run makes."""
