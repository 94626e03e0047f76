"""Adjectives for many jobs: due, active, lost, over their time …, each one expression."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from jobs.states import ACTIVE, FAILED_ALIKE, Status, WaitFor

if TYPE_CHECKING:
    from jobs.models import Job, Link  # noqa: F401  (type arguments below)

# A child put off to a later time does not keep its parent waiting. Nor one that depends on other
# jobs: its parent may be among them, and both would wait for ever.
LATER = (WaitFor.TIME, WaitFor.JOBS)


def _put_off(job: str = "") -> Q:
    """`job` is the way to the job, such as "needed__"."""
    return Q(**{f"{job}status": Status.WAITING, f"{job}wait_for__in": LATER})


def _still_to_come(job: str = "") -> Q:
    return Q(**{f"{job}status__in": sorted(ACTIVE)}) & ~_put_off(job)


PUT_OFF = _put_off()
STILL_TO_COME = _still_to_come()


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> Self:
        return self.filter(status__in=sorted(ACTIVE))

    def running(self) -> Self:
        return self.filter(status=Status.RUNNING)

    def failed(self) -> Self:
        """What people mean by failed: failed, timed out and dead letters alike."""
        return self.filter(status__in=sorted(FAILED_ALIKE))

    def held_by(self, *, pk: int, lease: int) -> Self:
        """The job while that lease holds; no row once it is lost."""
        return self.filter(pk=pk, status=Status.RUNNING, lease=lease)

    def retry_due(self, at: datetime) -> Self:
        return self.filter(status=Status.RETRYING, next_retry_at__lte=at)

    def time_come(self, at: datetime) -> Self:
        return self.filter(status=Status.WAITING, wait_for=WaitFor.TIME, run_at__lte=at)


class LinkQuerySet(models.QuerySet["Link"]):
    def still_to_come(self) -> Self:
        return self.filter(_still_to_come("needed__"))
