"""The one process that watches: it keeps the pool alive, and works while every worker is busy."""
