"""Ending an attempt whose worker cannot: by its lease, with a last line in its log."""

from __future__ import annotations

import logging

from jobs.execution.claimed import Claim
from jobs.execution.settlement import settle
from jobs.logs.streams import STREAMS, attempt_folder, file_name
from jobs.logs.writer import JobLog, join_tail
from jobs.models import Job
from jobs.queue import families
from jobs.results import LeaseLost, Released, Result
from jobs.states import Status

logger = logging.getLogger(__name__)


def release(worker_name: str) -> int:
    """Gives back, unharmed, what the workers of a node that is being stopped still hold."""
    held = Job.objects.running().filter(worker_id__startswith=f"{worker_name}/")
    return sum(end_attempt(job, Released("The node was stopped.")) for job in held)


def end_attempt(job: Job, result: Result) -> bool:
    """Settles somebody else's attempt by its lease; False when its worker was quicker."""
    try:
        transition = settle(Claim.of_job(job), result, status=Status(job.status))
    except LeaseLost:
        return False
    logger.warning("Job %s: %s", job.pk, transition.sentence)
    _note(job, transition.sentence)
    families.after_move(job.pk, transition.status)
    return True


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
