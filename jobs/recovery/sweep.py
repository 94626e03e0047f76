"""Jobs whose worker is gone: found, their processes ended, sent through the same retry policy."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q

from jobs.execution.takeover import end_attempt
from jobs.models import Job, Node
from jobs.processes import child_process, node, pids
from jobs.queue import families
from jobs.recovery.liveness import (
    Moved,
    is_here,
    is_idle,
    is_lost,
    is_overdue,
    is_put_down,
    is_silent,
    lives,
    not_at_all,
)
from jobs.results import Cancelled, Failed, Released, Result, Stuck, TimedOut
from jobs.states import Status
from videomind.database import clock

logger = logging.getLogger(__name__)

DEAD_AFTER_LEASES = 20


def sweep(*, nobody_lost: bool = False, moved: Moved = not_at_all) -> int:
    """Recovers every job whose worker is gone; then parents that were not told of an end.

    `nobody_lost`: clocks are not to be trusted just now, so only what is certain counts. `moved`:
    what a clock was set forward by, or a machine slept, is no time that a job has run.
    """
    now = clock.database_now()
    running = list(Job.objects.running())
    here = [job for job in running if is_here(job)]
    living = {job.pk for job in here if lives(job)}
    found = [job for job in here if job.pk not in living]
    found += Job.objects.filter(status=Status.ZOMBIE, host=node.host_name())
    if not nobody_lost:
        _declare_zombies((job for job in running if not is_here(job)), now, moved)
        found += [job for job in here if job.pk in living and is_lost(job, now, moved)]
        found += _forgotten_zombies(now)
    recovered = sum(_recovered(job, now, moved) for job in found)
    for parent in families.unfinished():
        if families.finish(parent):
            families.let_go_on(parent)
    return recovered


def _recovered(job: Job, now: datetime, moved: Moved) -> bool:
    """Broad: one row that cannot be settled must not keep all the others from it."""
    try:
        return recover(job, _verdict(job, now, moved))
    except DatabaseError:
        raise
    except Exception:
        logger.exception("Job %s cannot be recovered", job.pk)
        return False


def stuck(at: datetime) -> list[Job]:
    """Running, and without progress for its kind's stuck time."""
    return [job for job in Job.objects.running() if is_idle(job, at)]


def reset(job: Job) -> bool:
    """Ends a stuck or zombie attempt now, and sends the job through its retry policy."""
    return recover(job, _verdict(job, clock.database_now(), stuck=True))


def forget_dead_nodes() -> None:
    """Rows of supervisors that were killed: silent for so long that nobody looks for them."""
    silent = clock.database_now() - timedelta(seconds=DEAD_AFTER_LEASES * settings.LEASE_S)
    Node.objects.filter(heartbeat_at__lt=silent).delete()


def _declare_zombies(elsewhere: Iterable[Job], now: datetime, moved: Moved) -> None:
    """Lost jobs of other hosts: their slot is free at once, but who knows what still runs there."""
    for job in elsewhere:
        if is_lost(job, now, moved):
            Job.objects.held_by(pk=job.pk, lease=job.lease).move(Status.ZOMBIE, now)


def _forgotten_zombies(now: datetime) -> list[Job]:
    """Zombies whose host is silent as a whole, or they themselves for two leases.

    A worker that cannot reach the database for a lease stops its child and writes nothing.
    """
    lease = timedelta(seconds=settings.LEASE_S)
    # One that will not have beaten for a lease when the next beat is due.
    by_then = now + timedelta(seconds=settings.HEARTBEAT_S)
    beating = Node.objects.filter(host=OuterRef("host")).beating(by_then)
    silent = Q(heartbeat_at__lt=now - 2 * lease) | ~Exists(beating)
    zombies = Job.objects.filter(silent, status=Status.ZOMBIE)
    return list(zombies.exclude(host=node.host_name()))


def _verdict(job: Job, now: datetime, moved: Moved = not_at_all, *, stuck: bool = False) -> Result:
    if job.cancel_requested_at:
        return Cancelled("Cancelled; its worker was gone already.")
    silent = is_silent(job, now) or (is_here(job) and not lives(job))
    if silent and is_put_down(job):
        return Released("Its worker knows nothing of it: an answer of the database was lost.")
    if is_overdue(job, now, moved) and not silent:
        return TimedOut(f"It ran longer than twice {job.timeout_seconds} s.")
    if stuck and not silent:
        return Stuck(f"No progress since {job.progress_at:%Y-%m-%d %H:%M:%S} UTC.")
    said = f"{job.heartbeat_at:%Y-%m-%d %H:%M:%S} UTC" if job.heartbeat_at else "never"
    said = f"Worker {job.worker_id} was gone; its last heartbeat: {said}."
    # Who was silent for a lease has waited long enough: a lost host's work goes on within a minute.
    since = job.heartbeat_at if is_silent(job, now) else None
    return Failed("worker_lost", said, since=since)


def recover(job: Job, result: Result) -> bool:
    """Ends what is left of the attempt on this host, then settles it."""
    if is_here(job):
        _end_worker(job)
        _end_child(job)
    return end_attempt(job, result)


def _end_worker(job: Job) -> None:
    """A worker that is stopped or hangs would go on one day: it is replaced by a new one.

    One that could not tell of its end, as the database did not answer, may have the next job: it
    lives, and the fence keeps it from this one.
    """
    if job.pid and job.pid != pids.own_pid() and lives(job) and not _is_elsewhere(job):
        pids.kill(job.pid)


def _is_elsewhere(job: Job) -> bool:
    return is_put_down(job) or _has_moved_on(job)


def _has_moved_on(job: Job) -> bool:
    same = Job.objects.running().filter(
        host=job.host, pid=job.pid, pid_started_at=job.pid_started_at
    )
    return same.filter(attempt_started_at__gt=job.attempt_started_at).exists()


def _end_child(job: Job) -> None:
    """Kills the attempt's child if it still is that child: after a reboot its pid is another's."""
    if not job.child_pid or not job.heartbeat_at:
        return
    started_by = job.heartbeat_at.timestamp() + settings.HEARTBEAT_S
    if pids.began(job.child_pid) <= started_by:
        child_process.kill_group(job.child_pid)
