"""How good clusters of pictures are."""
