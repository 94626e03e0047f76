"""Jobs whose worker is gone: found, their processes ended, sent through the same retry policy."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from jobs import node, process, waiting
from jobs.claim import Claim
from jobs.log import STREAMS, JobLog, attempt_folder, file_name, join_tail
from jobs.models import Job
from jobs.outcomes import Cancelled, Failed, LeaseLost, Released, Result
from jobs.settle import settle
from jobs.states import Status, WaitFor

logger = logging.getLogger(__name__)


def promote() -> int:
    """What waited for a time that has come is pending."""
    now = timezone.now()
    due = Job.objects.retry_due(now).values("pk").union(Job.objects.time_come(now).values("pk"))
    if not due.exists():
        return 0
    retried = Job.objects.retry_due(now).update(status=Status.PENDING, next_retry_at=None)
    waited = Job.objects.time_come(now).update(status=Status.PENDING, wait_for=WaitFor.NOTHING)
    return retried + waited


def sweep(*, nobody_lost: bool = False) -> int:
    """Recovers every job whose worker is gone; then parents that were not told of an end."""
    lost = [] if nobody_lost else _lost_jobs()
    recovered = sum(recover(job) for job in lost)
    for parent in waiting.unfinished():
        if waiting.finish(parent):
            waiting.let_go_on(parent)
    return recovered


def _lost_jobs() -> list[Job]:
    """Silent for a lease; or of this host, where a dead process is known at once."""
    silent = Q(heartbeat_at__lt=Now() - timedelta(seconds=settings.LEASE_S))
    here = Q(host=node.host_name())
    running = Job.objects.running()
    dead = [job for job in running.filter(here & ~silent) if not _lives(job)]
    return [*running.filter(silent), *dead]


def _lives(job: Job) -> bool:
    return job.pid is not None and node.is_alive(job.pid, job.pid_started_at)


def recover(job: Job) -> bool:
    """Ends what is left of the attempt here, then settles it as lost (or cancelled, if asked)."""
    _end_child(job)
    result: Result = Failed(
        "worker_lost",
        f"Worker {job.worker_id} was gone; its last heartbeat was at"
        f" {job.heartbeat_at:%Y-%m-%d %H:%M:%S} UTC.",
    )
    if job.cancel_requested_at:
        result = Cancelled("Cancelled; its worker was gone already.")
    return end_attempt(job, result)


def _end_child(job: Job) -> None:
    """Kills the attempt's child if it still is that child: after a reboot its pid is another's."""
    if job.host != node.host_name() or not job.child_pid or not job.heartbeat_at:
        return
    started_by = job.heartbeat_at.timestamp() + settings.HEARTBEAT_S
    if node.began(job.child_pid) <= started_by:
        process.kill_group(job.child_pid)


def release(worker_name: str) -> int:
    """Gives back, unharmed, what the workers of a node that is being stopped still hold."""
    held = Job.objects.running().filter(worker_id__startswith=f"{worker_name}/")
    return sum(end_attempt(job, Released("The node was stopped.")) for job in held)


def end_attempt(job: Job, result: Result) -> bool:
    """Settles somebody else's attempt by its lease; False when its worker was quicker."""
    claim = claim_of(job)
    try:
        ending = settle(claim, result)
    except LeaseLost:
        return False
    logger.warning("Job %s: %s", job.pk, ending.sentence)
    _note(job, ending.sentence)
    if ending.status not in (Status.PENDING, Status.RETRYING):
        waiting.let_go_on(job.pk)
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
    for stream in STREAMS:
        join_tail(attempt_folder(log.folder, log.attempt) / file_name(stream))
    log.write(sentence)
    log.close()
