"""A job in JSON, as the API and `jobs --json` give it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from jobs.failures import Failure
from jobs.logs.streams import file_name
from jobs.models import Attempt, Job, Link
from jobs.monitoring.children import NO_CHILDREN, ChildrenPayload, children_of
from videomind.http.times import as_text


class ProgressPayload(TypedDict):
    percent: float | None
    current: int
    total: int | None
    message: str


class JobPayload(TypedDict):
    id: int
    job_type: str
    lane: str
    parameters: dict[str, Any]
    status: str
    priority: int
    title: str
    created_at: str | None
    started_at: str | None
    completed_at: str | None
    run_at: str | None
    next_retry_at: str | None
    progress: ProgressPayload
    result: dict[str, Any]
    retry_count: int
    max_retries: int
    timeout_seconds: int
    worker_id: str
    heartbeat_at: str | None
    failure_code: str
    failure_type: str
    retryable: bool | None
    error_message: str
    dead_letter_reason: str
    moved_to_dead_letter_at: str | None
    parent_job_id: int | None
    depends_on: list[int]
    children: ChildrenPayload
    requested_by: str
    log_file_path: str


class AttemptPayload(TypedDict):
    number: int
    outcome: str
    started_at: str | None
    ended_at: str | None
    worker_id: str
    host: str
    pid: int | None
    failure_code: str
    error_message: str
    traceback: str
    exit_code: int | None
    signal: int | None
    ytdlp_version: str
    peak_memory_kb: int | None
    log_tail: str


class JobDetailPayload(JobPayload):
    last_error_traceback: str
    attempts: list[AttemptPayload]


class FailurePayload(TypedDict):
    code: str
    type: str
    sentence: str
    action: str
    policy: str
    retryable: bool


def job_payloads(jobs: Iterable[Job]) -> list[JobPayload]:
    """A page of jobs; one query counts all their children, one finds all they depend on."""
    rows = list(jobs)
    children = children_of(row.pk for row in rows)
    needs = dependencies_of(row.pk for row in rows)
    return [
        job_payload(row, children.get(row.pk, NO_CHILDREN), needs.get(row.pk, [])) for row in rows
    ]


def job_detail(job: Job) -> JobDetailPayload:
    children = children_of([job.pk]).get(job.pk, NO_CHILDREN)
    return JobDetailPayload(
        **job_payload(job, children, dependencies_of([job.pk]).get(job.pk, [])),
        last_error_traceback=job.last_error_traceback,
        attempts=[attempt_payload(each) for each in job.attempts.all()],
    )


def dependencies_of(job_ids: Iterable[int]) -> Mapping[int, list[int]]:
    """The jobs that each of these depends on."""
    links = Link.objects.filter(waiter_id__in=list(job_ids), role=Link.Role.DEPENDENCY)
    found: dict[int, list[int]] = {}
    for waiter, needed in links.order_by("needed_id").values_list("waiter_id", "needed_id"):
        found.setdefault(waiter, []).append(needed)
    return found


def job_payload(job: Job, children: ChildrenPayload, depends_on: list[int]) -> JobPayload:
    return JobPayload(
        id=job.pk,
        job_type=job.job_type,
        lane=job.lane,
        parameters=job.parameters,
        status=job.status,
        priority=job.priority,
        title=job.title,
        created_at=as_text(job.created_at),
        started_at=as_text(job.started_at),
        completed_at=as_text(job.completed_at),
        run_at=as_text(job.run_at),
        next_retry_at=as_text(job.next_retry_at),
        progress=progress_payload(job),
        result=job.result,
        retry_count=job.retry_count,
        max_retries=job.max_retries,
        timeout_seconds=job.timeout_seconds,
        worker_id=job.worker_id,
        heartbeat_at=as_text(job.heartbeat_at),
        failure_code=job.failure_code,
        failure_type=job.failure_type,
        retryable=job.retryable,
        error_message=job.error_message,
        dead_letter_reason=job.dead_letter_reason,
        moved_to_dead_letter_at=as_text(job.moved_to_dead_letter_at),
        parent_job_id=job.parent_id,
        depends_on=depends_on,
        children=children,
        requested_by=job.requested_by,
        log_file_path=str(job.log_folder / file_name("job")),
    )


def progress_payload(job: Job) -> ProgressPayload:
    return ProgressPayload(
        percent=job.percent,
        current=job.progress_current,
        total=job.progress_total,
        message=job.progress.sentence,
    )


def attempt_payload(attempt: Attempt) -> AttemptPayload:
    return AttemptPayload(
        number=attempt.number,
        outcome=attempt.outcome,
        started_at=as_text(attempt.started_at),
        ended_at=as_text(attempt.ended_at),
        worker_id=attempt.worker_id,
        host=attempt.host,
        pid=attempt.pid,
        failure_code=attempt.failure_code,
        error_message=attempt.error_message,
        traceback=attempt.traceback,
        exit_code=attempt.exit_code,
        signal=attempt.signal,
        ytdlp_version=attempt.ytdlp_version,
        peak_memory_kb=attempt.peak_memory_kb,
        log_tail=attempt.log_tail,
    )


def failure_payload(failure: Failure) -> FailurePayload:
    return FailurePayload(
        code=failure.code,
        type=str(failure.type),
        sentence=failure.sentence,
        action=failure.what_next,
        policy=str(failure.policy),
        retryable=failure.retryable,
    )
