"""One job in words: what it does now, why, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from jobs.failures import HOLD_ENDS, NOT_RETRIED, Failure, Policy, failure
from jobs.kinds import any_kind
from jobs.models import Job, Lane, Node
from jobs.monitoring.children import NO_CHILDREN, ChildrenPayload
from jobs.queue.families import CHILDREN_FAILED
from jobs.states import SENTENCE, Status, WaitFor

COUNTED_AHEAD: Final = 1000


@dataclass(frozen=True, slots=True)
class QueueAround:
    """What the sentences need besides the row."""

    lane: Lane | None = None
    running_in_lane: int = 0
    ahead: int | None = None
    workers_alive: bool = True
    children: ChildrenPayload = field(default_factory=lambda: NO_CHILDREN)


@dataclass(frozen=True, slots=True)
class Explanation:
    """`due_at` is when `then` happens, where that is known."""

    now: str
    why: str = ""
    then: str = ""
    due_at: datetime | None = None
    failure: Failure | None = None


def explain(job: Job, around: QueueAround) -> Explanation:
    match Status(job.status):
        case Status.PENDING:
            return _held(job, around) or Explanation("It is in the queue.", *_queued(job, around))
        case Status.WAITING:
            return _waiting(job, around.children)
        case Status.RUNNING:
            return _running(job)
        case Status.RETRYING:
            return _retrying(job)
        case Status.COMPLETED:
            return Explanation("It is done.", _children_said(around.children))
        case Status.CANCELLED:
            return Explanation("It was cancelled.", "", "Nothing; you may retry it.")
        case Status.FAILED | Status.TIMEOUT | Status.DEAD_LETTER:
            return _failed(job, around.children)
        case _:
            return Explanation(
                SENTENCE[Status.ZOMBIE],
                "Its worker fell silent.",
                "The sweep looks for the old process; then the job goes on by its retry policy.",
            )


def _queued(job: Job, around: QueueAround) -> tuple[str, str]:
    """Why it does not run yet, and what happens next."""
    lane, name = around.lane, job.lane
    if not around.workers_alive:
        return "No worker is alive.", "It starts once `manage.py up` or `manage.py qcluster` runs."
    if lane is not None and lane.is_paused:
        by = f" by {lane.paused_by}" if lane.paused_by else ""
        reason = f" ({lane.pause_reason})" if lane.pause_reason else ""
        return f"The lane {name} is paused{by}{reason}.", "It starts after the lane is resumed."
    if lane is not None and lane.cap == 0:
        return f"The lane {name} has a limit of 0.", "It starts after the limit is raised."
    if lane is not None and lane.is_full(around.running_in_lane):
        return _full(lane), _place(around.ahead)
    return f"The lane {name} has a free slot.", _place(around.ahead) or "It starts at once."


def _full(lane: Lane) -> str:
    if lane.cap == lane.limit:
        return f"All {lane.cap} slots of the lane {lane.name} are taken."
    return f"After its hold the lane {lane.name} runs {lane.cap} at once; successes widen it."


def _held(job: Job, around: QueueAround) -> Explanation | None:
    """Why its lane is held, and what ends that; a pause or no worker at all comes first."""
    lane = around.lane
    if lane is None or not lane.is_held or lane.is_paused or not around.workers_alive:
        return None
    now, cause = "It is in the queue.", lane.hold_cause
    why = lane.hold_reason or f"The lane {lane.name} is held ({cause})."
    if cause in HOLD_ENDS:
        then = f"It starts after the hold has ended, by itself {HOLD_ENDS[cause]}."
        return Explanation(now, why, then)
    if lane.probe_id == job.pk:
        return Explanation(now, why, "It is the one that tries whether the hold is over.")
    if lane.probe_id is not None:
        then = f"It starts after the hold has ended. Job {lane.probe_id} tries now."
        return Explanation(now, why, then)
    then = "It starts after the hold has ended. The next try is"
    return Explanation(now, why, then, lane.next_probe_at)


def _place(ahead: int | None) -> str:
    if ahead is None:
        return ""
    return f"It is number {ahead + 1:,} in line." if ahead else "It is the next to start."


def _waiting(job: Job, children: ChildrenPayload) -> Explanation:
    match WaitFor(job.wait_for):
        case WaitFor.CHILDREN:
            said = f"Its own jobs are at work: {_children_said(children)}"
            return Explanation(
                "It waits for its own jobs.", said, "It ends when the last of them ends."
            )
        case WaitFor.JOBS:
            return Explanation(
                "It waits for other jobs.", "", "It starts when all of them completed."
            )
        case _:
            found = failure(job.failure_code) if job.failure_code else None
            why = found.sentence if found else "It was asked to start later."
            return Explanation("It waits for a time.", why, "It is due", job.run_at, found)


def _children_said(children: ChildrenPayload) -> str:
    if not children["total"]:
        return ""
    parts = [f"{children['completed']} of {children['total']} done"]
    parts += [f"{children[key]} {key}" for key in ("failed", "later") if children[key]]
    return ", ".join(parts) + "."


def _running(job: Job) -> Explanation:
    attempt = f"Attempt {job.attempt_number} is at work on {job.worker_id or 'a worker'}."
    if job.cancel_requested_at is not None:
        return Explanation(
            attempt, "Someone cancelled it.", "Its worker stops it within a few seconds."
        )
    return Explanation(attempt)


def _retrying(job: Job) -> Explanation:
    found = failure(job.failure_code)
    spent = f"{job.retry_count} of {job.max_retries} retries used" if job.retry_count else ""
    return Explanation(
        "An attempt failed; the next is due." + (f" {spent}." if spent else ""),
        found.sentence,
        "It is tried again",
        job.next_retry_at,
        found,
    )


def _failed(job: Job, children: ChildrenPayload) -> Explanation:
    found = failure(job.failure_code)
    why = job.dead_letter_reason or found.sentence
    if children["total"]:
        why = f"{why} {_children_said(children)}"
    return Explanation(_ended(job, found), why, advice(job), failure=found)


def _ended(job: Job, found: Failure) -> str:
    if job.failure_code == CHILDREN_FAILED:
        return "It is done, but for some of its jobs."
    if job.status == Status.TIMEOUT:
        return "It ran out of time."
    if job.status == Status.DEAD_LETTER:
        return "It is put aside for review." if found.retryable else "It failed for good."
    return "It failed."


def advice(job: Job) -> str:
    """What may be done about a job that has failed; no retry comes by itself any more."""
    found = failure(job.failure_code)
    if job.crashes >= any_kind(job.job_type).max_crashes:
        return "Read its log first: what it does ends its worker, and a retry would do it again."
    return f"{_still_by_itself(job, found)} {found.action}"


def _still_by_itself(job: Job, found: Failure) -> str:
    if found.afterwards:
        return found.afterwards
    may_retry = found.policy is not Policy.PERMANENT
    if may_retry and 0 < job.max_retries <= job.retry_count:
        return "Its retries are used up."
    return NOT_RETRIED


def explain_job(job: Job, children: ChildrenPayload) -> Explanation:
    around = _queue_around(job) if job.status == Status.PENDING else {}
    return explain(job, QueueAround(children=children, **around))


def _queue_around(job: Job) -> dict[str, Any]:
    pending = Job.objects.filter(status=Status.PENDING, lane=job.lane)
    first = pending.filter(rank__lt=job.rank) | pending.filter(rank=job.rank, pk__lt=job.pk)
    ahead = first.order_by()[: COUNTED_AHEAD + 1].count()
    return {
        "lane": Lane.objects.filter(pk=job.lane).first(),
        "running_in_lane": Job.objects.running().filter(lane=job.lane).count(),
        "ahead": ahead if ahead <= COUNTED_AHEAD else None,
        "workers_alive": Node.objects.beating(timezone.now()).exists(),
    }
