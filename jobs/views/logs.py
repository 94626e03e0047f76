"""A job's log as a part of its page: tabs for the streams, and new lines as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from jobs.logs import reader, streams
from jobs.logs.reader import Excerpt
from jobs.models import Job
from jobs.views.access import (
    LARGEST_ID,
    NOTHING_CHANGED,
    STOP_POLLING,
    ConsoleRequest,
    console,
    is_fragment,
    job_or_404,
)
from videomind.http.query import number

LARGEST_ATTEMPT: Final = 1_000_000
SHOWN_ATTEMPTS: Final = 10
LABELS: Final[dict[streams.Stream, str]] = {
    "job": "Job",
    "stdout": "Output",
    "stderr": "Errors",
    "progress": "Progress",
    "summary": "Summary",
}


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which part of the log. Whoever names no attempt follows the newest."""

    stream: streams.Stream
    attempt: int
    follows: bool


def _asked(job: Job, query: QueryDict) -> LogRequest:
    wanted = query.get("stream")
    stream: streams.Stream = next((each for each in streams.STREAMS if each == wanted), "job")
    attempt = _number(query.get("attempt", ""), LARGEST_ATTEMPT)
    return LogRequest(stream, attempt or max(1, job.attempt_number), follows=not attempt)


def _number(text: str, largest: int) -> int:
    return min(number(text) or 0, largest)


def log_context(job: Job, query: QueryDict) -> dict[str, Any]:
    asked = _asked(job, query)
    excerpt = reader.end_of(job.log_folder, asked.attempt, asked.stream)
    return {
        "job": job,
        "asked": asked,
        "streams": [(name, LABELS[name], name == asked.stream) for name in streams.STREAMS],
        "attempts": range(1, max(1, job.attempt_number) + 1)[-SHOWN_ATTEMPTS:],
        "excerpt": excerpt,
        "goes_on": _goes_on(job, asked, excerpt),
    }


def _goes_on(job: Job, asked: LogRequest, excerpt: Excerpt) -> bool:
    if not excerpt.is_all:
        return True
    return job.is_active and (asked.follows or asked.attempt == job.attempt_number)


def _show(request: ConsoleRequest, job_id: int) -> HttpResponse:
    """The whole part, for a change of tab."""
    job = job_or_404(job_id)
    template = "jobs/log.html" if is_fragment(request) else "jobs/log_page.html"
    return render(request, template, {"log": log_context(job, request.GET), "job": job})


def _more(request: ConsoleRequest, job_id: int) -> HttpResponse:
    """What was written after byte `start`, and the place that asks for what follows it."""
    job = job_or_404(job_id)
    asked = _asked(job, request.GET)
    known = _number(request.GET.get("known", ""), LARGEST_ATTEMPT) or asked.attempt
    newer = asked.follows and asked.attempt > known
    start = 0 if newer else _number(request.GET.get("start", ""), LARGEST_ID)
    excerpt = reader.further(job.log_folder, asked.attempt, asked.stream, start)
    goes_on = _goes_on(job, asked, excerpt)
    if goes_on and not excerpt.text and not newer and not excerpt.began_anew:
        return HttpResponse(status=NOTHING_CHANGED)
    context = {"job": job, "asked": asked, "excerpt": excerpt, "goes_on": goes_on, "newer": newer}
    return render(request, "jobs/log_more.html", context, status=200 if goes_on else STOP_POLLING)


job_log = console(GET=_show)
more = console(GET=_more)
