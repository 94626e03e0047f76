"""The states of a job, the legal moves between them with their columns, how an attempt may end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import models


class Status(models.TextChoices):
    PENDING = "pending", "Pending"
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    RETRYING = "retrying", "Retrying"
    ZOMBIE = "zombie", "Zombie"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    TIMEOUT = "timeout", "Timed out"
    CANCELLED = "cancelled", "Cancelled"
    DEAD_LETTER = "dead_letter", "Dead letter"


class WaitFor(models.TextChoices):
    """What a `waiting` job waits for."""

    NOTHING = "", "–"
    TIME = "time", "a time"
    JOBS = "jobs", "other jobs"
    CHILDREN = "children", "its own jobs"


class Outcome(models.TextChoices):
    """How one attempt ended; the last three cost no attempt."""

    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    TIMED_OUT = "timed_out", "Timed out"
    STUCK = "stuck", "Stuck"
    WORKER_LOST = "worker_lost", "Worker lost"
    CANCELLED = "cancelled", "Cancelled"
    RELEASED = "released", "Released"
    HELD = "held", "Held"
    SNOOZED = "snoozed", "Snoozed"


SENTENCE: Final[Mapping[Status, str]] = {
    Status.PENDING: "Could start now: a worker takes it by rank when its lane has a free slot.",
    Status.WAITING: "Not before a time, or not before other jobs have ended; then it is pending.",
    Status.RUNNING: "A worker holds its lease and renews it while the attempt runs.",
    Status.RETRYING: "An attempt was spent; the next one is due at a known time.",
    Status.ZOMBIE: "Its lease is lost and the old process is not yet known to be gone.",
    Status.COMPLETED: "Done, for good.",
    Status.FAILED: "It may not retry by itself, or some of its jobs failed; a person may retry.",
    Status.TIMEOUT: "It ran out of time and may not retry by itself; a person may retry.",
    Status.CANCELLED: "Stopped by a person or a script; a person may retry.",
    Status.DEAD_LETTER: "A permanent failure, or the last retry used up: for review.",
}

MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.PENDING: frozenset(
        {Status.RUNNING, Status.WAITING, Status.CANCELLED, Status.DEAD_LETTER}
    ),
    Status.WAITING: frozenset(
        {Status.PENDING, Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.DEAD_LETTER}
    ),
    Status.RUNNING: frozenset(
        {
            Status.PENDING,
            Status.WAITING,
            Status.RETRYING,
            Status.ZOMBIE,
            Status.COMPLETED,
            Status.FAILED,
            Status.TIMEOUT,
            Status.CANCELLED,
            Status.DEAD_LETTER,
        }
    ),
    Status.RETRYING: frozenset({Status.PENDING, Status.CANCELLED, Status.DEAD_LETTER}),
    Status.ZOMBIE: frozenset(
        {
            Status.PENDING,
            Status.RETRYING,
            Status.FAILED,
            Status.TIMEOUT,
            Status.CANCELLED,
            Status.DEAD_LETTER,
        }
    ),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(
        {Status.PENDING, Status.WAITING, Status.COMPLETED, Status.DEAD_LETTER}
    ),
    Status.TIMEOUT: frozenset({Status.PENDING, Status.WAITING, Status.DEAD_LETTER}),
    Status.CANCELLED: frozenset({Status.PENDING, Status.WAITING}),
    Status.DEAD_LETTER: frozenset({Status.PENDING, Status.WAITING}),
}

ACTIVE: Final = frozenset(
    {Status.PENDING, Status.WAITING, Status.RUNNING, Status.RETRYING, Status.ZOMBIE}
)
FINAL: Final = frozenset(Status) - ACTIVE
HELD_BY_A_WORKER: Final = frozenset({Status.RUNNING, Status.ZOMBIE})
FAILED_ALIKE: Final = frozenset({Status.FAILED, Status.TIMEOUT, Status.DEAD_LETTER})
RETRYABLE_BY_HAND: Final = FAILED_ALIKE | {Status.CANCELLED}


def may_move(old: Status, new: Status) -> bool:
    return new in MOVES[old]


def may_become(new: Status) -> list[Status]:
    """The states that a job may leave for `new`."""
    return [old for old in Status if may_move(old, new)]


def entering(status: Status, at: datetime) -> dict[str, Any]:
    """The columns of a job that belong to a move there; whoever writes a status writes these.

    What only the writer knows it adds: what a waiting job waits for, when a retry is due, why
    something is a dead letter.
    """
    moved = {
        "status": status.value,
        "wait_for": WaitFor.NOTHING.value,
        "next_retry_at": None,
        "completed_at": at if status in FINAL else None,
        "moved_to_dead_letter_at": at if status is Status.DEAD_LETTER else None,
        "dead_letter_reason": "",
    }
    return moved if status in HELD_BY_A_WORKER else {**moved, **NO_ATTEMPT}


NO_ATTEMPT: Final[Mapping[str, Any]] = {
    "worker_id": "",
    "pid": None,
    "child_pid": None,
    "heartbeat_at": None,
    "cancel_requested_at": None,
    "progress_speed": None,
    "progress_left_s": None,
}
NO_FAILURE: Final[Mapping[str, Any]] = {
    "failure_code": "",
    "failure_type": "",
    "error_message": "",
    "last_error_traceback": "",
}
