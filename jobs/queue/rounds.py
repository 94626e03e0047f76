"""A new round for a job that ended: by a person or a script."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs.forms import FieldError, validate
from jobs.models import Job, Link, rank
from jobs.progress import Progress
from jobs.queue import dependencies, families
from jobs.queue.refusals import InvalidJob, NotPossible
from jobs.queue.submission import active_twin, kind_or_refuse, look_again
from jobs.states import NO_FAILURE, RETRYABLE_BY_HAND, Status, WaitFor


def retry(job: Job, *, parameters: dict[str, Any] | None = None) -> Job:
    """A new round for a job that failed or was cancelled, by a person or a script.

    A parent whose own jobs failed retries those and waits for them. Raises Refused.
    """
    if job.status not in RETRYABLE_BY_HAND:
        raise NotPossible(
            f"Job {job.pk} is {job.status}; only a failed, timed-out, cancelled or dead-lettered"
            " job can be retried."
        )
    changed = _changed(job, parameters) if parameters is not None else {}
    with transaction.atomic():
        if job.failure_code == families.CHILDREN_FAILED and not changed:
            _retry_children(job)
        else:
            _restart(job, changed)
    look_again(job)
    return job


def _changed(job: Job, parameters: dict[str, Any]) -> dict[str, Any]:
    form, errors = validate(kind_or_refuse(job.job_type).form_class, parameters)
    if form is None:
        raise InvalidJob(errors)
    if form.target != job.target:
        raise InvalidJob(
            [
                FieldError(
                    field="parameters",
                    code="other_target",
                    message="A retry keeps its target; create a new job for another one.",
                )
            ]
        )
    return {"parameters": form.parameters, "title": (form.title or job.title)[:300]}


def _restart(job: Job, changed: dict[str, Any]) -> None:
    """Pending, or waiting for the jobs it still depends on.

    With other parameters nothing has failed yet: a retry after a cancel goes by what it finds.
    """
    if dependencies.keep_unmet(job.pk):
        _begin_round(job, Status.WAITING, wait_for=WaitFor.JOBS, **changed)
        return
    if dependencies.lost().filter(pk=job.pk).exists():
        raise NotPossible(
            f"Job {job.pk} ended with a job it needs, and that one has been removed;"
            " create a new job instead."
        )
    if changed or job.failure_code == families.NEEDED_FAILED:
        changed = {**changed, **NO_FAILURE}
    _begin_round(job, Status.PENDING, **changed)


def _begin_round(job: Job, status: Status, **columns: Any) -> None:
    """From the state that was seen, or not at all. Raises NotPossible.

    Nor from the same state after another round or attempt: that may be another failure.
    """
    now = timezone.now()
    seen = {name: getattr(job, name) for name in ("pk", "status", "rounds", "lease")}
    try:
        with transaction.atomic():
            moved = Job.objects.filter(**seen).move(status, now, **_afresh(job, now) | columns)
    except IntegrityError as error:
        twin = active_twin(job)
        raise NotPossible(
            f"Job {twin.pk if twin else 'another'} already works on the same target."
        ) from error
    if not moved:
        raise NotPossible(f"Job {job.pk} has just changed its state; look at it again.")


def _afresh(job: Job, at: datetime) -> dict[str, Any]:
    return {
        "retry_count": 0,
        "crashes": 0,
        "rounds": job.rounds + 1,
        "rank": rank(at, job.priority),
        "run_at": None,
        "ignored": False,
        "times_held": 0,
        "held_at": None,
        **Progress().columns(),
    }


def _retry_children(job: Job) -> None:
    failed = Job.objects.filter(
        waiters__waiter_id=job.pk,
        waiters__role=Link.Role.CHILD,
        status__in=sorted(RETRYABLE_BY_HAND),
        ignored=False,
    )
    for child in failed.exclude(pk__in=dependencies.lost().values("pk")).order_by("pk"):
        _restart(child, {})
    _begin_round(job, Status.WAITING, wait_for=WaitFor.CHILDREN)
