"""Asking for a job by a form in the admin: the API's own form, errors at the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from jobs import queue
from jobs.admin.columns import job_page
from jobs.forms import JobForm
from jobs.kinds import kind
from jobs.models import Job
from jobs.queue import refusals
from videomind.admin_site import ModelAdmin
from videomind.admin_site.actions import is_administrator, requester
from videomind.plans import CHANGED, Done

PERMISSION: Final = "jobs.add_job"


@dataclass(frozen=True, slots=True)
class Asking:
    """Which kind of job a list adds its rows by, and what is asked for it."""

    job_type: str
    title: str
    explanation: str
    fields: tuple[str, ...]


class AddByUrl(ModelAdmin):
    """For a ModelAdmin whose rows are made by jobs: a page that asks for one."""

    asking: ClassVar[Asking]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.add_by_url)
        return [path("add-by-url/", view, name=self._ask_name()), *super().get_urls()]

    def _ask_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_add_by_url"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not by hand: ids and folders are found out by the job."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may = requester(request).has_perm(PERMISSION)
        address = {"add_address": reverse(f"admin:{self._ask_name()}")} if may else {}
        return super().changelist_view(request, address | (extra_context or {}))

    def add_by_url(self, request: HttpRequest) -> HttpResponseBase:
        if not requester(request).has_perm(PERMISSION):
            raise PermissionDenied
        form = self._form(request)
        if request.method == "POST" and form.is_valid():
            job = _submitted(request, self.asking.job_type, form)
            if job is not None:
                return redirect(job_page(job.pk))
        context = {
            **self.admin_site.each_context(request),
            "title": self.asking.title,
            "asking": self.asking,
            "opts": self.opts,
            "form": form,
            "errors": form.errors,
        }
        return TemplateResponse(request, "admin/add_by_url.html", context)

    def _form(self, request: HttpRequest) -> JobForm:
        """The kind's form with the fields asked for, as far as they are for this person."""
        form_class = kind(self.asking.job_type).form_class
        closed = frozenset() if is_administrator(request) else form_class.admin_only
        names = [name for name in self.asking.fields if name not in closed]
        form = form_class(_given(form_class, names, request) if request.method == "POST" else None)
        for name in set(form.fields) - set(names):
            del form.fields[name]
        form.order_fields(names)
        form.fields[names[0]].required = True
        self.dress(form)
        return form

    def dress(self, form: JobForm) -> None:
        """Widgets and help texts for people; scripts see the form as it is."""


def _given(
    form_class: type[JobForm], names: Iterable[str], request: HttpRequest
) -> Mapping[str, Any]:
    """What the page's fields say, as the widgets read it: an unticked box is False."""
    return {
        name: form_class.base_fields[name].widget.value_from_datadict(
            request.POST, request.FILES, name
        )
        for name in names
    }


def _submitted(request: HttpRequest, job_type: str, form: JobForm) -> Job | None:
    """The new job or the one that does it already; None with the refusal in the form."""
    options = queue.Options(requested_by=requester(request).get_username())
    try:
        done = queue.submit(job_type, form.parameters, options=options)
    except refusals.InvalidJob as refused:
        for error in refused.errors:
            form.add_error(
                error["field"] if error["field"] in form.fields else None, error["message"]
            )
        return None
    except refusals.Refused as refused:
        form.add_error(None, str(refused))
        return None
    said = "is in the queue" if done.created else "does this already"
    messages.success(request, f"Job {done.job.pk} {said}.")
    return done.job


def submit_all(
    wanted: Mapping[int, Mapping[str, Any]], job_type: str, *, ids: Iterable[int], by: str
) -> Done:
    """One job for each of the ids that is still wanted."""
    done = Done()
    for pk in ids:
        if pk not in wanted or not _taken(job_type, wanted[pk], by):
            done.staying[CHANGED] += 1
        else:
            done.moved.append(pk)
    return done


def _taken(job_type: str, parameters: Mapping[str, Any], by: str) -> bool:
    try:
        queue.submit(job_type, dict(parameters), options=queue.Options(requested_by=by))
    except refusals.Refused:
        return False
    return True
