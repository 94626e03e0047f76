"""Failures by cause: one group for each code and normalised message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from jobs.failures import Failure, failure
from jobs.models import Job
from jobs.states import FAILED_ALIKE, Status

# What differs between two messages of one cause: ids, numbers, times, paths, quoted names.
_VARIES: Final = (
    (re.compile(r"\d{4}-\d\d-\d\d[ T][\d:.]+(?: UTC|Z)?"), "<time>"),
    (re.compile(r"(?:/[^\s/:'\"]+){2,}"), "<path>"),
    (re.compile(r"[“\"'][^”\"']{1,200}[”\"']"), "<name>"),
    (re.compile(r"\b[\w.-]+:\d+/\d+\b"), "<worker>"),
    (re.compile(r"\b(?=[\w-]*[A-Z0-9_-])[A-Za-z0-9_-]{11}\b"), "<id>"),
    (re.compile(r"\d+"), "<n>"),
)
NORMAL_LENGTH: Final = 200


def normalise(message: str) -> str:
    for pattern, placeholder in _VARIES:
        message = pattern.sub(placeholder, message)
    return message[:NORMAL_LENGTH]


@dataclass(slots=True)
class Group:
    """One cause, and the jobs that failed of it."""

    failure: Failure
    pattern: str
    jobs: list[int] = field(default_factory=list)
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def retryable(self) -> bool:
        return self.failure.retryable


def failed_jobs() -> QuerySet[Job]:
    """Ended as failed, or waiting for the next try after a failure."""
    ended = Q(status__in=sorted(FAILED_ALIKE))
    return Job.objects.filter(ended | Q(status=Status.RETRYING)).exclude(failure_code="")


def group(jobs: Iterable[Job]) -> list[Group]:
    """The groups, largest first."""
    found: dict[tuple[str, str], Group] = {}
    for job in jobs:
        pattern = normalise(job.error_message)
        made = found.setdefault(
            (job.failure_code, pattern), Group(failure(job.failure_code), pattern)
        )
        made.jobs.append(job.pk)
        at = job.completed_at or job.started_at
        if at is not None:
            made.first_at = min(filter(None, (made.first_at, at)))
            made.last_at = max(filter(None, (made.last_at, at)))
    return sorted(found.values(), key=lambda each: -len(each.jobs))
