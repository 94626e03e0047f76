"""Jobs that wait for other jobs: a parent for its children, counted from the link rows."""

from __future__ import annotations

from typing import TypedDict, cast

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from jobs import rows
from jobs.failures import failure
from jobs.models import Job, Link
from jobs.querysets import PUT_OFF, STILL_TO_COME
from jobs.states import FAILED_ALIKE, Status, WaitFor

CHILDREN_FAILED = "children_failed"


class Counts(TypedDict):
    total: int
    completed: int
    failed: int
    active: int
    later: int
    cancelled: int


def count(waiter_id: int) -> Counts:
    """What became of the jobs this one waits for."""
    needed = Job.objects.filter(waiters__waiter_id=waiter_id)
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
        ended += [waiter for waiter in rows.waiters_of(ended.pop()) if finish(waiter)]


_MAY_FINISH = Q(status=Status.WAITING, wait_for=WaitFor.CHILDREN) | Q(
    status=Status.FAILED, failure_code=CHILDREN_FAILED
)


def finish(waiter_id: int) -> bool:
    """Ends a parent whose children have all ended; a repaired parent becomes completed."""
    if not Job.objects.filter(_MAY_FINISH, pk=waiter_id).exists():
        return False
    if Link.objects.filter(waiter_id=waiter_id).still_to_come().exists():
        return False
    with transaction.atomic():
        counts = count(waiter_id)
        if counts["active"]:
            return False
        return bool(_ending(waiter_id, counts))


def _ending(waiter_id: int, counts: Counts) -> int:
    waiter = Job.objects.filter(pk=waiter_id)
    fields = {
        "wait_for": WaitFor.NOTHING,
        "completed_at": timezone.now(),
        "progress_current": counts["completed"],
        "progress_total": counts["total"],
        "progress_message": sentence(counts),
    }
    if not counts["failed"] and not counts["cancelled"]:
        healed = {"failure_code": "", "failure_type": "", "error_message": ""}
        return waiter.filter(_MAY_FINISH).update(status=Status.COMPLETED, **fields, **healed)
    row = failure(CHILDREN_FAILED)
    return waiter.filter(status=Status.WAITING, wait_for=WaitFor.CHILDREN).update(
        status=Status.FAILED,
        failure_code=row.code,
        failure_type=str(row.type),
        error_message=f"{sentence(counts)}.",
        **fields,
    )


def unfinished() -> list[int]:
    """Parents whose last child ended and who were not told: what a crash left."""
    still = Link.objects.still_to_come().values("waiter_id")
    waiting = Job.objects.filter(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
    return list(waiting.exclude(pk__in=still).values_list("pk", flat=True))
