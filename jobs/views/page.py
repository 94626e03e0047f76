"""A job's page: what is going on, its attempts, its family and its log, live while it is active."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from jobs.models import Job, JobQuerySet, Link
from jobs.monitoring.children import NO_CHILDREN, ChildrenPayload, children_of
from jobs.monitoring.explanation import explain_job
from jobs.states import FAILED_ALIKE
from jobs.views.access import ConsoleRequest, console, job_or_404
from jobs.views.logs import log_context
from jobs.views.panels import Panel, changed, draw

SHOWN_ATTEMPTS = 25
SHOWN_CHILDREN = 25


def _show(request: ConsoleRequest, job_id: int) -> HttpResponse:
    job = job_or_404(job_id)
    children = _children_counts(job)
    context = {
        "place": "list",
        "job": job,
        "panels": {panel.name: panel for panel in _panels(job, children)},
        "final": is_final(job, children),
        "parameters": sorted(job.parameters.items()),
        "log": log_context(job, request.GET),
    }
    return render(request, "jobs/job.html", context)


def _live(request: ConsoleRequest, job_id: int) -> HttpResponse:
    job = job_or_404(job_id)
    children = _children_counts(job)
    return changed(request, _panels(job, children), final=is_final(job, children))


def is_final(job: Job, children: ChildrenPayload) -> bool:
    """A parent that failed is repaired by its children: while one is active it may still change."""
    return not job.is_active and not children["active"]


def _children_counts(job: Job) -> ChildrenPayload:
    return children_of([job.pk]).get(job.pk, NO_CHILDREN)


def _panels(job: Job, children: ChildrenPayload) -> list[Panel]:
    return [
        draw("state", "state", job=job, explanation=explain_job(job, children), children=children),
        draw("actions", "actions", job=job),
        draw("attempts", "attempts", job=job, attempts=_attempts(job)),
        draw(
            "family",
            "family",
            job=job,
            children=children,
            shown=_children(job, children),
            needs=list(_linked(job, Link.Role.DEPENDENCY)[:SHOWN_CHILDREN]),
        ),
        draw("facts", "facts", job=job),
    ]


def _attempts(job: Job) -> list[Any]:
    """The newest first."""
    return list(job.attempts.order_by("-lease")[:SHOWN_ATTEMPTS])


def _children(job: Job, children: ChildrenPayload) -> list[Job]:
    """The failed ones first: these are why one looks."""
    if not children["total"]:
        return []
    mine = _linked(job, Link.Role.CHILD)
    failed = mine.filter(status__in=sorted(FAILED_ALIKE)).order_by("-pk")
    others = mine.exclude(status__in=sorted(FAILED_ALIKE)).order_by("-pk")
    return [*failed[:SHOWN_CHILDREN], *others[:SHOWN_CHILDREN]][:SHOWN_CHILDREN]


def _linked(job: Job, role: Link.Role) -> JobQuerySet:
    linked = Job.objects.filter(waiters__waiter_id=job.pk, waiters__role=role).order_by("-pk")
    return linked.only("job_type", "title", "status", "failure_code", "ignored")


job = console(GET=_show)
live = console(GET=_live)
