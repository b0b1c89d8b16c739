"""What several benchmarks share: data sets, one run of the product, how figures are kept; and studies."""
