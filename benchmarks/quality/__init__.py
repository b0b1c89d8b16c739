"""How good clusters, their number and their names are, on texts with labels."""
