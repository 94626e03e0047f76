"""What the story of a job needs besides its row, in a few queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from jobs.models import Job, Lane, Node
from jobs.payloads import ChildrenPayload
from jobs.states import Status
from jobs.story import Story, Surroundings, story

COUNTED_AHEAD: Final = 1000


def story_of(job: Job, children: ChildrenPayload) -> Story:
    around = _queue_around(job) if job.status == Status.PENDING else {}
    return story(job, Surroundings(children=children, **around))


def _queue_around(job: Job) -> dict[str, Any]:
    pending = Job.objects.filter(status=Status.PENDING, lane=job.lane)
    first = pending.filter(rank__lt=job.rank) | pending.filter(rank=job.rank, pk__lt=job.pk)
    ahead = first.order_by()[: COUNTED_AHEAD + 1].count()
    alive_since = timezone.now() - timedelta(seconds=settings.LEASE_S)
    return {
        "lane": Lane.objects.filter(pk=job.lane).first(),
        "running_in_lane": Job.objects.running().filter(lane=job.lane).count(),
        "ahead": ahead if ahead <= COUNTED_AHEAD else None,
        "workers_alive": Node.objects.filter(heartbeat_at__gte=alive_since).exists(),
    }
