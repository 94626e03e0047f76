"""A new job from a form that is drawn from its kind's own form, and checked as the API's are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from jobs import queue
from jobs.forms import FieldError
from jobs.kinds import Kind, kinds
from jobs.queue import refusals
from jobs.views.access import ConsoleRequest, console, is_fragment
from jobs.views.job_form import Draft, WishesForm, read
from videomind.scopes import Scope

ADMINISTRATORS_ONLY: Final = "Only an administrator may ask for this."


def offered() -> list[Kind]:
    """The product's kinds: lanes that no setting names are the tests' and the benchmarks'."""
    return [each for each in kinds().values() if each.lane in settings.LANE_LIMITS]


def _show(request: ConsoleRequest) -> HttpResponse:
    return _draw(request, Draft(_kind(request.GET.get("job_type", ""))))


def _kind(job_type: str) -> Kind:
    found = {each.job_type: each for each in offered()}
    if job_type and job_type not in found:
        raise Http404(f"There is no job type {job_type[:60]!r}.")
    return found[job_type] if job_type else next(iter(found.values()))


def _draw(request: ConsoleRequest, draft: Draft) -> HttpResponse:
    context = {"place": "new", "draft": draft, "offered": offered()}
    template = "jobs/new_fields.html" if is_fragment(request) else "jobs/new.html"
    return render(request, template, context, status=draft.status)


def _create(request: ConsoleRequest) -> HttpResponseBase:
    found = _kind(request.POST.get("job_type", ""))
    wishes = WishesForm(request.POST)
    draft = Draft(found, read(found.form_class, request.POST), wishes)
    done = _submitted(request, draft) if wishes.is_valid() else None
    if done is None:
        return _draw(request, draft)
    if done.created:
        messages.success(request, f"Job {done.job.pk} is in the queue.")
    else:
        messages.info(request, f"Job {done.job.pk} already does exactly this; no job was added.")
    return redirect("jobs-job", job_id=done.job.pk)


def _submitted(request: ConsoleRequest, draft: Draft) -> queue.Enqueued | None:
    """None: it was refused, and the draft says why."""
    draft.errors = _administrators_only(request, draft)
    if draft.errors:
        draft.status = 403
        return None
    try:
        options = queue.Options(requested_by=request.caller.name, **_wished(draft.wishes))
        return queue.submit(draft.kind.job_type, draft.parameters, options=options)
    except refusals.InvalidJob as refused:
        draft.errors = refused.errors
    except refusals.AlreadyActive as refused:
        draft.refused = refused
    except refusals.Refused as refused:
        draft.errors = [FieldError(field="", code=refused.code, message=str(refused))]
    return None


def _wished(wishes: WishesForm) -> Mapping[str, Any]:
    return {name: value for name, value in wishes.cleaned_data.items() if value not in (None, "")}


def _administrators_only(request: ConsoleRequest, draft: Draft) -> list[FieldError]:
    if request.caller.may(Scope.ADMIN):
        return []
    return [
        FieldError(field=name, code="forbidden", message=ADMINISTRATORS_ONLY)
        for name in draft.kind.form_class.for_administrators(draft.parameters)
    ]


new = console(GET=_show, POST=_create)
