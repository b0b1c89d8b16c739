"""One run: ``run`` has its stages in order, the other modules have them one by one."""
