"""Jobs whose worker is gone: found, their processes ended, sent through the same retry policy."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jobs.claim import Claim
from jobs.kinds import kinds
from jobs.logs.streams import STREAMS, attempt_folder, file_name
from jobs.logs.writer import JobLog, join_tail
from jobs.models import Job, Node
from jobs.processes import child_process, node, pids, slots
from jobs.queue import families
from jobs.results import Cancelled, Failed, LeaseLost, Released, Result, Stuck, TimedOut
from jobs.settle import settle
from jobs.states import Status, WaitFor
from videomind.database import clock

logger = logging.getLogger(__name__)
DEAD_AFTER_LEASES = 20


def promote() -> int:
    """What waited for a time that has come is pending."""
    now = timezone.now()
    due = Job.objects.retry_due(now).values("pk").union(Job.objects.time_come(now).values("pk"))
    if not due.exists():
        return 0
    retried = Job.objects.retry_due(now).update(status=Status.PENDING, next_retry_at=None)
    waited = Job.objects.time_come(now).update(status=Status.PENDING, wait_for=WaitFor.NOTHING)
    return retried + waited


Moved = Callable[[datetime], timedelta]
"""How far the clock has been set since then."""


def _not_at_all(since: datetime) -> timedelta:
    return timedelta(0)


def sweep(*, nobody_lost: bool = False, moved: Moved = _not_at_all) -> int:
    """Recovers every job whose worker is gone; then parents that were not told of an end.

    `nobody_lost`: clocks are not to be trusted just now, so only what is certain counts. `moved`:
    what a clock was set forward by, or a machine slept, is no time that a job has run.
    """
    now = clock.database_now()
    running = list(Job.objects.running())
    here = [job for job in running if _is_here(job)]
    living = {job.pk for job in here if _lives(job)}
    found = [job for job in here if job.pk not in living]
    found += Job.objects.filter(status=Status.ZOMBIE, host=node.host_name())
    if not nobody_lost:
        _declare_zombies((job for job in running if not _is_here(job)), now, moved)
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


def is_idle(job: Job, at: datetime) -> bool:
    """Without progress for its kind's stuck time; a kind that nobody knows has none."""
    known = kinds().get(job.job_type)
    limit = timedelta(seconds=known.stuck_s) if known else timedelta.max
    return job.progress_at is not None and at - job.progress_at > limit


def reset(job: Job) -> bool:
    """Ends a stuck or zombie attempt now, and sends the job through its retry policy."""
    return recover(job, _verdict(job, clock.database_now(), stuck=True))


def forget_dead_nodes() -> None:
    """Rows of supervisors that were killed: silent for so long that nobody looks for them."""
    silent = clock.database_now() - timedelta(seconds=DEAD_AFTER_LEASES * settings.LEASE_S)
    Node.objects.filter(heartbeat_at__lt=silent).delete()


def _is_here(job: Job) -> bool:
    return job.host == node.host_name()


def _lives(job: Job) -> bool:
    return job.pid is not None and pids.is_alive(job.pid, job.pid_started_at)


def is_lost(job: Job, now: datetime, moved: Moved = _not_at_all) -> bool:
    """Past its lease, or twice past its timeout."""
    return _is_silent(job, now) or _is_overdue(job, now, moved)


def _is_put_down(job: Job) -> bool:
    """Its worker lives, and its slot says that it has nothing to do."""
    return _is_here(job) and _lives(job) and slots.current().is_idle(job.pid or 0)


def _is_silent(job: Job, now: datetime) -> bool:
    lease = timedelta(seconds=settings.LEASE_S)
    return job.heartbeat_at is None or now - job.heartbeat_at > lease


def _is_overdue(job: Job, now: datetime, moved: Moved) -> bool:
    """Twice past its own timeout, whatever its worker says."""
    began = job.attempt_started_at
    longest = timedelta(seconds=2 * job.timeout_seconds)
    return began is not None and now - began - moved(began) > longest


def _declare_zombies(elsewhere: Iterable[Job], now: datetime, moved: Moved) -> None:
    """Lost jobs of other hosts: their slot is free at once, but who knows what still runs there."""
    for job in elsewhere:
        if is_lost(job, now, moved):
            Job.objects.held_by(pk=job.pk, lease=job.lease).update(status=Status.ZOMBIE)


def _forgotten_zombies(now: datetime) -> list[Job]:
    """Zombies whose host is silent as a whole, or they themselves for two leases.

    A worker that cannot reach the database for a lease stops its child and writes nothing.
    """
    lease = timedelta(seconds=settings.LEASE_S)
    lately = now - lease + timedelta(seconds=settings.HEARTBEAT_S)
    beating = Node.objects.filter(host=OuterRef("host"), heartbeat_at__gt=lately)
    silent = Q(heartbeat_at__lt=now - 2 * lease) | ~Exists(beating)
    zombies = Job.objects.filter(silent, status=Status.ZOMBIE)
    return list(zombies.exclude(host=node.host_name()))


def _verdict(job: Job, now: datetime, moved: Moved = _not_at_all, *, stuck: bool = False) -> Result:
    if job.cancel_requested_at:
        return Cancelled("Cancelled; its worker was gone already.")
    silent = _is_silent(job, now) or (_is_here(job) and not _lives(job))
    if silent and _is_put_down(job):
        return Released("Its worker knows nothing of it: an answer of the database was lost.")
    if _is_overdue(job, now, moved) and not silent:
        return TimedOut(f"It ran longer than twice {job.timeout_seconds} s.")
    if stuck and not silent:
        return Stuck(f"No progress since {job.progress_at:%Y-%m-%d %H:%M:%S} UTC.")
    said = f"{job.heartbeat_at:%Y-%m-%d %H:%M:%S} UTC" if job.heartbeat_at else "never"
    said = f"Worker {job.worker_id} was gone; its last heartbeat: {said}."
    # Who was silent for a lease has waited long enough: a lost host's work goes on within a minute.
    since = job.heartbeat_at if _is_silent(job, now) else None
    return Failed("worker_lost", said, since=since)


def recover(job: Job, result: Result) -> bool:
    """Ends what is left of the attempt on this host, then settles it."""
    if _is_here(job):
        _end_worker(job)
        _end_child(job)
    return end_attempt(job, result)


def _end_worker(job: Job) -> None:
    """A worker that is stopped or hangs would go on one day: it is replaced by a new one.

    One that could not tell of its end, as the database did not answer, may have the next job: it
    lives, and the fence keeps it from this one.
    """
    if job.pid and job.pid != pids.own_pid() and _lives(job) and not _is_elsewhere(job):
        pids.kill(job.pid)


def _is_elsewhere(job: Job) -> bool:
    return _is_put_down(job) or _has_moved_on(job)


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


def release(worker_name: str) -> int:
    """Gives back, unharmed, what the workers of a node that is being stopped still hold."""
    held = Job.objects.running().filter(worker_id__startswith=f"{worker_name}/")
    return sum(end_attempt(job, Released("The node was stopped.")) for job in held)


def end_attempt(job: Job, result: Result) -> bool:
    """Settles somebody else's attempt by its lease; False when its worker was quicker."""
    claim = claim_of(job)
    try:
        ending = settle(claim, result, status=Status(job.status))
    except LeaseLost:
        return False
    logger.warning("Job %s: %s", job.pk, ending.sentence)
    _note(job, ending.sentence)
    if ending.status not in (Status.PENDING, Status.RETRYING):
        families.let_go_on(job.pk)
    return True


def claim_of(job: Job) -> Claim:
    """The claim that a running job's row carries."""
    values: dict[str, Any] = {
        name: getattr(job, name) for name in Claim.__dataclass_fields__ if name != "job_id"
    }
    values["attempt_started_at"] = job.attempt_started_at or timezone.now()
    values["pid"] = job.pid or 0
    return Claim(job_id=job.pk, **values)


def _note(job: Job, sentence: str) -> None:
    """The last line of a log whose writer is gone."""
    log = JobLog(job.log_folder, attempt=job.attempt_number)
    try:
        for stream in STREAMS:
            join_tail(attempt_folder(log.folder, log.attempt) / file_name(stream))
        log.write(sentence)
        log.close()
    except OSError as error:
        # A full disk must not end the supervisor.
        logger.error("The log of job %s takes no line: %s", job.pk, error)
