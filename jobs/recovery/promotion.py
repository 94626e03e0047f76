"""What waited for a time that has come."""

from __future__ import annotations

from django.utils import timezone

from jobs.models import Job
from jobs.states import Status


def promote() -> int:
    """What waited for a time that has come is pending."""
    now = timezone.now()
    due = Job.objects.retry_due(now).values("pk").union(Job.objects.time_come(now).values("pk"))
    if not due.exists():
        return 0
    retried = Job.objects.retry_due(now).move(Status.PENDING, now)
    waited = Job.objects.time_come(now).move(Status.PENDING, now)
    return retried + waited
