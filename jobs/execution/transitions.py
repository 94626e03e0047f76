"""What becomes of a job at the end of an attempt. Pure: values in, values out."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from jobs import retry
from jobs.execution.claimed import Claim
from jobs.failures import Policy, failure
from jobs.kinds import any_kind
from jobs.logs.redaction import redact
from jobs.progress import LONGEST_MESSAGE, Progress
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
from jobs.retry import Again, DeadLetter, End, Hold, Retry, Snooze
from jobs.states import NO_FAILURE, Outcome, Status, WaitFor

MESSAGE_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Transition:
    """The job's next state and the attempt's outcome: decided as values, then written."""

    status: Status
    outcome: Outcome
    columns: dict[str, Any] = field(default_factory=dict)
    """What the job's row gets besides the columns of the move itself."""
    code: str = ""
    message: str = ""
    traceback: str = ""
    exit_code: int | None = None
    signal: int | None = None
    sentence: str = ""
    """What happens next, for the log."""


def decide(claim: Claim, result: Result, *, at: datetime, alone: bool = False) -> Transition:
    """The job's next state.

    `alone`: it meets again and again what others do not, so it is retried like any failure.
    """
    match result:
        case Completed(message, value):
            said = f"Completed. {message}".strip()
            columns = {"result": value, "progress_message": message[:LONGEST_MESSAGE], **NO_FAILURE}
            return Transition(Status.COMPLETED, Outcome.COMPLETED, columns, sentence=said)
        case WaitForChildren(message, value):
            said = f"{message} It waits for its own jobs.".strip()
            columns = {"result": value, "progress_message": message[:LONGEST_MESSAGE], **NO_FAILURE}
            columns["wait_for"] = WaitFor.CHILDREN.value
            return Transition(Status.WAITING, Outcome.COMPLETED, columns, sentence=said)
        case Cancelled(message):
            said = message or "Cancelled."
            columns = {"error_message": message}
            outcome = Outcome.CANCELLED
            return Transition(Status.CANCELLED, outcome, columns, message=message, sentence=said)
        case Released(message):
            said = f"Given back unharmed. {message}".strip()
            columns = _uncounted(claim)
            outcome = Outcome.RELEASED
            return Transition(Status.PENDING, outcome, columns, message=message, sentence=said)
        case TimedOut(message):
            return _after_failure(claim, Failed("timed_out", message), Outcome.TIMED_OUT, at)
        case Stuck(message):
            return _after_failure(claim, Failed("stuck", message), Outcome.STUCK, at)
        case Failed():
            lost = result.code == "worker_lost"
            outcome = Outcome.WORKER_LOST if lost else Outcome.FAILED
            return _after_failure(claim, result, outcome, at, alone=alone)


def _after_failure(
    claim: Claim, failed: Failed, outcome: Outcome, at: datetime, *, alone: bool = False
) -> Transition:
    row = failure(failed.code)
    crashes = claim.crashes + (outcome is Outcome.WORKER_LOST)
    decision = retry.decide(
        replace(row, policy=Policy.RETRY) if alone else row,
        retry_count=claim.retry_count,
        max_retries=claim.max_retries,
        crashes=crashes,
        max_crashes=any_kind(claim.job_type).max_crashes,
        release_at=failed.release_at,
        at=at,
        jitter=random.uniform(-1, 1),  # noqa: S311  (spreads retries, guards nothing)
        timed_out=outcome in (Outcome.TIMED_OUT, Outcome.STUCK),
        base=settings.BACKOFF_BASE_S,
        cap=settings.BACKOFF_CAP_S,
    )
    status, outcome, columns, sentence = _decided(claim, decision, outcome, at, failed.since)
    message = _fit_to_show(failed.message or row.sentence)[:MESSAGE_LENGTH]
    trace = _fit_to_show(failed.traceback)
    columns |= row.columns(message) | {"last_error_traceback": trace, "crashes": crashes}
    return Transition(
        status,
        outcome,
        columns,
        code=row.code,
        message=message,
        traceback=trace,
        exit_code=failed.exit_code,
        signal=failed.signal,
        sentence=sentence if row.sentence in sentence else f"{row.sentence} {sentence}",
    )


def _fit_to_show(text: str) -> str:
    """Rows are read by more people than files: no secret, and nothing that a database refuses.

    That is a NUL for PostgreSQL, and half an emoji for both.
    """
    return redact(text.replace("\0", "").encode("utf-8", "replace").decode())


_Decided = tuple[Status, Outcome, dict[str, Any], str]


def _decided(
    claim: Claim,
    decision: retry.Decision,
    outcome: Outcome,
    at: datetime,
    since: datetime | None,
) -> _Decided:
    match decision:
        case Retry(after_s):
            due = max(at, (since or at) + timedelta(seconds=after_s))
            count = claim.retry_count + 1
            columns = {"next_retry_at": due, "retry_count": count, **Progress().columns()}
            in_s = (due - at).total_seconds()
            said = f"Retry {count} of {claim.max_retries} in {in_s:.0f} s."
            return Status.RETRYING, outcome, columns, said
        case Again(after_s):
            columns = {"next_retry_at": at + timedelta(seconds=after_s), **_uncounted(claim)}
            said = f"Again in {after_s:.0f} s; no attempt is spent."
            return Status.RETRYING, Outcome.SNOOZED, columns, said
        case DeadLetter(reason):
            columns = {"dead_letter_reason": reason[:300]}
            return Status.DEAD_LETTER, outcome, columns, f"Dead letter: {reason}"
        case Snooze(until):
            columns = {"run_at": until, "wait_for": WaitFor.TIME.value, **_uncounted(claim)}
            said = f"Not before {until:%Y-%m-%d %H:%M} UTC; no attempt is spent."
            return Status.WAITING, Outcome.SNOOZED, columns, said
        case Hold(cause):
            said = f"Its lane is held ({cause}); the job goes back unharmed, no attempt is spent."
            return Status.PENDING, Outcome.HELD, _uncounted(claim), said
        case End(status):
            return Status(status), outcome, {}, "It may not retry by itself."


def _uncounted(claim: Claim) -> dict[str, Any]:
    """As if this attempt had not been."""
    return {"attempt_number": claim.attempt_number - 1, **Progress().columns()}
