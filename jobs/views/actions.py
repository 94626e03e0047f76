"""What an operator does with one job or lane: asked first where it cannot be undone, then done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from jobs import queue
from jobs.lanes import holds, limits
from jobs.models import Job, Lane
from jobs.monitoring.children import NO_CHILDREN, ChildrenPayload, children_of
from jobs.queue import refusals, removal
from jobs.views.access import ConsoleRequest, View, console, job_or_404


@dataclass(frozen=True, slots=True)
class Action:
    """`run` answers with the sentence that says what happened, or raises Refused."""

    name: str
    label: str
    question: str
    run: Callable[[Job], str]
    possible: Callable[[Job], bool]
    explain: Callable[[Job, ChildrenPayload], str]
    dangerous: bool = False


def _retry(job: Job) -> str:
    queue.retry(job)
    return f"Job {job.pk} goes on with a new round of attempts."


def _cancel(job: Job) -> str:
    if queue.cancel(job).is_active:
        return f"Job {job.pk} is being stopped; its worker ends it within a few seconds."
    return f"Job {job.pk} is cancelled."


def _remove(job: Job) -> str:
    removal.remove(job)
    return f"Job {job.pk} is removed with its attempts and logs."


def _about_retry(job: Job, children: ChildrenPayload) -> str:
    if children["failed"]:
        return f"{children['failed']} of its own jobs failed; only what failed is retried."
    failure = job.failure
    warned = failure is not None and not failure.retryable
    said = "It starts from the beginning, with all its retries, when its lane has a free slot."
    return f"{failure.sentence} {failure.action} {said}" if warned and failure else said


def _about_cancel(job: Job, children: ChildrenPayload) -> str:
    if children["active"]:
        count = children["active"]
        return f"What is to come of its own jobs ({count}) is cancelled too, unless others need it."
    return "What it has not finished is thrown away. You may retry it later."


def _about_remove(job: Job, children: ChildrenPayload) -> str:
    return "Its row, its attempts and its logs are deleted. What it downloaded stays."


RETRY = Action(
    "retry", "Retry", "Retry this job?", _retry, lambda job: job.may_be_retried, _about_retry
)
CANCEL = Action(
    "cancel", "Cancel the job", "Cancel this job?", _cancel, lambda job: job.is_active,
    _about_cancel, dangerous=True,
)  # fmt: skip
REMOVE = Action(
    "remove", "Remove the job", "Remove this job?", _remove, lambda job: not job.is_active,
    _about_remove, dangerous=True,
)  # fmt: skip


def _action(action: Action) -> View:
    def ask(request: ConsoleRequest, job_id: int) -> HttpResponseBase:
        job = job_or_404(job_id)
        children = children_of([job.pk]).get(job.pk, NO_CHILDREN)
        context = {
            "place": "list",
            "job": job,
            "action": action,
            "possible": action.possible(job),
            "explanation": action.explain(job, children),
        }
        return render(request, "jobs/confirm.html", context)

    def do(request: ConsoleRequest, job_id: int) -> HttpResponseBase:
        job = job_or_404(job_id)
        try:
            messages.success(request, action.run(job))
        except refusals.Refused as refused:
            messages.error(request, str(refused))
        gone = not Job.objects.filter(pk=job_id).exists()
        home = reverse("jobs-list") if gone else reverse("jobs-job", args=[job_id])
        return redirect(_back(request) or home)

    return console(GET=ask, POST=do)


def _back(request: ConsoleRequest) -> str:
    """The page that asked, if it is one of ours."""
    back = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return back if ours and back.startswith("/jobs/") else ""


def _pause(request: ConsoleRequest, lane: str) -> HttpResponse:
    row = get_object_or_404(Lane, pk=lane)
    limits.pause(row, by=request.caller.name)
    messages.success(request, f"The lane {row.name} is paused; what runs there goes on to its end.")
    return redirect("jobs-overview")


def _resume(request: ConsoleRequest, lane: str) -> HttpResponse:
    row = get_object_or_404(Lane, pk=lane)
    limits.resume(row)
    messages.success(request, f"The lane {row.name} goes on.")
    return redirect("jobs-overview")


def _release(request: ConsoleRequest, lane: str) -> HttpResponse:
    """A hold stands on all lanes of its cause, and ends on all of them."""
    row = get_object_or_404(Lane, pk=lane)
    if row.is_held and holds.release(row.hold_cause):
        messages.success(request, _released(row.hold_cause))
    else:
        messages.info(request, f"The lane {row.name} is not held.")
    return redirect("jobs-overview")


def _released(cause: str) -> str:
    if cause not in settings.HOLD_WATCHES:
        return "The hold has ended; work goes on with one job at once."
    return "The hold has ended. It comes back within a second or two where its cause still stands."


retry, cancel, remove = _action(RETRY), _action(CANCEL), _action(REMOVE)
pause, resume, release = console(POST=_pause), console(POST=_resume), console(POST=_release)
