"""A worker's turn without its supervisor: one job, here and now."""

from __future__ import annotations

from jobs.execution import claim, runner


def run_next() -> bool:
    """Claims and runs one job; False when nothing was due."""
    claimed = claim.claim()
    if claimed is not None:
        runner.run(claimed)
    return claimed is not None
