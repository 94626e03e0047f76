"""The end of an attempt as prepared SQL: the job's move and the attempt's row, both or neither.

With it goes, where that takes no lane's lock, the claim of the next job: half the commits. A
shortcut and no second way: it claims what `claim` would claim, and where it claims nothing the
worker asks `claim` itself. Through the ORM a trivial job costs 1.6 ms of a worker's time, so 0.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db import connection, transaction

from jobs.execution import claim, claim_sql
from jobs.execution.claimed import Claim
from jobs.execution.transitions import Transition
from jobs.models import Attempt, Job
from jobs.states import FINAL, Status, entering, may_move
from videomind.database.statements import Columns, column, field_of, insert_sql, prepared


@dataclass(frozen=True, slots=True)
class Traces:
    """What an attempt leaves for its row besides its end."""

    log_tail: str = ""
    ytdlp_version: str = ""
    peak_memory_kb: int | None = None


NO_TRACES: Final = Traces()


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """What is written: the job's new columns, and the attempt's row."""

    job_id: int
    lease: int
    status: Status
    """The one that the job has until now."""
    job: Mapping[str, Any]
    attempt: Mapping[str, Any]
    unless_cancelled: bool
    """Nothing is written either once somebody has asked for a cancel."""

    @classmethod
    def of(
        cls, claim: Claim, transition: Transition, traces: Traces, *, at: datetime, status: Status
    ) -> AttemptEnd:
        if not may_move(status, transition.status):
            raise ValueError(f"No job moves from {status} to {transition.status}.")
        return cls(
            job_id=claim.job_id,
            lease=claim.lease,
            status=status,
            job=entering(transition.status, at) | transition.columns,
            attempt=_attempt_row(claim, transition, traces, at),
            unless_cancelled=transition.status not in FINAL,
        )

    @property
    def moved_sql(self) -> str:
        return _update_sql(tuple(self.job), unless_cancelled=self.unless_cancelled)

    @property
    def moved_values(self) -> list[Any]:
        return [*prepared(Job, self.job), self.job_id, self.status.value, self.lease]

    @property
    def attempt_values(self) -> list[Any]:
        return prepared(Attempt, self.attempt)


def _attempt_row(
    claim: Claim, transition: Transition, traces: Traces, at: datetime
) -> dict[str, Any]:
    return {
        "job_id": claim.job_id,
        "number": claim.attempt_number,
        "lease": claim.lease,
        "outcome": transition.outcome.value,
        "started_at": claim.attempt_started_at,
        "ended_at": at,
        "worker_id": claim.worker_id,
        "host": claim.host,
        "pid": claim.pid,
        "failure_code": transition.code,
        "error_message": transition.message,
        "traceback": transition.traceback,
        "exit_code": transition.exit_code,
        "signal": transition.signal,
        "ytdlp_version": traces.ytdlp_version,
        "peak_memory_kb": traces.peak_memory_kb,
        "log_tail": traces.log_tail,
    }


@dataclass(frozen=True, slots=True)
class Written:
    """Whether it was, and the job that was claimed along with it."""

    ended: bool
    following: Claim | None = None


def write(end: AttemptEnd, *, lanes: tuple[str, ...] = ()) -> Written:
    """Moves the job and writes the attempt's row; claims what is due in `lanes`, if any are given.

    Not ended: the lease is lost.
    """
    if connection.vendor == "postgresql":
        return _write_in_one_statement(end, lanes)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(end.moved_sql, end.moved_values)
        if not cursor.rowcount:
            return Written(ended=False)
        cursor.execute(insert_sql(Attempt, tuple(end.attempt)), end.attempt_values)
        return Written(ended=True, following=claim.take(lanes))


def _write_in_one_statement(end: AttemptEnd, lanes: tuple[str, ...]) -> Written:
    """One round trip and one commit. Lanes with a cap are left to `claim`: it locks them first."""
    columns = tuple(end.job), tuple(end.attempt)
    values = [*end.moved_values, *end.attempt_values]
    if lanes:
        values += [end.job_id, *claim.worker()]
    with connection.cursor() as cursor:
        cursor.execute(_end_sql(*columns, end.unless_cancelled, lanes), values)
        row = cursor.fetchone()
    if row is None:
        return Written(ended=False)
    _, *claimed = row
    taken = claimed and claimed[0] is not None
    return Written(ended=True, following=Claim.of_row(claimed) if taken else None)


_BUT_ITSELF: Final = " AND busy.id <> %s"
"""The statement sees the job that it ends as running still."""


@cache
def _end_sql(job: Columns, attempt: Columns, unless_cancelled: bool, lanes: tuple[str, ...]) -> str:  # noqa: FBT001
    move = _update_sql(job, unless_cancelled=unless_cancelled)
    sql = f"WITH moved AS ({move} RETURNING id), written AS ({_insert_from_sql(attempt)})"
    if not lanes:
        return f"{sql} SELECT id FROM moved"
    best = claim_sql.best_sql(lanes, but=_BUT_ITSELF)
    return (
        f"{sql}, best AS MATERIALIZED (SELECT * FROM ({best}) AS best"
        " WHERE EXISTS (SELECT FROM moved)),"
        f" taken AS ({claim_sql.move_sql(claim_sql.UNCAPPED_BEST)})"
        " SELECT moved.id, taken.* FROM moved LEFT JOIN taken ON true"
    )


@cache
def _insert_from_sql(columns: Columns) -> str:
    names = ", ".join(column(Attempt, name) for name in columns)
    # A bare SELECT tells PostgreSQL nothing of its parameters' types.
    places = ", ".join(f"%s::{field_of(Attempt, name).db_type(connection)}" for name in columns)
    return f"INSERT INTO {Attempt._meta.db_table} ({names}) SELECT {places} FROM moved"


@cache
def _update_sql(columns: Columns, *, unless_cancelled: bool) -> str:
    sets = ", ".join(f"{column(Job, name)} = %s" for name in columns)
    return (
        f"UPDATE {Job._meta.db_table} SET {sets}"
        " WHERE id = %s AND status = %s AND lease = %s"
        + (" AND cancel_requested_at IS NULL" if unless_cancelled else "")
    )
