"""A request becomes a job: validated, built, and inserted in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from jobs.forms import FieldError, JobForm, validate
from jobs.kinds import LONGEST_TIMEOUT_S, Kind, kinds
from jobs.models import Job, Priority, rank
from jobs.queue import dependencies, families, insert
from jobs.queue.refusals import AlreadyActive, BeingCancelled, InvalidJob, NotPossible, Removed
from jobs.states import Status, WaitFor


@dataclass(frozen=True, slots=True)
class Options:
    """What a request may set besides the parameters."""

    priority: int = Priority.NORMAL
    run_at: datetime | None = None
    max_retries: int | None = None
    timeout_seconds: int | None = None
    requested_by: str = ""
    parent_id: int | None = None
    depends_on: tuple[int, ...] = ()
    on_needed_failure: str = Status.DEAD_LETTER.value


DEFAULTS = Options()


@dataclass(frozen=True, slots=True)
class Enqueued:
    job: Job
    created: bool


def kind_or_refuse(job_type: str) -> Kind:
    found = kinds().get(job_type)
    if found is None:
        accepted = ", ".join(sorted(kinds()))
        raise InvalidJob(
            [
                FieldError(
                    field="job_type",
                    code="unknown_job_type",
                    message=f"There is no job type {job_type[:60]!r}; accepted are {accepted}.",
                )
            ]
        )
    return found


def submit(job_type: str, parameters: dict[str, Any], *, options: Options = DEFAULTS) -> Enqueued:
    """For requests from outside: validates everything, then enqueues. Raises Refused."""
    found = kind_or_refuse(job_type)
    errors = list(_option_errors(found, options))
    form, wrong = validate(found.form_class, parameters)
    if form is None or errors:
        raise InvalidJob(wrong + errors)
    return enqueue(found, form, options=options)


def _option_errors(found: Kind, options: Options) -> Iterable[FieldError]:
    yield from dependencies.unknown(options.depends_on)
    if options.priority not in Priority.values:
        accepted = ", ".join(f"{each.value} ({each.label})" for each in Priority)
        yield FieldError(field="priority", code="invalid", message=f"Accepted are {accepted}.")
    if options.max_retries is not None and not 0 <= options.max_retries <= 20:
        yield FieldError(field="max_retries", code="invalid", message="0 to 20 is accepted.")
    longest = LONGEST_TIMEOUT_S
    if options.timeout_seconds is not None and not 1 <= options.timeout_seconds <= longest:
        yield FieldError(
            field="timeout_seconds",
            code="invalid",
            message=f"1 to {longest} seconds is accepted; {found.job_type} has {found.timeout_s}.",
        )


def enqueue(found: Kind, form: JobForm, *, options: Options = DEFAULTS) -> Enqueued:
    """Inserts the job, or answers with the active one that does the same. Raises AlreadyActive.

    The unique constraint decides, never a look beforehand: two requests at once make one job.
    """
    job = build(found, form, options=options)
    for _ in range(3):
        if _inserted(job, options.depends_on):
            return Enqueued(job, created=True)
        existing = active_twin(job)
        if existing is not None:
            return _same_or_refuse(existing, job)
    raise NotPossible("The job for this target ended again and again meanwhile; try once more.")


def _inserted(job: Job, depends_on: Sequence[int]) -> bool:
    if not depends_on:
        return insert.insert_job(job)
    with transaction.atomic():
        if not insert.insert_job(job):
            return False
        if gone := dependencies.link(job.pk, depends_on):
            raise InvalidJob(gone)
    # Those it needs may all have ended before the links were there.
    families.finish(job.pk)
    look_again(job)
    return True


def look_again(job: Job) -> None:
    """The row as it is now. Raises Removed."""
    try:
        job.refresh_from_db()
    except Job.DoesNotExist as error:
        raise Removed(job) from error


def enqueue_many(jobs: Sequence[Job]) -> int:
    """Inserts built jobs in bulk and says how many; a target that is busy already is left out."""
    return insert.insert_jobs(jobs)


class JobInput(Protocol):
    """What a job is made of: a clean form, or values that are clean by construction."""

    @property
    def parameters(self) -> dict[str, Any]: ...
    @property
    def target(self) -> str: ...
    @property
    def title(self) -> str: ...


def build(found: Kind, form: JobInput, *, options: Options = DEFAULTS) -> Job:
    now = timezone.now()
    target = form.target
    later = options.run_at is not None and options.run_at > now
    wait_for = WaitFor.TIME if later else WaitFor.NOTHING
    if options.depends_on:
        wait_for = WaitFor.JOBS
    return Job(
        job_type=found.job_type,
        lane=found.lane,
        parameters=form.parameters,
        title=(form.title or found.label).replace("\0", "")[:300],
        target=target[:200],
        unique_key=f"{found.job_type}:{target}"[:250] if target else "",
        parent_id=options.parent_id,
        requested_by=options.requested_by,
        status=(Status.WAITING if wait_for else Status.PENDING).value,
        wait_for=wait_for.value,
        on_needed_failure=options.on_needed_failure,
        priority=options.priority,
        rank=rank(now, options.priority),
        created_at=now,
        run_at=options.run_at,
        max_retries=found.retries if options.max_retries is None else options.max_retries,
        timeout_seconds=options.timeout_seconds or found.timeout_s,
    )


def active_twin(job: Job) -> Job | None:
    # Without the exclusion SQLite does not see that the partial unique index answers this.
    twins = Job.objects.active().filter(unique_key=job.unique_key).exclude(unique_key="")
    return twins.first()


def _same_or_refuse(existing: Job, wanted: Job) -> Enqueued:
    if existing.cancel_requested_at is not None:
        raise BeingCancelled(existing)
    if existing.parameters != wanted.parameters:
        raise AlreadyActive(existing)
    return Enqueued(existing, created=False)
