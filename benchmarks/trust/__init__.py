"""Whether a run can be relied on: confidence, the same again, kills, prediction, broken input."""
