"""The end of an attempt as prepared SQL: the job's move and the attempt's row, both or neither.

Through the ORM a trivial job costs 1.6 ms of a worker's time, so 0.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, transaction

from jobs.models import Attempt, Job
from jobs.states import Status
from videomind.database.statements import Columns, column, field_of, insert_sql, prepared


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """What the end of an attempt writes: the job's new columns, and the attempt's row."""

    job_id: int
    lease: int
    status: Status
    job: Mapping[str, Any]
    attempt: Mapping[str, Any]
    unless_cancelled: bool = False
    """Nothing is written either once somebody has asked for a cancel."""

    @property
    def moved_sql(self) -> str:
        return _update_sql(tuple(self.job), unless_cancelled=self.unless_cancelled)

    @property
    def moved_values(self) -> list[Any]:
        return [*prepared(Job, self.job), self.job_id, self.status.value, self.lease]

    @property
    def written_sql(self) -> str:
        """On PostgreSQL: the attempt's row for what the CTE `moved` returned."""
        return _insert_from_sql(tuple(self.attempt))

    @property
    def written_values(self) -> list[Any]:
        return prepared(Attempt, self.attempt)


def end_attempt(end: AttemptEnd) -> bool:
    """Moves the job and writes the attempt's row, both or neither; False once the lease is lost."""
    if connection.vendor == "postgresql":
        # One round trip and one commit.
        sql = f"WITH moved AS ({end.moved_sql} RETURNING id) {end.written_sql}"
        with connection.cursor() as cursor:
            cursor.execute(sql, [*end.moved_values, *end.written_values])
            return bool(cursor.rowcount)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(end.moved_sql, end.moved_values)
        if not cursor.rowcount:
            return False
        cursor.execute(insert_sql(Attempt, tuple(end.attempt), 1), end.written_values)
        cursor.fetchall()
    return True


@cache
def _insert_from_sql(columns: Columns) -> str:
    names = ", ".join(column(Attempt, name) for name in columns)
    # A bare SELECT tells PostgreSQL nothing of its parameters' types.
    places = ", ".join(f"%s::{field_of(Attempt, name).db_type(connection)}" for name in columns)
    return f"INSERT INTO {Attempt._meta.db_table} ({names}) SELECT {places} FROM moved"  # noqa: S608


@cache
def _update_sql(columns: Columns, *, unless_cancelled: bool) -> str:
    sets = ", ".join(f"{column(Job, name)} = %s" for name in columns)
    return (
        f"UPDATE {Job._meta.db_table} SET {sets}"  # noqa: S608
        " WHERE id = %s AND status = %s AND lease = %s"
        + (" AND cancel_requested_at IS NULL" if unless_cancelled else "")
    )
