"""The engine's three hottest writes as prepared SQL: insert jobs, end an attempt, find waiters.

Through the ORM a trivial job costs 1.6 ms of a worker's time, so 0.3; column names come from the
models alone, and every value is a parameter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Field

from jobs.models import Attempt, Job, Link
from jobs.states import Status
from videomind.database import locks

Columns = tuple[str, ...]
_AS_THEY_ARE: Final = (int, str, bool, float, type(None))


def insert_job(job: Job) -> bool:
    """Inserts a built job and gives it its id; False when the unique constraint says no.

    One statement, no savepoint: a conflict leaves the caller's transaction as it was.
    """
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(Job, _job_columns(), 1), _values(Job, _job_columns(), job))
        rows = cursor.fetchall()
    if rows:
        job.pk = rows[0][0]
        job._state.adding = False
    return bool(rows)


def insert_jobs(jobs: Sequence[Job], *, batch: int = 500) -> int:
    """Inserts built jobs in bulk; those that the unique constraint refuses are left out."""
    insert = _insert_as_json if connection.vendor == "postgresql" else _insert_as_values
    with transaction.atomic(), connection.cursor() as cursor:
        locks.await_listings_turn()
        return sum(
            insert(cursor, jobs[start : start + batch]) for start in range(0, len(jobs), batch)
        )


def _insert_as_values(cursor: CursorWrapper, jobs: Sequence[Job]) -> int:
    columns = _job_columns()
    values = [value for job in jobs for value in _values(Job, columns, job)]
    cursor.execute(_insert_sql(Job, columns, len(jobs)), values)
    return len(cursor.fetchall())


def _insert_as_json(cursor: CursorWrapper, jobs: Sequence[Job]) -> int:
    """All rows in one parameter: three times as fast as fifty thousand single values."""
    columns = _job_columns()
    rows = [{name: getattr(job, name) for name in columns} for job in jobs]
    cursor.execute(_insert_json_sql(columns), [json.dumps(rows, default=str)])
    return int(cursor.rowcount)


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
        return [*_prepared(Job, self.job), self.job_id, self.status.value, self.lease]

    @property
    def written_sql(self) -> str:
        """On PostgreSQL: the attempt's row for what the CTE `moved` returned."""
        return _insert_from_sql(tuple(self.attempt))

    @property
    def written_values(self) -> list[Any]:
        return _prepared(Attempt, self.attempt)


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
        cursor.execute(_insert_sql(Attempt, tuple(end.attempt), 1), end.written_values)
        cursor.fetchall()
    return True


def waiters_of(needed_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_waiters_sql(), [needed_id])
        return [row[0] for row in cursor.fetchall()]


@cache
def _job_columns() -> Columns:
    return tuple(field.attname for field in Job._meta.concrete_fields if not field.primary_key)


@cache
def _field(model: type[models.Model], name: str) -> Field[Any, Any]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return fields[name]


def _values(model: type[models.Model], columns: Columns, row: models.Model) -> list[Any]:
    return _prepared(model, {name: getattr(row, name) for name in columns})


def _prepared(model: type[models.Model], values: Mapping[str, Any]) -> list[Any]:
    """Values as the database driver takes them; plain ones need no field's help."""
    return [
        value
        if type(value) in _AS_THEY_ARE
        else _field(model, name).get_db_prep_save(value, connection)
        for name, value in values.items()
    ]


def _column(model: type[models.Model], name: str) -> str:
    return connection.ops.quote_name(str(_field(model, name).column))


@cache
def _insert_sql(model: type[models.Model], columns: Columns, rows: int) -> str:
    names = ", ".join(_column(model, name) for name in columns)
    places = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * rows)
    return (
        f"INSERT INTO {model._meta.db_table} ({names}) VALUES {places}"  # noqa: S608
        " ON CONFLICT DO NOTHING RETURNING id"
    )


@cache
def _insert_json_sql(columns: Columns) -> str:
    table = Job._meta.db_table
    names = ", ".join(_column(Job, name) for name in columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {names}"  # noqa: S608
        f" FROM json_populate_recordset(NULL::{table}, %s::json) ON CONFLICT DO NOTHING"
    )


@cache
def _insert_from_sql(columns: Columns) -> str:
    names = ", ".join(_column(Attempt, name) for name in columns)
    # A bare SELECT tells PostgreSQL nothing of its parameters' types.
    places = ", ".join(f"%s::{_field(Attempt, name).db_type(connection)}" for name in columns)
    return f"INSERT INTO {Attempt._meta.db_table} ({names}) SELECT {places} FROM moved"  # noqa: S608


@cache
def _update_sql(columns: Columns, *, unless_cancelled: bool) -> str:
    sets = ", ".join(f"{_column(Job, name)} = %s" for name in columns)
    return (
        f"UPDATE {Job._meta.db_table} SET {sets}"  # noqa: S608
        " WHERE id = %s AND status = %s AND lease = %s"
        + (" AND cancel_requested_at IS NULL" if unless_cancelled else "")
    )


@cache
def _waiters_sql() -> str:
    return f"SELECT waiter_id FROM {Link._meta.db_table} WHERE needed_id = %s"  # noqa: S608
