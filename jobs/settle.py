"""Ending an attempt: one fenced transaction that moves the job and writes the attempt's row.

Then, outside it, those who waited for the job are looked at. Whoever lost the lease writes nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jobs import handover, holds, probes, queue, rows
from jobs.claim import Claim
from jobs.failures import Failure, Policy, failure
from jobs.kinds import max_crashes
from jobs.models import Attempt, Job
from jobs.outcomes import (
    Cancelled,
    Completed,
    Failed,
    LeaseLost,
    Released,
    Result,
    Stuck,
    TimedOut,
    WaitForChildren,
)
from jobs.redaction import redact
from jobs.retry import Again, DeadLetter, End, Hold, Retry, Snooze, decide
from jobs.states import FINAL, Outcome, Status, WaitFor

MESSAGE_LENGTH = 4000
DATABASE_AWAY = "database_unavailable"
# So many outages in a day are a job's own: a query that the server cannot bear, say.
OUTAGES_A_DAY = 10


@dataclass(frozen=True, slots=True)
class Ending:
    """The job's new columns and the attempt's outcome: planned as values, then written."""

    status: Status
    outcome: Outcome
    fields: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    traceback: str = ""
    exit_code: int | None = None
    signal: int | None = None
    sentence: str = ""
    """What happens next, for the log."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What an attempt leaves for its row besides its end."""

    log_tail: str = ""
    ytdlp_version: str = ""
    peak_memory_kb: int | None = None


NO_TRACES = Traces()


def plan(claim: Claim, result: Result, *, at: datetime, alone: bool = False) -> Ending:
    """The job's next state. Pure: the time is given, nothing is read or written.

    `alone`: it meets again and again what others do not, so it is retried like any failure.
    """
    match result:
        case Completed(message, value):
            return Ending(
                Status.COMPLETED,
                Outcome.COMPLETED,
                {"result": value, "progress_message": message[:300], "completed_at": at} | _HEALED,
                sentence=f"Completed. {message}".strip(),
            )
        case WaitForChildren(message, value):
            return Ending(
                Status.WAITING,
                Outcome.COMPLETED,
                {"result": value, "progress_message": message[:300]}
                | {"wait_for": WaitFor.CHILDREN.value}
                | _HEALED,
                sentence=f"{message} It waits for its own jobs.".strip(),
            )
        case Cancelled(message):
            return Ending(
                Status.CANCELLED,
                Outcome.CANCELLED,
                {"completed_at": at, "error_message": message},
                message=message,
                sentence=message or "Cancelled.",
            )
        case Released(message):
            return Ending(
                Status.PENDING,
                Outcome.RELEASED,
                {"attempt_number": claim.attempt_number - 1},
                message=message,
                sentence=f"Given back unharmed. {message}".strip(),
            )
        case TimedOut(message):
            return _after_failure(claim, Failed("timed_out", message), Outcome.TIMED_OUT, at)
        case Stuck(message):
            return _after_failure(claim, Failed("stuck", message), Outcome.STUCK, at)
        case Failed():
            lost = result.code == "worker_lost"
            outcome = Outcome.WORKER_LOST if lost else Outcome.FAILED
            return _after_failure(claim, result, outcome, at, alone=alone)


_HEALED = {
    "failure_code": "",
    "failure_type": "",
    "error_message": "",
    "last_error_traceback": "",
    "dead_letter_reason": "",
    "moved_to_dead_letter_at": None,
}


def _after_failure(
    claim: Claim, failed: Failed, outcome: Outcome, at: datetime, *, alone: bool = False
) -> Ending:
    row = failure(failed.code)
    crashes = claim.crashes + (outcome is Outcome.WORKER_LOST)
    decision = decide(
        replace(row, policy=Policy.RETRY) if alone else row,
        retry_count=claim.retry_count,
        max_retries=claim.max_retries,
        crashes=crashes,
        max_crashes=max_crashes(claim.job_type),
        release_at=failed.release_at,
        at=at,
        jitter=random.uniform(-1, 1),  # noqa: S311  (spreads retries, guards nothing)
        timed_out=outcome in (Outcome.TIMED_OUT, Outcome.STUCK),
        base=settings.BACKOFF_BASE_S,
        cap=settings.BACKOFF_CAP_S,
    )
    status, outcome, fields, sentence = _decided(claim, decision, outcome, at, failed.since)
    return Ending(
        status,
        outcome,
        {
            "failure_code": row.code,
            "failure_type": str(row.type),
            "error_message": _said(row, failed),
            "last_error_traceback": _fit_to_show(failed.traceback),
            "crashes": crashes,
        }
        | fields,
        code=row.code,
        message=_said(row, failed),
        traceback=_fit_to_show(failed.traceback),
        exit_code=failed.exit_code,
        signal=failed.signal,
        sentence=f"{row.sentence} {sentence}",
    )


def _said(row: Failure, failed: Failed) -> str:
    return _fit_to_show(failed.message or row.sentence)[:MESSAGE_LENGTH]


def _fit_to_show(text: str) -> str:
    """Rows are read by more people than files: no secret, and nothing that a database refuses.

    That is a NUL for PostgreSQL, and half an emoji for both.
    """
    return redact(text.replace("\0", "").encode("utf-8", "replace").decode())


_Decided = tuple[Status, Outcome, dict[str, Any], str]


def _decided(
    claim: Claim,
    decision: Retry | Again | DeadLetter | Snooze | Hold | End,
    outcome: Outcome,
    at: datetime,
    since: datetime | None,
) -> _Decided:
    match decision:
        case Retry(after_s):
            due = max(at, (since or at) + timedelta(seconds=after_s))
            count = claim.retry_count + 1
            fields = {"next_retry_at": due, "retry_count": count}
            in_s = (due - at).total_seconds()
            said = f"Retry {count} of {claim.max_retries} in {in_s:.0f} s."
            return Status.RETRYING, outcome, fields, said
        case Again(after_s):
            fields = {"next_retry_at": at + timedelta(seconds=after_s)} | _uncounted(claim)
            said = f"Again in {after_s:.0f} s; no attempt is spent."
            return Status.RETRYING, Outcome.SNOOZED, fields, said
        case DeadLetter(reason):
            fields = {
                "completed_at": at,
                "dead_letter_reason": reason[:300],
                "moved_to_dead_letter_at": at,
            }
            return Status.DEAD_LETTER, outcome, fields, f"Dead letter: {reason}"
        case Snooze(until):
            fields = {"wait_for": WaitFor.TIME.value, "run_at": until} | _uncounted(claim)
            said = f"Not before {until:%Y-%m-%d %H:%M} UTC; no attempt is spent."
            return Status.WAITING, Outcome.SNOOZED, fields, said
        case Hold(cause):
            said = f"Its lane is held ({cause}); the job goes back unharmed, no attempt is spent."
            return Status.PENDING, Outcome.HELD, _uncounted(claim), said
        case End(status):
            said = "It may not retry by itself."
            return Status(status), outcome, {"completed_at": at}, said


def _uncounted(claim: Claim) -> dict[str, Any]:
    return {"attempt_number": claim.attempt_number - 1}


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

    The hold that a failure opens stands before the job is pending again, so that nobody runs
    into the same wall meanwhile. A cancel that was asked for since the worker last looked wins over
    any end after which the job would go on.
    """
    at = timezone.now()
    ending = plan(claim, result, at=at, alone=_is_alone(claim, result))
    written = _write(_row(claim, ending, traces, at, status), ending)
    if not written and ending.status not in FINAL and _cancel_asked(claim, status):
        return settle(claim, Cancelled("Cancelled while it ran."), traces=traces, status=status)
    if not written:
        raise LeaseLost
    if _tells(claim) and ending.outcome in _TELLING:
        cause = failure(ending.code) if ending.code else None
        asked = not isinstance(result, Completed) or result.asked
        probes.ended(job_id=claim.job_id, lane=claim.lane, failure=cause, asked=asked)
    return ending


def _write(row: rows.AttemptEnd, ending: Ending) -> bool:
    """With a cancelled job go those that only it waits for; it may just have made some."""
    if ending.status is not Status.CANCELLED:
        return rows.end_attempt(row)
    with transaction.atomic():
        written = rows.end_attempt(row)
        if written:
            queue.cancel_children(row.job_id)
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
    handed = handover.end_and_claim(row, short_only=short_only)
    if not handed.written:
        raise LeaseLost
    return ending, handed.next


def _tells(claim: Claim) -> bool:
    """Whether its end says something about a hold."""
    return claim.lane in holds.guarded()


def _row(
    claim: Claim, ending: Ending, traces: Traces, at: datetime, status: Status
) -> rows.AttemptEnd:
    return rows.AttemptEnd(
        job_id=claim.job_id,
        lease=claim.lease,
        status=status,
        job=_NO_ATTEMPT | {"status": ending.status.value} | ending.fields,
        attempt=_attempt_row(claim, ending, traces, at),
        unless_cancelled=ending.status not in FINAL,
    )


def _cancel_asked(claim: Claim, status: Status) -> bool:
    held = Job.objects.filter(pk=claim.job_id, status=status, lease=claim.lease)
    return held.exclude(cancel_requested_at=None).exists()


# Ends that say something about the way to YouTube.
_TELLING = frozenset({Outcome.COMPLETED, Outcome.FAILED, Outcome.SNOOZED, Outcome.TIMED_OUT})


def _is_alone(claim: Claim, result: Result) -> bool:
    if not isinstance(result, Failed):
        return False
    row = failure(result.code)
    if row.code == DATABASE_AWAY:
        return _outages(claim) >= OUTAGES_A_DAY
    if row.policy is not Policy.HOLD:
        return False
    # For cookies: those that have changed since the attempt began were not tried yet.
    since = claim.attempt_started_at if row.hold == "cookies" else None
    # YouTube's own words help nobody; ours say which file or folder it is.
    reason = row.sentence if row.hold == holds.YOUTUBE else _said(row, result)
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
