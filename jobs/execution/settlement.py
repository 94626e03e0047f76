"""Ending an attempt: one fenced transaction that moves the job and writes the attempt's row.

Then, outside it, those who waited for the job are looked at. Whoever lost the lease writes nothing.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.execution import attempt_end, claim_next
from jobs.execution.claim import Claim
from jobs.execution.transitions import Ending, plan, said_of
from jobs.failures import Policy, failure
from jobs.lanes import holds, probes
from jobs.models import Attempt, Job, JobQuerySet
from jobs.queue import cancellation
from jobs.results import Cancelled, Completed, Failed, LeaseLost, Result
from jobs.states import FINAL, Outcome, Status

DATABASE_AWAY = "database_unavailable"
# So many outages in a day are a job's own: a query that the server cannot bear, say.
OUTAGES_A_DAY = 10


@dataclass(frozen=True, slots=True)
class Traces:
    """What an attempt leaves for its row besides its end."""

    log_tail: str = ""
    ytdlp_version: str = ""
    peak_memory_kb: int | None = None


NO_TRACES = Traces()


_NO_ATTEMPT: dict[str, Any] = {
    "worker_id": "",
    "pid": None,
    "child_pid": None,
    "heartbeat_at": None,
    "cancel_requested_at": None,
}


def settle(
    claim: Claim,
    result: Result,
    *,
    traces: Traces = NO_TRACES,
    status: Status = Status.RUNNING,
) -> Ending:
    """Writes the end of the attempt, all of it or nothing. Raises LeaseLost.

    The hold that a failure opens stands when the job is pending again, so that nobody runs into
    the same wall meanwhile; and a probe has told what it found when it is seen to have ended. A
    cancel that was asked for since the worker last looked wins over any end after which the job
    would go on.
    """
    at = timezone.now()
    with transaction.atomic() if _may_tell(claim, result) else nullcontext():
        ending = plan(claim, result, at=at, alone=_is_alone(claim, result, status))
        written = _write(_row(claim, ending, traces, at, status), ending)
        if written and _tells(claim) and ending.outcome in _TELLING:
            _tell(claim, result, ending)
    if not written and ending.status not in FINAL and _cancel_asked(claim, status):
        return settle(claim, Cancelled("Cancelled while it ran."), traces=traces, status=status)
    if not written:
        raise LeaseLost
    return ending


def _tell(claim: Claim, result: Result, ending: Ending) -> None:
    cause = failure(ending.code) if ending.code else None
    asked = not isinstance(result, Completed) or result.asked
    probes.ended(job_id=claim.job_id, lane=claim.lane, failure=cause, asked=asked)


def _write(row: attempt_end.AttemptEnd, ending: Ending) -> bool:
    """With a cancelled job go those that only it waits for; it may just have made some."""
    if ending.status is not Status.CANCELLED:
        return attempt_end.end_attempt(row)
    with transaction.atomic():
        written = attempt_end.end_attempt(row)
        if written:
            cancellation.cancel_children(row.job_id)
    return written


def complete_and_claim(
    claim: Claim, result: Completed, *, traces: Traces = NO_TRACES, short_only: bool
) -> tuple[Ending, Claim | None]:
    """`settle`, and the next job in the same transaction where there is one. Raises LeaseLost."""
    if _tells(claim):
        return settle(claim, result, traces=traces), None
    at = timezone.now()
    ending = plan(claim, result, at=at)
    row = _row(claim, ending, traces, at, Status.RUNNING)
    handed = claim_next.end_and_claim(row, short_only=short_only)
    if not handed.written:
        raise LeaseLost
    return ending, handed.next


def _tells(claim: Claim) -> bool:
    """Whether its end says something about a hold."""
    return claim.lane in holds.guarded()


def _may_tell(claim: Claim, result: Result) -> bool:
    """Also a failure elsewhere, of a full disk, say. The others end without a transaction more."""
    return _tells(claim) or isinstance(result, Failed)


def _row(
    claim: Claim, ending: Ending, traces: Traces, at: datetime, status: Status
) -> attempt_end.AttemptEnd:
    return attempt_end.AttemptEnd(
        job_id=claim.job_id,
        lease=claim.lease,
        status=status,
        job=_NO_ATTEMPT | {"status": ending.status.value} | ending.fields,
        attempt=_attempt_row(claim, ending, traces, at),
        unless_cancelled=ending.status not in FINAL,
    )


def _cancel_asked(claim: Claim, status: Status) -> bool:
    return _ours(claim, status).exclude(cancel_requested_at=None).exists()


def _ours(claim: Claim, status: Status) -> JobQuerySet:
    return Job.objects.filter(pk=claim.job_id, status=status, lease=claim.lease)


# Ends that say something about the way to YouTube.
_TELLING = frozenset({Outcome.COMPLETED, Outcome.FAILED, Outcome.SNOOZED, Outcome.TIMED_OUT})


def _is_alone(claim: Claim, result: Result, status: Status) -> bool:
    if not isinstance(result, Failed):
        return False
    row = failure(result.code)
    if row.code == DATABASE_AWAY:
        return _outages(claim) >= OUTAGES_A_DAY
    if row.policy is not Policy.HOLD:
        return False
    # What the job met is another's to tell, once that one has it.
    if not list(_ours(claim, status).select_for_update(no_key=True).values_list("pk", flat=True)):
        raise LeaseLost
    # For cookies: those that have changed since the attempt began were not tried yet.
    since = claim.attempt_started_at if row.hold == "cookies" else None
    # YouTube's own words help nobody; ours say which file or folder it is.
    reason = row.sentence if row.hold == holds.YOUTUBE else said_of(row, result)
    alone = holds.meet(row.hold, job_id=claim.job_id, reason=reason, since=since)
    # In a lane that the hold does not stop it would run into the wall again at once, for ever.
    return alone or not holds.stops(row.hold, claim.lane)


def _outages(claim: Claim) -> int:
    lately = timezone.now() - timedelta(days=1)
    met = Attempt.objects.filter(job_id=claim.job_id, failure_code=DATABASE_AWAY)
    return met.filter(ended_at__gt=lately).count()


def _attempt_row(claim: Claim, ending: Ending, traces: Traces, at: datetime) -> dict[str, Any]:
    return {
        "job_id": claim.job_id,
        "number": claim.attempt_number,
        "lease": claim.lease,
        "outcome": ending.outcome.value,
        "started_at": claim.attempt_started_at,
        "ended_at": at,
        "worker_id": claim.worker_id,
        "host": claim.host,
        "pid": claim.pid,
        "failure_code": ending.code,
        "error_message": ending.message,
        "traceback": ending.traceback,
        "exit_code": ending.exit_code,
        "signal": ending.signal,
        "ytdlp_version": traces.ytdlp_version,
        "peak_memory_kb": traces.peak_memory_kb,
        "log_tail": traces.log_tail,
    }
