"""One decision for many jobs: a plan that can be shown, then applied to what was shown.

A plan is pure. Applying looks at every job again, and each move is conditional on the state that
was seen, so what changed meanwhile is left alone and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from django.utils import timezone

from jobs import queue
from jobs.models import Job
from jobs.queue import families, refusals
from jobs.recovery import liveness, sweep
from jobs.states import HELD_BY_A_WORKER, RETRYABLE_BY_HAND, Status, WaitFor, may_move
from videomind.database import clock
from videomind.plans import CHANGED, REMOVED, Done, Plan, plan_by

MOST_ROUNDS: Final = 3
"""Bulk retries stop there; a retry by name does not."""


def apply_to(
    ids: Iterable[int], plan: Callable[[Sequence[Job]], Plan], act: Callable[[Job], bool]
) -> Done:
    """Plans anew for these jobs and acts on each that would still move."""
    wanted = list(dict.fromkeys(ids))
    jobs = {job.pk: job for job in Job.objects.filter(pk__in=wanted)}
    planned = plan([jobs[pk] for pk in wanted if pk in jobs])
    done = Done(staying=Counter(dict(planned.reasons)))
    done.staying[REMOVED] += len(wanted) - len(jobs)
    for pk in planned.moving:
        if _acted(act, jobs[pk]):
            done.moved.append(pk)
        else:
            done.staying[CHANGED] += 1
    done.staying += Counter()  # drops what counts zero
    return done


def _acted(act: Callable[[Job], bool], job: Job) -> bool:
    try:
        return act(job)
    except refusals.Refused:
        return False


def plan_retry(jobs: Sequence[Job], *, busy: Iterable[str], by_name: bool = False) -> Plan:
    """`busy` are the unique keys that have an active job; of several for one target one moves."""
    taken = set(busy)

    def why_not(job: Job) -> str:
        reason = _why_not_retried(job, taken, by_name=by_name)
        if not reason and job.unique_key:
            taken.add(job.unique_key)
        return reason

    return plan_by(jobs, why_not)


def _why_not_retried(job: Job, taken: set[str], *, by_name: bool) -> str:
    if job.is_active:
        return "already active"
    if job.status not in RETRYABLE_BY_HAND:
        return "completed"
    if job.unique_key and job.unique_key in taken:
        return "another job works on the same target"
    return "" if by_name else _why_not_in_bulk(job)


def _why_not_in_bulk(job: Job) -> str:
    if job.ignored:
        return "ignored for ever"
    if job.has_failed and job.retryable is False:
        return "permanent failure"
    if job.rounds >= MOST_ROUNDS:
        return f"{MOST_ROUNDS} rounds are used up"
    return ""


def busy_keys(jobs: Iterable[Job]) -> set[str]:
    """Those of the jobs' targets that have an active job."""
    keys = {job.unique_key for job in jobs if job.unique_key}
    return set(
        Job.objects.active().filter(unique_key__in=keys).values_list("unique_key", flat=True)
    )


def retry(ids: Iterable[int], *, by_name: bool = False) -> Done:
    return apply_to(
        ids,
        lambda jobs: plan_retry(jobs, busy=busy_keys(jobs), by_name=by_name),
        lambda job: bool(queue.retry(job)),
    )


def plan_cancel(jobs: Sequence[Job]) -> Plan:
    return plan_by(jobs, _why_not_cancelled)


def _why_not_cancelled(job: Job) -> str:
    if not job.is_active:
        return "already ended"
    return "already being cancelled" if job.cancel_requested_at else ""


def cancel(ids: Iterable[int]) -> Done:
    return apply_to(ids, plan_cancel, lambda job: bool(queue.cancel(job)))


def plan_dead_letter(jobs: Sequence[Job]) -> Plan:
    return plan_by(jobs, _why_not_buried)


def _why_not_buried(job: Job) -> str:
    if job.status in HELD_BY_A_WORKER:
        return "running; cancel it or reset it first"
    if job.status == Status.WAITING and job.wait_for != WaitFor.TIME:
        return "it waits for its own jobs; cancel it instead"
    if job.status == Status.DEAD_LETTER:
        return "a dead letter already"
    return "" if may_move(Status(job.status), Status.DEAD_LETTER) else "already ended"


def dead_letter(ids: Iterable[int], *, by: str) -> Done:
    return apply_to(ids, plan_dead_letter, lambda job: _bury(job, by))


def _bury(job: Job, by: str) -> bool:
    now = timezone.now()
    moved = Job.objects.filter(pk=job.pk, status=job.status, wait_for=job.wait_for).move(
        Status.DEAD_LETTER,
        now,
        run_at=None,
        completed_at=job.completed_at or now,
        dead_letter_reason=f"Moved here by {by}."[:300],
    )
    if moved:
        families.let_go_on(job.pk)
    return bool(moved)


def plan_reset(jobs: Sequence[Job], *, at: datetime) -> Plan:
    return plan_by(jobs, lambda job: "" if why_stuck(job, at=at) else _why_not_reset(job))


def _why_not_reset(job: Job) -> str:
    return "it makes progress" if job.status == Status.RUNNING else "not running"


def why_stuck(job: Job, *, at: datetime) -> str:
    """One sentence on a job whose worker is lost or that moves no more; "" for any other."""
    if job.status == Status.ZOMBIE:
        return "Its lease is lost, and its old process is not yet known to be gone."
    if job.status != Status.RUNNING:
        return ""
    if liveness.is_lost(job, at):
        return "Its worker gives no sign of life, or it runs twice as long as it may."
    return "It made no progress for too long." if liveness.is_idle(job, at) else ""


def reset_stuck(ids: Iterable[int]) -> Done:
    """Through the same retry policy as the sweep; a worker that still lives loses its lease."""
    at = clock.database_now()
    return apply_to(ids, lambda jobs: plan_reset(jobs, at=at), sweep.reset)
