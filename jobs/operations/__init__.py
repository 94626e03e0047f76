"""One decision for many jobs."""
