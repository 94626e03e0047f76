"""A job in our hands: what running and settling it need, without another query."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from jobs.models import Job


@dataclass(frozen=True, slots=True)
class Claim:
    """The columns of a job's row as its claim left them, under their own names."""

    job_id: int
    job_type: str
    lane: str
    parameters: dict[str, Any]
    lease: int
    attempt_number: int
    retry_count: int
    max_retries: int
    crashes: int
    timeout_seconds: int
    attempt_started_at: datetime
    worker_id: str
    host: str
    pid: int

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> Claim:
        """From values of COLUMNS as the driver gives them; SQLite knows no JSON and no zones."""
        values = dict(zip(_FIELDS, row, strict=True))
        if isinstance(values["parameters"], str):
            values["parameters"] = json.loads(values["parameters"])
        values["attempt_started_at"] = _in_utc(values["attempt_started_at"])
        return cls(**values)

    @classmethod
    def of_job(cls, job: Job) -> Claim:
        """The claim that a running job's row carries."""
        values = {name: getattr(job, column) for name, column in zip(_FIELDS, COLUMNS, strict=True)}
        values["attempt_started_at"] = job.attempt_started_at or timezone.now()
        values["pid"] = job.pid or 0
        return cls(**values)


_FIELDS: Final = tuple(field.name for field in fields(Claim))
COLUMNS: Final = ("id", *_FIELDS[1:])


def _in_utc(at: datetime | str) -> datetime:
    parsed = parse_datetime(at) if isinstance(at, str) else at
    assert parsed is not None  # noqa: S101
    return parsed if timezone.is_aware(parsed) else timezone.make_aware(parsed)
