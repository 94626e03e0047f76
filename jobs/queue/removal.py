"""Removing a finished job: its row, its attempts and its logs."""

from __future__ import annotations

from django.db import transaction

from jobs.logs import writer
from jobs.models import Job
from jobs.queue import dependencies, families
from jobs.queue.refusals import NotPossible
from jobs.queue.submission import look_again
from jobs.states import ACTIVE, Status


def remove(job: Job) -> None:
    """Raises NotPossible or Removed.

    An active job is not removed, nor one that did not complete while an active one depends on it:
    that would start as if all it needs had completed. One that has ended may not be retried then.
    """
    ended = Job.objects.filter(pk=job.pk).exclude(status__in=sorted(ACTIVE))
    with transaction.atomic():
        # Django looks first and deletes by id alone: a retry in between would lose its job.
        status = ended.select_for_update().values_list("status", flat=True).first()
        if status is None:
            look_again(job)
            raise NotPossible(f"Job {job.pk} is {job.status}; cancel it before it is removed.")
        if status != Status.COMPLETED:
            _refuse_while_needed(job.pk, status)
            dependencies.lose(job.pk)
        held_up = families.waiters_of(job.pk)
        ended.delete()
    for waiter in held_up:
        if families.finish(waiter):
            families.let_go_on(waiter)
    writer.remove(job.log_folder)


def _refuse_while_needed(job_id: int, status: str) -> None:
    waiter = dependencies.active_dependent(job_id)
    if waiter is not None:
        raise NotPossible(
            f"Job {waiter} depends on job {job_id}, which is {status}: retry job {job_id}, or"
            f" cancel job {waiter} before this one is removed."
        )
