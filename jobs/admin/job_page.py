"""One job's page: what goes on, what may be decided, its family, attempts and ends of logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from jobs.admin.actions import offered
from jobs.admin.columns import job_page, log_page, target_page
from jobs.kinds import any_kind
from jobs.logs import reader, streams
from jobs.models import Attempt, Job, JobQuerySet
from jobs.monitoring.children import NO_CHILDREN, ChildrenPayload, children_of
from jobs.monitoring.explanation import explain_job
from jobs.operations import bulk
from videomind.admin_site.actions import may

SHOWN_ATTEMPTS: Final = 20
SHOWN_RELATIVES: Final = 20
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
        "kind": any_kind(job.job_type).label,
        "explanation": explain_job(job, children),
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
    for stream in streams.STREAMS:
        size = reader.size_of(job.log_folder, attempt, stream)
        if size:
            text = reader.read_tail(job.log_folder, attempt, stream, size=TAIL)
            yield Tail(stream, text, size, log_page(job.pk, attempt, stream))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) if value else ""
