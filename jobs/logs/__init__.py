"""A job's log folder: written, read, and cleaned of secrets."""
