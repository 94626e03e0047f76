"""What the engine's tests share: jobs made and run in the test's own process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import queue
from jobs.models import Job, Node
from jobs.processes import slots
from tests.working import run_next

Submit = Callable[..., Job]


def beating(host: str, *, ago_s: float = 0) -> Node:
    """A supervisor of that host, last heard so long ago."""
    at = timezone.now() - timedelta(seconds=ago_s)
    return Node.objects.create(
        name=f"{host}:1", host=host, pid=1, workers=1, started_at=at, heartbeat_at=at
    )


@pytest.fixture
def submit() -> Submit:
    def submit(
        job_type: str, /, *, options: queue.Options = queue.DEFAULTS, **parameters: Any
    ) -> Job:
        return queue.submit(job_type, parameters, options=options).job

    return submit


@pytest.fixture
def own_slots() -> Iterator[slots.WorkerSlots]:
    """Of this test alone: it may drain them."""
    before = slots.current()
    yield slots.take(slots.WorkerSlots(1))
    slots.take(before)


@pytest.fixture
def run_all() -> Callable[[], int]:
    """Runs what is due, in this process, until nothing is."""

    def run_all() -> int:
        done = 0
        while run_next():
            done += 1
        return done

    return run_all
