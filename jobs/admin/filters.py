"""Filters of the job list, each of which an index answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.contrib.admin import SimpleListFilter
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from jobs.failures import FAILURES
from jobs.kinds import kinds, lanes
from jobs.models import Job
from jobs.monitoring.search import created_since, failed_with
from jobs.states import ACTIVE, FAILED_ALIKE, Status

Choices = Sequence[tuple[str, str]]
DAYS: Final = {"today": 0, "7": 7, "30": 30}


class CreatedFilter(SimpleListFilter):
    title = "created"
    parameter_name = "created"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("today", "Today"), ("7", "Last 7 days"), ("30", "Last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        days = DAYS.get(self.value() or "")
        if days is None:
            return queryset
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        since = today if not days else timezone.now() - timedelta(days=days)
        return queryset.filter(created_since(since))


class StateFilter(SimpleListFilter):
    title = "state"
    parameter_name = "status"
    SETS: Final = {"active": ACTIVE, "failed_alike": FAILED_ALIKE}

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        sets = [("active", "Active, all of them"), ("failed_alike", "Failed, timed out or dead")]
        return [*sets, *((each.value, str(each.label)) for each in Status)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        wanted = self.value() or ""
        if wanted in self.SETS:
            return queryset.filter(status__in=sorted(self.SETS[wanted]))
        return queryset.filter(status=wanted) if wanted in Status.values else queryset


class TypeFilter(SimpleListFilter):
    title = "type"
    parameter_name = "job_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(each.job_type, each.label) for each in kinds().values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(job_type=self.value()) if self.value() else queryset


class LaneFilter(SimpleListFilter):
    """By the lane's types: these have an index over all states, lanes only over some."""

    title = "lane"
    parameter_name = "lane"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(name, name.capitalize()) for name in sorted(lanes())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if not self.value():
            return queryset
        types = [each.job_type for each in kinds().values() if each.lane == self.value()]
        return queryset.filter(job_type__in=types)


class FailureFilter(SimpleListFilter):
    """Only the codes that there are: sixty would bury the others."""

    title = "failure"
    parameter_name = "failure_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(code, code.replace("_", " ").capitalize()) for code in codes_that_occur()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        code = self.value()
        return queryset.filter(failed_with(code)) if code else queryset


def codes_that_occur(codes: Iterable[str] = tuple(FAILURES)) -> list[str]:
    """One look at the index for each code, all in one statement."""
    wanted = sorted(codes)
    found = ", ".join(
        f"EXISTS (SELECT 1 FROM {Job._meta.db_table}"  # noqa: S608  (codes are our own words)
        f" WHERE failure_code = '{code}' AND NOT (failure_code = ''))"
        for code in wanted
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {found}")
        row = cursor.fetchone()
    return [code for code, occurs in zip(wanted, row or (), strict=True) if occurs]
