"""What became of the jobs that a job waits for, for many jobs at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from django.db.models import Count, Q

from jobs.models import PUT_OFF, STILL_TO_COME, Job, Link
from jobs.states import FAILED_ALIKE, Status


class ChildrenPayload(TypedDict):
    total: int
    completed: int
    failed: int
    active: int
    later: int


NO_CHILDREN = ChildrenPayload(total=0, completed=0, failed=0, active=0, later=0)


def children_of(job_ids: Iterable[int]) -> Mapping[int, ChildrenPayload]:
    """What became of the jobs that each of these waits for, from the links, in one query."""
    counted = (
        Job.objects.filter(waiters__waiter_id__in=list(job_ids), waiters__role=Link.Role.CHILD)
        .order_by()
        .values("waiters__waiter_id")
        .annotate(
            total=Count("pk"),
            completed=Count("pk", filter=Q(status=Status.COMPLETED)),
            failed=Count("pk", filter=Q(status__in=sorted(FAILED_ALIKE))),
            active=Count("pk", filter=STILL_TO_COME),
            later=Count("pk", filter=PUT_OFF),
        )
    )
    return {
        row["waiters__waiter_id"]: ChildrenPayload(
            total=row["total"],
            completed=row["completed"],
            failed=row["failed"],
            active=row["active"],
            later=row["later"],
        )
        for row in counted
    }
