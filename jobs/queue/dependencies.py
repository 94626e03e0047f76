"""What a job depends on: known, linked to it, and not removed while it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef

from jobs.failures import failure
from jobs.forms import FieldError
from jobs.models import Job, JobQuerySet, Link
from jobs.queue.families import NEEDED_FAILED
from jobs.states import Status


def unknown(depends_on: Sequence[int]) -> list[FieldError]:
    """An error for each that is not there."""
    return _missing(depends_on, Job.objects.all()) if depends_on else []


def link(waiter_id: int, depends_on: Sequence[int]) -> list[FieldError]:
    """Links a new job to all of these, or to none and says which are gone; in a transaction.

    They were there when the request was checked. Without the lock, a removal in between lets the
    links' foreign key fail at COMMIT.
    """
    if gone := _missing(depends_on, _kept()):
        return gone
    links = [
        Link(waiter_id=waiter_id, needed_id=pk, role=Link.Role.DEPENDENCY)
        for pk in dict.fromkeys(depends_on)
    ]
    Link.objects.bulk_create(links)
    return []


def keep_unmet(waiter_id: int) -> bool:
    """Whether one of them has not completed. None is removed before the transaction has ended.

    So a removal sees that the job which is made active here needs what it would remove.
    """
    needed = _kept().filter(waiters__waiter_id=waiter_id, waiters__role=Link.Role.DEPENDENCY)
    return bool(set(needed.values_list("status", flat=True)) - {Status.COMPLETED})


def active_dependent(needed_id: int) -> int | None:
    """The first active job that depends on this one."""
    active = Job.objects.active().filter(
        needs__needed_id=needed_id, needs__role=Link.Role.DEPENDENCY
    )
    return active.order_by("pk").values_list("pk", flat=True).first()


def lose(needed_id: int) -> None:
    """Before one that did not complete is removed: those that depend on it can never start.

    They are known by their failure and by no link: what else they need makes no difference now.
    """
    depend = _kept().filter(needs__needed_id=needed_id, needs__role=Link.Role.DEPENDENCY)
    ids = list(depend.values_list("pk", flat=True))
    said = f"Job {needed_id}, which it needs, was removed before it completed."
    Job.objects.filter(pk__in=ids).update(**failure(NEEDED_FAILED).columns(said))
    Link.objects.filter(waiter__in=ids, role=Link.Role.DEPENDENCY).delete()


def lost() -> JobQuerySet:
    """Jobs that ended with one they need, which has been removed since."""
    left = Link.objects.filter(waiter=OuterRef("pk"), role=Link.Role.DEPENDENCY)
    return Job.objects.filter(~Exists(left), failure_code=NEEDED_FAILED)


def _kept() -> JobQuerySet:
    """In one order, so that two who lock the same rows do not wait for each other."""
    return Job.objects.select_for_update(of=("self",), no_key=True).order_by("pk")


def _missing(depends_on: Iterable[int], jobs: JobQuerySet) -> list[FieldError]:
    wanted = dict.fromkeys(depends_on)
    known = set(jobs.filter(pk__in=wanted).values_list("pk", flat=True))
    return [
        FieldError(field="depends_on", code="unknown_job", message=f"No job {pk}.")
        for pk in wanted
        if pk not in known
    ]
