"""Whether a running job's worker lives, and whether it works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from jobs.kinds import kinds
from jobs.models import Job
from jobs.processes import node, pids, slots

Moved = Callable[[datetime], timedelta]
"""How far the clock has been set since then."""


def not_at_all(since: datetime) -> timedelta:
    return timedelta(0)


def is_idle(job: Job, at: datetime) -> bool:
    """Without progress for its kind's stuck time; a kind that nobody knows has none."""
    known = kinds().get(job.job_type)
    limit = timedelta(seconds=known.stuck_s) if known else timedelta.max
    return job.progress_at is not None and at - job.progress_at > limit


def is_here(job: Job) -> bool:
    return job.host == node.host_name()


def lives(job: Job) -> bool:
    return job.pid is not None and pids.is_alive(job.pid, job.pid_started_at)


def is_lost(job: Job, now: datetime, moved: Moved = not_at_all) -> bool:
    """Past its lease, or twice past its timeout."""
    return is_silent(job, now) or is_overdue(job, now, moved)


def is_put_down(job: Job) -> bool:
    """Its worker lives, and its slot says that it has nothing to do."""
    return is_here(job) and lives(job) and slots.current().is_idle(job.pid or 0)


def is_silent(job: Job, now: datetime) -> bool:
    lease = timedelta(seconds=settings.LEASE_S)
    return job.heartbeat_at is None or now - job.heartbeat_at > lease


def is_overdue(job: Job, now: datetime, moved: Moved) -> bool:
    """Twice past its own timeout, whatever its worker says."""
    began = job.attempt_started_at
    longest = timedelta(seconds=2 * job.timeout_seconds)
    return began is not None and now - began - moved(began) > longest
