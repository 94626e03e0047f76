"""Jobs that wait for other jobs: a parent for its children, counted from the link rows."""

from __future__ import annotations

import logging
from contextlib import closing
from functools import cache
from typing import TypedDict, cast

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from jobs.failures import failure
from jobs.logs.writer import JobLog
from jobs.models import PUT_OFF, STILL_TO_COME, Job, JobQuerySet, Link
from jobs.states import ACTIVE, FAILED_ALIKE, FINAL, NO_FAILURE, Status, WaitFor

logger = logging.getLogger(__name__)

CHILDREN_FAILED = "children_failed"
NEEDED_FAILED = "needed_job_failed"


class Counts(TypedDict):
    total: int
    completed: int
    failed: int
    active: int
    later: int
    cancelled: int


def count(waiter_id: int) -> Counts:
    """What became of the jobs this one waits for."""
    needed = Job.objects.filter(waiters__waiter_id=waiter_id, waiters__role=Link.Role.CHILD)
    counted = needed.aggregate(
        total=Count("pk"),
        completed=Count("pk", filter=Q(status=Status.COMPLETED)),
        failed=Count("pk", filter=Q(status__in=sorted(FAILED_ALIKE))),
        active=Count("pk", filter=STILL_TO_COME),
        later=Count("pk", filter=PUT_OFF),
        cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
    )
    return cast("Counts", counted)


def sentence(counts: Counts) -> str:
    """ "117 of 117", "12 of 37, 1 failed", "34 of 37, 3 later"."""
    parts = [f"{counts['completed']} of {counts['total']}"]
    parts += [f"{counts[key]} {key}" for key in ("failed", "cancelled", "later") if counts[key]]
    return ", ".join(parts)


def let_go_on(needed_id: int) -> None:
    """After `needed_id` ended, in transactions of their own: everyone it held up is looked at."""
    ended = [needed_id]
    while ended:
        ended += [waiter for waiter in waiters_of(ended.pop()) if finish(waiter)]


def after_move(job_id: int, status: Status) -> None:
    """Once a job has moved to `status`: it itself where it waits, and everyone that it held up."""
    if status is Status.WAITING:
        # Its jobs may all have ended before it began to wait for them.
        finish(job_id)
    if status not in (Status.PENDING, Status.RETRYING):
        let_go_on(job_id)


_MAY_FINISH = Q(status=Status.WAITING, wait_for=WaitFor.CHILDREN) | Q(
    status=Status.FAILED, failure_code=CHILDREN_FAILED
)


def finish(waiter_id: int) -> bool:
    """Moves a job on when nothing it waits for is still to come; whether it has ended with that."""
    waiter = Job.objects.filter(pk=waiter_id).only(*_KNOWN).first()
    if waiter is None:
        return False
    if waiter.status == Status.WAITING and waiter.wait_for == WaitFor.JOBS:
        return _after_dependencies(waiter)
    parent = waiter.status == Status.WAITING and waiter.wait_for == WaitFor.CHILDREN
    if parent or (waiter.status, waiter.failure_code) == (Status.FAILED, CHILDREN_FAILED):
        return _after_children(waiter)
    return False


_KNOWN = ("status", "wait_for", "failure_code", "job_type", "attempt_number", "on_needed_failure")


# --- a parent and its children --------------------------------------------------------------------


def _after_children(waiter: Job) -> bool:
    """Ends a parent whose children have all ended; a repaired parent becomes completed."""
    children = Link.objects.filter(waiter_id=waiter.pk, role=Link.Role.CHILD)
    if children.still_to_come().exists():
        return False
    with transaction.atomic():
        counts = count(waiter.pk)
        if counts["active"] or not _end_parent(waiter.pk, counts):
            return False
    _write_down(waiter, f"{sentence(counts)}.")
    return True


def _end_parent(waiter_id: int, counts: Counts) -> int:
    now, waiter = timezone.now(), Job.objects.filter(pk=waiter_id)
    progress = {
        "progress_current": counts["completed"],
        "progress_total": counts["total"],
        "progress_message": sentence(counts),
    }
    if not counts["failed"] and not counts["cancelled"]:
        return waiter.filter(_MAY_FINISH).move(Status.COMPLETED, now, **progress, **NO_FAILURE)
    failed = failure(CHILDREN_FAILED).columns(f"{sentence(counts)}.")
    waits = waiter.filter(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
    return waits.move(Status.FAILED, now, **progress, **failed)


def needed_by_nobody_else(job_id: int) -> list[int]:
    """Children still active that only this job waits for, locked; in its cancel's transaction.

    Links say who waits, `parent` who asked: what a person asked for is not taken from him. Without
    the lock, of two parents that are cancelled at once each leaves a child to the other; with it
    the second waits, and then sees that the first waits no more.
    """
    own = Job.objects.active().filter(waiters__waiter_id=job_id, waiters__role=Link.Role.CHILD)
    own = own.exclude(parent=None).order_by("pk")
    list(own.select_for_update(of=("self",), no_key=True).values_list("pk"))
    others = Link.objects.filter(waiter__status__in=sorted(ACTIVE)).exclude(waiter_id=job_id)
    alone = own.exclude(pk__in=others.values("needed_id"))
    return list(alone.values_list("pk", flat=True))


# --- a job and those it depends on ----------------------------------------------------------------


def _after_dependencies(waiter: Job) -> bool:
    """Pending when all completed; ended with the first that did not."""
    needed = Job.objects.filter(waiters__waiter_id=waiter.pk, waiters__role=Link.Role.DEPENDENCY)
    bad = needed.filter(status__in=sorted(FINAL - {Status.COMPLETED})).first()
    if bad is not None:
        return bool(_end_dependent(waiter, bad))
    if not needed.exclude(status=Status.COMPLETED).exists():
        _set_free(waiter)
    return False


def _dependent(waiter: Job) -> JobQuerySet:
    return Job.objects.filter(pk=waiter.pk, status=Status.WAITING, wait_for=WaitFor.JOBS)


def _set_free(waiter: Job) -> None:
    """Pending, or waiting on for its own later time."""
    now = timezone.now()
    later = _dependent(waiter).filter(run_at__gt=now)
    if not later.update(wait_for=WaitFor.TIME, **NO_FAILURE):
        _dependent(waiter).move(Status.PENDING, now, **NO_FAILURE)


def _end_dependent(waiter: Job, bad: Job) -> int:
    said = f"A job it needs, {bad.pk}, is {bad.status}."
    columns = failure(NEEDED_FAILED).columns(said)
    if waiter.on_needed_failure == Status.CANCELLED:
        return _dependent(waiter).move(Status.CANCELLED, timezone.now(), **columns)
    columns["dead_letter_reason"] = said
    return _dependent(waiter).move(Status.DEAD_LETTER, timezone.now(), **columns)


def unfinished() -> list[int]:
    """Jobs whose last needed one ended and who were not told: what a crash left."""
    ended = sorted(FINAL)
    children = Link.objects.filter(role=Link.Role.CHILD).still_to_come().values("waiter_id")
    parents = Job.objects.filter(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
    # Without links: what it needed was removed.
    told_or_free = Q(needs__needed__status__in=ended) | Q(needs=None)
    dependents = Job.objects.filter(told_or_free, status=Status.WAITING, wait_for=WaitFor.JOBS)
    told = parents.exclude(pk__in=children).values_list("pk", flat=True)
    bad = sorted(set(Status) - {Status.COMPLETED})
    unrepaired = Link.objects.filter(role=Link.Role.CHILD, needed__status__in=bad)
    failed = Job.objects.filter(status=Status.FAILED, failure_code=CHILDREN_FAILED)
    repaired = failed.exclude(pk__in=unrepaired.values("waiter_id"))
    return [
        *told,
        *repaired.values_list("pk", flat=True),
        *dependents.values_list("pk", flat=True).distinct(),
    ]


def _write_down(job: Job, text: str) -> None:
    """The last word in a parent's log, when its last child has ended."""
    try:
        # To close it writes what could not be written, and fails as well.
        with closing(JobLog(job.log_folder, attempt=job.attempt_number)) as log:
            log.write(text)
            log.summary(f"job {job.pk} {job.job_type}\n{text}")
    except OSError:
        logger.exception("The log of job %s takes no line", job.pk)


def waiters_of(needed_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_waiters_sql(), [needed_id])
        return [row[0] for row in cursor.fetchall()]


@cache
def _waiters_sql() -> str:
    return f"SELECT waiter_id FROM {Link._meta.db_table} WHERE needed_id = %s"  # noqa: S608
