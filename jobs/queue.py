"""The door: enqueue, retry, cancel. Everybody who wants work done comes through here.

Enqueueing is a plain INSERT in the caller's transaction: it is there when that commits, and not
before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from jobs import needs, rows, waiting
from jobs.forms import FieldError, JobForm, validate
from jobs.kinds import LONGEST_TIMEOUT_S, Kind, kinds
from jobs.models import SECONDS_PER_PRIORITY_POINT, Job, Link, Priority, rank
from jobs.refusals import AlreadyActive, BeingCancelled, InvalidJob, NotPossible, Removed
from jobs.states import ACTIVE, RETRYABLE_BY_HAND, Status, WaitFor


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
    yield from needs.unknown(options.depends_on)
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
        existing = _active_twin(job)
        if existing is not None:
            return _same_or_refuse(existing, job)
    raise NotPossible("The job for this target ended again and again meanwhile; try once more.")


def _inserted(job: Job, depends_on: Sequence[int]) -> bool:
    if not depends_on:
        return rows.insert_job(job)
    with transaction.atomic():
        if not rows.insert_job(job):
            return False
        if gone := needs.link(job.pk, depends_on):
            raise InvalidJob(gone)
    # Those it needs may all have ended before the links were there.
    waiting.finish(job.pk)
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
    return rows.insert_jobs(jobs)


class Order(Protocol):
    """What a job is made of: a clean form, or values that are clean by construction."""

    @property
    def parameters(self) -> dict[str, Any]: ...
    @property
    def target(self) -> str: ...
    @property
    def title(self) -> str: ...


def build(found: Kind, form: Order, *, options: Options = DEFAULTS) -> Job:
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


def _active_twin(job: Job) -> Job | None:
    # Without the exclusion SQLite does not see that the partial unique index answers this.
    twins = Job.objects.active().filter(unique_key=job.unique_key).exclude(unique_key="")
    return twins.first()


def _same_or_refuse(existing: Job, wanted: Job) -> Enqueued:
    if existing.cancel_requested_at is not None:
        raise BeingCancelled(existing)
    if existing.parameters != wanted.parameters:
        raise AlreadyActive(existing)
    return Enqueued(existing, created=False)


def link(waiter_id: int, needed_id: int) -> bool:
    """Makes a job wait for another; False when it already does."""
    _, made = Link.objects.get_or_create(waiter_id=waiter_id, needed_id=needed_id)
    return made


# --- retry ----------------------------------------------------------------------------------------


def retry(job: Job, *, parameters: dict[str, Any] | None = None) -> Job:
    """A new round for a job that failed or was cancelled, by a person or a script.

    A parent whose own jobs failed retries those and waits for them. Raises Refused.
    """
    if job.status not in RETRYABLE_BY_HAND:
        raise NotPossible(
            f"Job {job.pk} is {job.status}; only a failed, timed-out, cancelled or dead-lettered"
            " job can be retried."
        )
    changed = _changed(job, parameters) if parameters is not None else {}
    with transaction.atomic():
        if job.failure_code == waiting.CHILDREN_FAILED and not changed:
            _retry_children(job)
        else:
            _restart(job, changed)
    look_again(job)
    return job


def _changed(job: Job, parameters: dict[str, Any]) -> dict[str, Any]:
    form, errors = validate(kind_or_refuse(job.job_type).form_class, parameters)
    if form is None:
        raise InvalidJob(errors)
    if form.target != job.target:
        raise InvalidJob(
            [
                FieldError(
                    field="parameters",
                    code="other_target",
                    message="A retry keeps its target; create a new job for another one.",
                )
            ]
        )
    return {"parameters": form.parameters, "title": (form.title or job.title)[:300]}


def _restart(job: Job, changed: dict[str, Any]) -> None:
    """Pending, or waiting for the jobs it still depends on.

    With other parameters nothing has failed yet: a retry after a cancel goes by what it finds.
    """
    values = _new_round(job, Status.PENDING) | changed
    if needs.keep_unmet(job.pk):
        values |= {"status": Status.WAITING, "wait_for": WaitFor.JOBS}
    elif needs.lost().filter(pk=job.pk).exists():
        raise NotPossible(
            f"Job {job.pk} ended with a job it needs, and that one has been removed;"
            " create a new job instead."
        )
    elif changed or job.failure_code == waiting.NEEDED_FAILED:
        values |= waiting.HEALED
    _move(job, values)


def _move(job: Job, values: dict[str, Any]) -> None:
    """From the state that was seen, or not at all. Raises NotPossible.

    Nor from the same state after another round or attempt: that may be another failure.
    """
    seen = {name: getattr(job, name) for name in ("pk", "status", "rounds", "lease")}
    try:
        with transaction.atomic():
            moved = Job.objects.filter(**seen).update(**values)
    except IntegrityError as error:
        twin = _active_twin(job)
        raise NotPossible(
            f"Job {twin.pk if twin else 'another'} already works on the same target."
        ) from error
    if not moved:
        raise NotPossible(f"Job {job.pk} has just changed its state; look at it again.")


def _new_round(job: Job, status: Status) -> dict[str, Any]:
    return {
        "status": status,
        "wait_for": WaitFor.NOTHING,
        "retry_count": 0,
        "crashes": 0,
        "rounds": job.rounds + 1,
        "rank": rank(timezone.now(), job.priority),
        "completed_at": None,
        "next_retry_at": None,
        "run_at": None,
        "dead_letter_reason": "",
        "moved_to_dead_letter_at": None,
        "cancel_requested_at": None,
        "ignored": False,
        "times_held": 0,
        "held_at": None,
        "progress_current": 0,
        "progress_total": None,
        "progress_message": "",
    }


def _retry_children(job: Job) -> None:
    failed = Job.objects.filter(
        waiters__waiter_id=job.pk,
        waiters__role=Link.Role.CHILD,
        status__in=sorted(RETRYABLE_BY_HAND),
        ignored=False,
    )
    for child in failed.exclude(pk__in=needs.lost().values("pk")).order_by("pk"):
        _restart(child, {})
    _move(job, _new_round(job, Status.WAITING) | {"wait_for": WaitFor.CHILDREN})


# --- cancel, priority -----------------------------------------------------------------------------


def cancel(job: Job) -> Job:
    """Final at once where nothing runs; a running job's worker ends it within a second or two.

    The jobs that only this one waits for are cancelled with it. Raises NotPossible.
    """
    with transaction.atomic():
        if not _cancel_one(job.pk):
            look_again(job)
            raise NotPossible(f"Job {job.pk} is {job.status}; only an active job can be cancelled.")
        cancel_children(job.pk)
    waiting.let_go_on(job.pk)
    look_again(job)
    return job


def cancel_children(job_id: int) -> None:
    """The jobs that only this one waits for, in the caller's transaction."""
    for child_id in waiting.needed_by_nobody_else(job_id):
        _cancel_one(child_id)


def _cancel_one(job_id: int) -> int:
    """Looks twice: a job may be claimed, or given back, between one look and the other."""
    for _ in range(3):
        if done := _cancel_now(job_id) or _ask_to_stop(job_id):
            return done
    return 0


def _cancel_now(job_id: int) -> int:
    idle = sorted(ACTIVE - {Status.RUNNING, Status.ZOMBIE})
    return Job.objects.filter(pk=job_id, status__in=idle).update(
        status=Status.CANCELLED,
        wait_for=WaitFor.NOTHING,
        completed_at=timezone.now(),
        next_retry_at=None,
    )


def _ask_to_stop(job_id: int) -> int:
    """A zombie's cancel is done by the sweep that sees it gone."""
    held = [Status.RUNNING, Status.ZOMBIE]
    return Job.objects.filter(pk=job_id, status__in=held).update(cancel_requested_at=timezone.now())


def set_priority(job: Job, priority: int) -> None:
    """Keeps what it has waited: since it was created, or since its last retry."""
    points = F("priority") - priority
    Job.objects.filter(pk=job.pk, status__in=sorted(ACTIVE)).update(
        priority=priority, rank=F("rank") + SECONDS_PER_PRIORITY_POINT * points
    )
