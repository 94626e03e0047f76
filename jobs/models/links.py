"""Who waits for whom."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from jobs.models.job import Job
from jobs.states import ACTIVE, Status, WaitFor

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


class LinkQuerySet(models.QuerySet["Link"]):
    def still_to_come(self) -> Self:
        return self.filter(_still_to_come("needed__"))


class Link(models.Model):
    """`waiter` waits for `needed`. Counters are counted from these rows, not from `parent`."""

    class Role(models.TextChoices):
        CHILD = "child", "its own job"
        DEPENDENCY = "dependency", "a job it depends on"

    waiter = models.ForeignKey(Job, models.CASCADE, related_name="needs")
    needed = models.ForeignKey(Job, models.CASCADE, related_name="waiters")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.CHILD)

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["waiter", "needed"], name="one_link_per_pair"),
        )

    def __str__(self) -> str:
        return f"{self.waiter_id} waits for {self.needed_id}"
