"""How lists and pages of the admin show states and jobs, and where these have their pages."""

from __future__ import annotations

from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.kinds import any_kind
from jobs.models import Job
from jobs.templatetags.console import state_label, tone
from videomind.admin_site import pill

NOTHING: Final = "–"


def badge(state: str) -> SafeString:
    return pill(tone(state), state_label(state))


def job_page(job_id: int) -> str:
    return reverse("admin:jobs_job_change", args=[job_id])


def job_link(job_id: int | None) -> SafeString | str:
    if job_id is None:
        return NOTHING
    return format_html('<a href="{}">#{}</a>', job_page(job_id), job_id)


def log_page(job_id: int, attempt: int, stream: str = "job") -> str:
    return reverse("admin:jobs_job_log", args=[job_id, max(1, attempt), stream])


def target_page(job: Job) -> str:
    """The admin's list with the one row that the job works on; "" where there is none."""
    page = any_kind(job.job_type).admin_list
    if page is None or not job.target:
        return ""
    view, column = page
    try:
        return reverse(view, query={column: job.target})
    except NoReverseMatch:
        return ""


def jobs_page(**filters: str) -> str:
    """The admin's list of jobs with these filters."""
    return reverse("admin:jobs_job_changelist", query=filters)
