"""A cancel: final at once where nothing runs, asked of the worker where something does."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from jobs.models import Job
from jobs.queue import families
from jobs.queue.refusals import NotPossible
from jobs.queue.submission import look_again
from jobs.states import ACTIVE, HELD_BY_A_WORKER, Status


def cancel(job: Job) -> Job:
    """Final at once where nothing runs; a running job's worker ends it within a second or two.

    The jobs that only this one waits for are cancelled with it. Raises NotPossible.
    """
    with transaction.atomic():
        if not _cancel_one(job.pk):
            look_again(job)
            raise NotPossible(f"Job {job.pk} is {job.status}; only an active job can be cancelled.")
        cancel_children(job.pk)
    families.let_go_on(job.pk)
    look_again(job)
    return job


def cancel_children(job_id: int) -> None:
    """The jobs that only this one waits for, in the caller's transaction."""
    for child_id in families.needed_by_nobody_else(job_id):
        _cancel_one(child_id)


def _cancel_one(job_id: int) -> int:
    """Looks twice: a job may be claimed, or given back, between one look and the other."""
    for _ in range(3):
        if done := _cancel_now(job_id) or _ask_to_stop(job_id):
            return done
    return 0


def _cancel_now(job_id: int) -> int:
    idle = sorted(ACTIVE - HELD_BY_A_WORKER)
    return Job.objects.filter(pk=job_id, status__in=idle).move(Status.CANCELLED, timezone.now())


def _ask_to_stop(job_id: int) -> int:
    """A zombie's cancel is done by the sweep that sees it gone."""
    held = Job.objects.filter(pk=job_id, status__in=sorted(HELD_BY_A_WORKER))
    return held.update(cancel_requested_at=timezone.now())
