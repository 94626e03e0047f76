"""What the engine's tests share: jobs made and run in the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobs import queue, runner
from jobs.models import Job

Submit = Callable[..., Job]


@pytest.fixture
def submit() -> Submit:
    def submit(
        job_type: str, /, *, options: queue.Options = queue.DEFAULTS, **parameters: Any
    ) -> Job:
        return queue.submit(job_type, parameters, options=options).job

    return submit


@pytest.fixture
def run_all() -> Callable[[], int]:
    """Runs what is due, in this process, until nothing is."""

    def run_all() -> int:
        done = 0
        while runner.run_next():
            done += 1
        return done

    return run_all
