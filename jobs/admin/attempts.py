"""Attempts and links: written by the engine, read by people."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.admin.columns import badge, job_link, log_page
from jobs.failures import FAILURES
from jobs.models import Attempt, Link
from jobs.templatetags import console
from videomind.admin_site import ReadOnlyAdmin


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("name", "job_number", "outcome_badge", "started_at", "took", "why", "log")
    list_filter = ("outcome",)
    search_fields = ("=job__id",)
    search_help_text = "A job's number."
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "job_number", "number", "outcome_badge", "started_at", "ended_at", "took", "why",
        "error_message", "traceback", "worker_id", "host", "pid", "exit_code", "signal",
        "ytdlp_version", "peak_memory_kb", "log", "log_tail",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return Attempt.objects.select_related("job").only(
            *(field.name for field in Attempt._meta.concrete_fields), "job__job_type"
        )

    @admin.display(description="Attempt")
    def name(self, attempt: Attempt) -> str:
        return f"{attempt.number} of {attempt.job.job_type}"

    @admin.display(description="Job")
    def job_number(self, attempt: Attempt) -> SafeString | str:
        return job_link(attempt.job_id)

    @admin.display(description="Outcome")
    def outcome_badge(self, attempt: Attempt) -> SafeString:
        return badge(attempt.outcome)

    @admin.display(description="Took")
    def took(self, attempt: Attempt) -> str:
        return console.took(attempt.started_at, attempt.ended_at)

    @admin.display(description="Why", empty_value="")
    def why(self, attempt: Attempt) -> str:
        row = FAILURES.get(attempt.failure_code)
        return row.sentence if row else attempt.error_message[:120]

    @admin.display(description="Log")
    def log(self, attempt: Attempt) -> SafeString:
        return format_html('<a href="{}">log</a>', log_page(attempt.job_id, attempt.number))


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    list_display = ("waits", "for_which", "state")
    list_select_related = ("needed",)
    search_fields = ("=waiter__id", "=needed__id")
    search_help_text = "The number of either job."
    ordering = ("-id",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        return Link.objects.select_related("needed", "waiter")

    @admin.display(description="Job")
    def waits(self, link: Link) -> str:
        return f"#{link.waiter_id} {link.waiter.title or link.waiter.job_type}"

    @admin.display(description="Waits for")
    def for_which(self, link: Link) -> SafeString | str:
        return job_link(link.needed_id)

    @admin.display(description="Which is")
    def state(self, link: Link) -> Any:
        return badge(link.needed.status)
