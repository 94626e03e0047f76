"""The jobs' pages in the admin: history to look at, decisions to take, lanes to set."""

from jobs.admin import front, history, job, machine

__all__ = ["front", "history", "job", "machine"]
