"""One run: ``run`` calls the stages in order; the other modules hold the stages."""
