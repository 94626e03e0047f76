"""The end of an attempt: decided, then written in one fenced transaction, with what goes with it.

A worker ends its own attempt here, and whoever takes over a lost one ends that by the same way.
Whoever lost the lease writes nothing. Those who wait for the job are told afterwards, outside.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from jobs.execution import attempt_end
from jobs.execution.attempt_end import NO_TRACES, AttemptEnd, Traces
from jobs.execution.claimed import Claim
from jobs.execution.transitions import Transition, decide
from jobs.failures import failure
from jobs.lanes import holds, probes
from jobs.models import Attempt, Job, JobQuerySet
from jobs.queue import cancellation
from jobs.results import Cancelled, Completed, LeaseLost, Result
from jobs.states import Outcome, Status

DATABASE_AWAY = "database_unavailable"
# So many outages in a day are a job's own: a query that the server cannot bear, say.
OUTAGES_A_DAY = 10


def settle(
    claim: Claim,
    result: Result,
    *,
    traces: Traces = NO_TRACES,
    status: Status = Status.RUNNING,
) -> Transition:
    """Ends the attempt of a job in `status`, all of it or nothing. Raises LeaseLost."""
    transition, _ = settle_and_claim(claim, result, traces=traces, status=status)
    return transition


def settle_and_claim(
    claim: Claim,
    result: Result,
    *,
    traces: Traces = NO_TRACES,
    status: Status = Status.RUNNING,
    lanes: tuple[str, ...] = (),
) -> tuple[Transition, Claim | None]:
    """Also claims, where an end needs no more than itself, what is due in `lanes`.

    A cancel that was asked for since the worker last looked wins over any end after which the job
    would go on. Raises LeaseLost.
    """
    settled = _settle_once(claim, result, traces, status, lanes)
    if settled is None and _is_cancel_asked(claim, status):
        settled = _settle_once(claim, Cancelled("Cancelled while it ran."), traces, status, ())
    if settled is None:
        raise LeaseLost
    return settled


def _settle_once(
    claim: Claim, result: Result, traces: Traces, status: Status, lanes: tuple[str, ...]
) -> tuple[Transition, Claim | None] | None:
    """None where the lease is lost, or a cancel was asked for that this is not.

    The hold that a failure opens stands when the job is pending again, so that nobody runs into
    the same wall meanwhile; and a probe has told what it found when it is seen to have ended.
    """
    at = timezone.now()
    plain = isinstance(result, Completed) and claim.lane not in holds.guarded()
    with nullcontext() if plain else transaction.atomic():
        transition = decide(claim, result, at=at)
        if _meets_it_alone(claim, transition, status):
            transition = decide(claim, result, at=at, alone=True)
        end = AttemptEnd.of(claim, transition, traces, at=at, status=status)
        written = attempt_end.write(end, lanes=lanes if plain else ())
        if written.ended and not plain:
            _tell(claim, result, transition)
    return (transition, written.following) if written.ended else None


def _meets_it_alone(claim: Claim, transition: Transition, status: Status) -> bool:
    """Whether only this job meets what would spare it an attempt. Opens the hold that it met."""
    if transition.code == DATABASE_AWAY:
        return _outages(claim) >= OUTAGES_A_DAY
    if transition.outcome is not Outcome.HELD:
        return False
    # What the job met is another's to tell, once that one has it.
    if not list(_ours(claim, status).select_for_update(no_key=True).values_list("pk", flat=True)):
        raise LeaseLost
    row = failure(transition.code)
    # For cookies: those that have changed since the attempt began were not tried yet.
    since = claim.attempt_started_at if row.hold == "cookies" else None
    # YouTube's own words help nobody; ours say which file or folder it is.
    reason = row.sentence if row.hold == holds.YOUTUBE else transition.message
    alone = holds.meet(row.hold, job_id=claim.job_id, reason=reason, since=since)
    # In a lane that the hold does not stop it would run into the wall again at once, for ever.
    return alone or not holds.stops(row.hold, claim.lane)


def _outages(claim: Claim) -> int:
    lately = timezone.now() - timedelta(days=1)
    met = Attempt.objects.filter(job_id=claim.job_id, failure_code=DATABASE_AWAY)
    return met.filter(ended_at__gt=lately).count()


# Ends that say something about the way to YouTube.
_TELLING = frozenset({Outcome.COMPLETED, Outcome.FAILED, Outcome.SNOOZED, Outcome.TIMED_OUT})


def _tell(claim: Claim, result: Result, transition: Transition) -> None:
    """What goes with the end, in its transaction."""
    if transition.status is Status.CANCELLED:
        # Those that only it waits for go with it; it may just have made some.
        cancellation.cancel_children(claim.job_id)
    elif claim.lane in holds.guarded() and transition.outcome in _TELLING:
        cause = failure(transition.code) if transition.code else None
        asked = not isinstance(result, Completed) or result.asked
        probes.ended(job_id=claim.job_id, lane=claim.lane, failure=cause, asked=asked)


def _is_cancel_asked(claim: Claim, status: Status) -> bool:
    return _ours(claim, status).exclude(cancel_requested_at=None).exists()


def _ours(claim: Claim, status: Status) -> JobQuerySet:
    return Job.objects.filter(pk=claim.job_id, status=status, lease=claim.lease)
