"""One job's page: its story, what may be decided, its family, attempts and the ends of its logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from jobs import bulk, log
from jobs.admin.columns import job_page, kind_label, log_page, target_page
from jobs.admin.decisions import offered
from jobs.models import Attempt, Job, Lane, Node
from jobs.payloads import NO_CHILDREN, ChildrenPayload, children_of
from jobs.querysets import JobQuerySet
from jobs.states import Status
from jobs.story import Surroundings, story
from videomind.admin_site.actions import may

SHOWN_ATTEMPTS: Final = 20
SHOWN_RELATIVES: Final = 20
MOST_AHEAD: Final = 1000
TAIL: Final = 4000
_LIGHT: Final = ("id", "job_type", "title", "target", "status", "completed_at")


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of one stream of the last attempt that wrote one."""

    stream: str
    text: str
    size: int
    page: str

    @property
    def is_cut(self) -> bool:
        return self.size > TAIL


def context(job: Job, request: HttpRequest, *, at: datetime) -> dict[str, Any]:
    children = children_of([job.pk]).get(job.pk, NO_CHILDREN)
    return {
        "job": job,
        "kind": kind_label(job.job_type),
        "story": story(job, surroundings(job, children, at=at)),
        "stuck": bulk.why_stuck(job, at=at),
        "buttons": list(_buttons(job, request)),
        "target_page": target_page(job),
        "attempts": attempts_of(job),
        "children": children,
        "relatives": relatives_of(job, children),
        "waiters": list(_light(job.pk, "needs__needed_id")[:SHOWN_RELATIVES]),
        "tails": list(tails_of(job)),
        "parameters": _json(job.parameters),
        "result": _json(job.result),
    }


def surroundings(job: Job, children: ChildrenPayload, *, at: datetime) -> Surroundings:
    """Only who is in line has a line around it."""
    if job.status != Status.PENDING:
        return Surroundings(children=children)
    in_lane = Job.objects.filter(lane=job.lane)
    pending = in_lane.filter(status=Status.PENDING)
    earlier = pending.filter(rank__lt=job.rank) | pending.filter(rank=job.rank, pk__lt=job.pk)
    ahead = earlier.order_by()[: MOST_AHEAD + 1].count()
    alive_since = at - timedelta(seconds=settings.LEASE_S)
    return Surroundings(
        lane=Lane.objects.filter(pk=job.lane).first(),
        running_in_lane=in_lane.running().count(),
        ahead=ahead if ahead <= MOST_AHEAD else None,
        workers_alive=Node.objects.filter(heartbeat_at__gte=alive_since).exists(),
        children=children,
    )


def _buttons(job: Job, request: HttpRequest) -> Iterator[dict[str, Any]]:
    """To the confirmation page of each decision that would move it."""
    for action in offered(job):
        if may(request, action):
            query = {"ids": str(job.pk), "back": job_page(job.pk)}
            address = reverse("admin:jobs_job_do", args=[action.name], query=query)
            yield {"action": action, "address": address}


def attempts_of(job: Job) -> list[Attempt]:
    """The newest, the last one first."""
    return list(job.attempts.order_by("-lease")[:SHOWN_ATTEMPTS])


def relatives_of(job: Job, children: ChildrenPayload) -> list[Job]:
    """The jobs it waits for; those that failed come first, then those still to come."""
    if not children["total"]:
        return []
    failed = list(_light(job.pk, "waiters__waiter_id").failed()[:SHOWN_RELATIVES])
    others = _light(job.pk, "waiters__waiter_id").exclude(pk__in=[each.pk for each in failed])
    rest = SHOWN_RELATIVES - len(failed)
    return failed + list(others.order_by("completed_at", "-pk")[:rest] if rest else ())


def _light(job_id: int, relation: str) -> JobQuerySet:
    return Job.objects.filter(**{relation: job_id}).only(*_LIGHT).order_by("-pk")


def tails_of(job: Job) -> Iterator[Tail]:
    attempt = max(1, job.attempt_number)
    for stream in log.STREAMS:
        size = log.size_of(job.log_folder, attempt, stream)
        if size:
            text = log.read_tail(job.log_folder, attempt, stream, size=TAIL)
            yield Tail(stream, text, size, log_page(job.pk, attempt, stream))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) if value else ""
