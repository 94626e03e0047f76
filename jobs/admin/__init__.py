"""The jobs' pages in the admin: history to look at, decisions to take, lanes to set."""

from jobs.admin import attempts, index_panel, job, lanes

__all__ = ["attempts", "index_panel", "job", "lanes"]
