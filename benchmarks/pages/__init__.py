"""Tables and figures of README, RESULTS.md and the docs, from the files in results."""
