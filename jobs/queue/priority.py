"""The place in line, changed while a job waits."""

from __future__ import annotations

from django.db.models import F

from jobs.models import SECONDS_PER_PRIORITY_POINT, Job
from jobs.states import ACTIVE


def set_priority(job: Job, priority: int) -> None:
    """Keeps what it has waited: since it was created, or since its last retry."""
    points = F("priority") - priority
    Job.objects.filter(pk=job.pk, status__in=sorted(ACTIVE)).update(
        priority=priority, rank=F("rank") + SECONDS_PER_PRIORITY_POINT * points
    )
