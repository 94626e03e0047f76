"""The list of jobs and one job's page: read-only, with decisions."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.admin import job_page
from jobs.admin.actions import DECISIONS
from jobs.admin.columns import badge, job_link, log_page
from jobs.admin.filters import CreatedFilter, FailureFilter, LaneFilter, StateFilter, TypeFilter
from jobs.failures import FAILURES
from jobs.kinds import any_kind
from jobs.logs import reader, streams
from jobs.models import Job, Priority
from jobs.monitoring import search
from jobs.templatetags import console
from videomind.admin_site import ConfirmedActions, ReadOnlyAdmin
from videomind.database import clock
from videomind.http.query import number

MOST_OF_A_LOG: Final = 5_000_000


@admin.register(Job)
class JobAdmin(ConfirmedActions, ReadOnlyAdmin):
    list_display = (
        "id", "state", "what", "why", "attempts_made", "when", "part_of", "log",
    )  # fmt: skip
    list_display_links = ("id", "what")
    list_filter = (CreatedFilter, StateFilter, TypeFilter, LaneFilter, FailureFilter)
    search_fields = ("=id", "title", "target")
    search_help_text = search.REACH
    ordering = ("-id",)
    sortable_by = ("id",)
    confirmed = DECISIONS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return Job.objects.light().defer("error_message")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        words = search_term.strip()
        return (queryset.filter(search.by_words(words)) if words else queryset), False

    def rows(self, ids: Any) -> list[Job]:
        return list(Job.objects.filter(pk__in=list(ids)).light().defer("error_message"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.log_view)
        address = "<int:job_id>/log/<int:attempt>/<slug:stream>/"
        return [path(address, view, name="jobs_job_log"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        job = self._job(object_id)
        context = {
            **self.admin_site.each_context(request),
            **job_page.context(job, request, at=clock.database_now()),
            "title": job.title or any_kind(job.job_type).label,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/jobs/job/page.html", context)

    def log_view(
        self, request: HttpRequest, job_id: int, attempt: int, stream: str
    ) -> HttpResponseBase:
        """A whole stream as plain text, its end where it is long."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self._job(str(job_id))
        known = next((each for each in streams.STREAMS if each == stream), None)
        if known is None or not reader.size_of(job.log_folder, attempt, known):
            raise Http404("There is no such log.")
        text = reader.read_tail(job.log_folder, attempt, known, size=MOST_OF_A_LOG)
        return HttpResponse(text, content_type="text/plain; charset=utf-8")

    def _job(self, object_id: str) -> Job:
        job_id = number(object_id)
        job = Job.objects.filter(pk=job_id).first() if job_id is not None else None
        if job is None:
            raise Http404("There is no such job.")
        return job

    @admin.display(description="State")
    def state(self, job: Job) -> SafeString:
        return badge(job.status)

    @admin.display(description="Job")
    def what(self, job: Job) -> SafeString:
        label = any_kind(job.job_type).label
        urgency = "" if job.priority == Priority.NORMAL else f" · {Priority(job.priority).label}"
        return format_html(
            '<span class="row-title">{}</span><span class="row-kind">{} · lane {}{}</span>',
            job.title or label,
            label,
            job.lane,
            urgency,
        )

    @admin.display(description="Tries")
    def attempts_made(self, job: Job) -> int:
        return job.attempt_number

    @admin.display(description="Created")
    def when(self, job: Job) -> SafeString:
        return format_html(
            '{}<span class="row-kind">{}</span>',
            localize(job.created_at),
            f"took {console.took(job.started_at, job.completed_at)}" if job.completed_at else "",
        )

    @admin.display(description="Why", empty_value="")
    def why(self, job: Job) -> str:
        row = FAILURES.get(job.failure_code)
        return row.sentence if row else job.dead_letter_reason

    @admin.display(description="Part of")
    def part_of(self, job: Job) -> SafeString | str:
        return job_link(job.parent_id)

    @admin.display(description="Log")
    def log(self, job: Job) -> SafeString | str:
        if not job.attempt_number:
            return ""
        return format_html('<a href="{}">log</a>', log_page(job.pk, job.attempt_number))
