"""The work of the jobs app's own kinds."""

from __future__ import annotations

from jobs.execution.attempt import Work
from jobs.results import Completed, Result


def do_nothing(work: Work) -> Result:
    """For tests and benchmarks: the engine's own cost, and nothing else."""
    return Completed()
