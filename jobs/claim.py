"""Which job is next, and taking it: one conditional update for broker and worker alike.

The order within a lane is `rank, id` over the pending rows (a partial index); only the heads of
lanes with a free slot are compared. On SQLite one statement is exact, because there is one writer.
On PostgreSQL a lane with a limit is claimed under an advisory lock, for that statement only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db import connection, transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from jobs import node
from jobs.kinds import kinds
from jobs.states import Status

_LOCK_SPACE: Final = 0x5644  # ours among the advisory locks of a shared PostgreSQL


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in our hands: what running and settling it need, without another query."""

    job_id: int
    job_type: str
    lane: str
    parameters: dict[str, Any]
    lease: int
    attempt_number: int
    retry_count: int
    max_retries: int
    crashes: int
    timeout_seconds: int
    attempt_started_at: datetime
    worker_id: str
    host: str
    pid: int


_RETURNED: Final = (
    "id, job_type, lane, parameters, lease, attempt_number, retry_count, max_retries, crashes,"
    " timeout_seconds, attempt_started_at, worker_id, host, pid"
)


def claim(*, short_only: bool = False) -> Claim | None:
    """Takes the best due job for this worker, counting the attempt; None when nothing is due."""
    if connection.vendor == "sqlite":
        return _take(lane_names(short_only=short_only))
    return _claim_on_postgresql(lane_names(short_only=short_only))


def due_count(*, at_most: int, short_only: bool = False) -> int:
    """How many jobs could start now, up to `at_most`: as many wake-ups make sense."""
    lanes = lane_names(short_only=short_only)
    if not lanes:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_due_sql(lanes, at_most), lanes)
        counts = [int(row[0]) for row in cursor.fetchall()]
    return min(at_most, sum(counts))


@cache
def lane_names(*, short_only: bool = False) -> tuple[str, ...]:
    """The lanes of the kinds; for the worker kept free, those that hold short work alone."""
    every = kinds().values()
    lanes = {each.lane for each in every}
    if short_only:
        lanes -= {each.lane for each in every if not each.short}
    return tuple(sorted(lanes))


def _claim_on_postgresql(lanes: tuple[str, ...]) -> Claim | None:
    """One statement where the best lane has no limit; else a second one under its lock."""
    if not lanes:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_head_or_claim_sql(lanes), [*lanes, *_me()])
        row = cursor.fetchone()
    if row is None:
        return None
    lane, *claimed = row
    return _as_claim(claimed) if claimed[0] is not None else _take_under_lock(lane)


def _take_under_lock(lane: str) -> Claim | None:
    """The count of what runs must be younger than the lock: hence two statements."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, lane])
        return _take((lane,))


def _take(lanes: tuple[str, ...]) -> Claim | None:
    if not lanes:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_claim_sql(lanes), [*_me(), *lanes])
        rows = cursor.fetchall()
    return _as_claim(rows[0]) if rows else None


def _me() -> tuple[str, str, int, float]:
    me = node.this_node()
    return me.worker_id, me.host, os.getpid(), node.my_start()


def _as_claim(row: Iterable[Any]) -> Claim:
    values = list(row)
    values[3] = json.loads(values[3]) if isinstance(values[3], str) else values[3]
    values[10] = _as_datetime(values[10])
    return Claim(*values)


def _as_datetime(value: datetime | str) -> datetime:
    parsed = parse_datetime(value) if isinstance(value, str) else value
    assert parsed is not None  # noqa: S101
    return make_aware(parsed) if is_naive(parsed) else parsed


# --- SQL. Lanes come from our own table of kinds; every value is a parameter. --------------------


# The limit, or the lower one of the ramp after a hold.
_CAP: Final = (
    'CASE WHEN lane.ramp < COALESCE(lane."limit", lane.ramp + 1)'
    ' THEN lane.ramp ELSE lane."limit" END'
)
# The one job that tries whether a hold's cause is gone: chosen by `holds`, let through here.
# CROSS JOIN: the few lanes come first, or SQLite would walk through all that is pending.
_PROBE: Final = (
    "FROM jobs_lane AS lane CROSS JOIN jobs_job AS job"
    " WHERE lane.hold_cause <> '' AND lane.paused_at IS NULL AND job.id = lane.probe_id"
    f" AND job.lane = lane.name AND job.status = '{Status.PENDING}'"
)


def _head_sql(columns: str, limit: int) -> str:
    """The first pending rows of one lane, if the lane is neither paused nor full."""
    return (
        f"SELECT {columns} FROM jobs_lane AS lane CROSS JOIN jobs_job AS job"  # noqa: S608
        f" WHERE lane.name = %s AND lane.paused_at IS NULL AND lane.hold_cause = ''"
        f" AND job.lane = lane.name AND job.status = '{Status.PENDING}'"
        f" AND ({_CAP} IS NULL OR {_CAP} > (SELECT count(*) FROM jobs_job AS busy"
        f" WHERE busy.lane = lane.name AND busy.status = '{Status.RUNNING}'))"
        f" ORDER BY job.rank, job.id LIMIT {limit}"
    )


@cache
def _heads_sql(lanes: tuple[str, ...], *, lock: str = "") -> str:
    one = _head_sql(f"job.id AS id, job.rank AS rank, job.lane AS lane, {_CAP} AS cap", 1)
    heads = [f"SELECT * FROM ({one} {lock}) AS head{i}" for i in range(len(lanes))]  # noqa: S608
    heads.append(f"SELECT job.id, job.rank, job.lane, NULL {_PROBE}")
    return f"SELECT * FROM ({' UNION ALL '.join(heads)}) AS heads ORDER BY rank, id LIMIT 1"  # noqa: S608


@cache
def _due_sql(lanes: tuple[str, ...], at_most: int) -> str:
    one = _head_sql("job.id", at_most)
    counts = [f"SELECT count(*) FROM ({one}) AS due{i}" for i in range(len(lanes))]  # noqa: S608
    return " UNION ALL ".join([*counts, f"SELECT count(*) {_PROBE}"])


_SKIP: Final = "FOR UPDATE OF job SKIP LOCKED"
"""A rival's head is stepped over, not waited for."""


@cache
def _claim_sql(lanes: tuple[str, ...]) -> str:
    if connection.vendor == "postgresql":
        return _move_sql(f"({_head_sql('job.id', 1)} {_SKIP})")
    return _move_sql(f"(SELECT id FROM ({_heads_sql(lanes)}) AS head)")  # noqa: S608


@cache
def _head_or_claim_sql(lanes: tuple[str, ...]) -> str:
    """The best head's lane, and the claimed row if that lane has no limit."""
    move = _move_sql("(SELECT id FROM head WHERE cap IS NULL)")
    return (
        f"WITH head AS MATERIALIZED ({_heads_sql(lanes, lock=_SKIP)}), moved AS ({move})"  # noqa: S608
        " SELECT head.lane, moved.* FROM head LEFT JOIN moved ON moved.id = head.id"
    )


def _move_sql(chosen: str) -> str:
    on_sqlite = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
    now = "now()" if connection.vendor == "postgresql" else on_sqlite
    return (
        f"UPDATE jobs_job SET status = '{Status.RUNNING}', lease = lease + 1,"  # noqa: S608
        f" attempt_number = attempt_number + 1, worker_id = %s, host = %s, pid = %s,"
        f" pid_started_at = %s, child_pid = NULL, started_at = COALESCE(started_at, {now}),"
        f" attempt_started_at = {now}, heartbeat_at = {now}, progress_at = {now}"
        f" WHERE id = {chosen} AND status = '{Status.PENDING}' RETURNING {_RETURNED}"
    )
