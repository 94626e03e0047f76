"""What becomes of a job at the end of an attempt. Pure: values in, values out."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from jobs.execution.claim import Claim
from jobs.failures import Failure, Policy, failure
from jobs.kinds import max_crashes
from jobs.logs.redaction import redact
from jobs.results import (
    Cancelled,
    Completed,
    Failed,
    Released,
    Result,
    Stuck,
    TimedOut,
    WaitForChildren,
)
from jobs.retry import Again, DeadLetter, End, Hold, Retry, Snooze, decide
from jobs.states import Outcome, Status, WaitFor

MESSAGE_LENGTH = 4000


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
                _uncounted(claim) | _FROM_THE_START,
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


# How far the attempt came says nothing of the next one.
_FROM_THE_START: dict[str, Any] = {
    "progress_current": 0,
    "progress_total": None,
    "progress_message": "",
}
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
            "error_message": said_of(row, failed),
            "last_error_traceback": _fit_to_show(failed.traceback),
            "crashes": crashes,
        }
        | fields,
        code=row.code,
        message=said_of(row, failed),
        traceback=_fit_to_show(failed.traceback),
        exit_code=failed.exit_code,
        signal=failed.signal,
        sentence=sentence if row.sentence in sentence else f"{row.sentence} {sentence}",
    )


def said_of(row: Failure, failed: Failed) -> str:
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
            fields = {"next_retry_at": due, "retry_count": count} | _FROM_THE_START
            in_s = (due - at).total_seconds()
            said = f"Retry {count} of {claim.max_retries} in {in_s:.0f} s."
            return Status.RETRYING, outcome, fields, said
        case Again(after_s):
            fields = {"next_retry_at": at + timedelta(seconds=after_s)} | _FROM_THE_START
            said = f"Again in {after_s:.0f} s; no attempt is spent."
            return Status.RETRYING, Outcome.SNOOZED, fields | _uncounted(claim), said
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
            return Status.PENDING, Outcome.HELD, _uncounted(claim) | _FROM_THE_START, said
        case End(status):
            said = "It may not retry by itself."
            return Status(status), outcome, {"completed_at": at}, said


def _uncounted(claim: Claim) -> dict[str, Any]:
    return {"attempt_number": claim.attempt_number - 1}
